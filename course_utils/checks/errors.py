"""Exceptions in a learner's words: what torch's message means, and in which line of their code it happened."""

import difflib
import linecache
import re
import traceback
from collections.abc import Callable, Mapping
from types import FrameType

# (pattern in the message, what it means); groups of the pattern fill the braces
_MEANINGS = (
    (
        r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)",
        "a matrix product of ({0}, {1}) with ({2}, {3}): the inner sizes {1} and {2} must be equal. "
        "If it is with the weight of an nn.Linear, that is (out, in), so `x @ weight.T`.",
    ),
    (
        r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)",
        "two tensors meet whose sizes on axis {2} are {0} and {1}; they must be equal, or one of them 1. An axis that `sum`, "
        "`mean` or `norm` takes away stays as one of size 1 with `keepdim=True`.",
    ),
    (
        r"shape '\[(.*?)\]' is invalid for input of size (\d+)",
        "a view or reshape to ({0}) of a tensor with {1} numbers: the sizes must multiply to {1}.",
    ),
    (
        r"view size is not compatible",
        "`view` cannot follow a transpose, since the numbers no longer lie in memory in that order; `reshape` can.",
    ),
    (
        r"Expected size for first two dimensions of batch2 tensor to be: \[(\d+), (\d+)\] but got: \[(\d+), (\d+)\]",
        "a batched matrix product whose inner sizes are {1} and {3}; they must be equal. Is a transpose missing?",
    ),
    (
        r"expected m1 and m2 to have the same dtype|must have the same dtype|expected scalar type (\w+) but found (\w+)",
        "two tensors of different dtype meet; convert one with `.to(x.dtype)`.",
    ),
    (r"index out of range in self", "an id is larger than the last row of the table that it indexes."),
    (
        r"(list|tuple|string) index out of range",
        "a {0} is asked for an item that it does not have; the last of n items has the number n - 1.",
    ),
    (
        r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)",
        "there is no place {0} on axis {1}, which has {2}; the first is 0.",
    ),
    (
        r"Target (-?\d+) is out of bounds",
        "a label has to be the number of a class, 0 or more, or what `ignore_index` says, which is -100; this one is {0}.",
    ),
    (r"too many indices for tensor of dimension (\d+)", "more indices than axes: the tensor has {0}."),
    (
        r"selected index k out of range",
        "`topk` is asked for more numbers than that axis has. Is it the axis that you mean? If so, cut k to what there is.",
    ),
    (
        r"stack expects each tensor to be equal size, but got \[(.*?)\] at entry \d+ and \[(.*?)\]",
        "`stack` needs tensors of one shape, and got ({0}) and ({1}).",
    ),
    (
        r"Sizes of tensors must match except in dimension (\d+)\. Expected size (\d+) but got size (\d+)",
        "`cat` on axis {0} needs tensors that agree on all other axes, and met {1} and {2}.",
    ),
    (
        r"Tensors must have same number of dimensions: got (\d+) and (\d+)",
        "`cat` joins along an axis that is there, and met tensors of {0} and of {1} axes; `x[None]` adds one in front.",
    ),
    (
        r"(cat|stack)\(\) takes from 1 to 2 positional arguments|"
        r"(?:cat|stack)\(\): argument 'tensors' \(position 1\) must be tuple of Tensors, not Tensor",
        "`cat` and `stack` take all tensors in one list: `torch.cat([a, b], dim=-1)`.",
    ),
    (
        r"expected Tensor as element \d+ in argument \d+, but got (\w+)",
        "`cat` and `stack` join tensors, and got a {0} among them; `torch.tensor(...)` makes a tensor of it.",
    ),
    (
        r"unhashable type: '(\w+)'",
        "a {0} cannot be a key of a dict nor an item of a set. Was it appended to a list as a whole, where `extend` was meant?",
    ),
    (
        r"Could not infer dtype of (\w+)",
        "`torch.tensor` makes a tensor of numbers and of lists of numbers, not of a {0}.",
    ),
    (
        r"expected sequence of length (\d+) at dim (\d+) \(got (\d+)\)",
        "lists of unequal length, {0} and {2}, cannot become one tensor: it has no holes.",
    ),
    (
        r"The expanded size of the tensor \((\d+)\) must match the existing size \((\d+)\) at non-singleton dimension (\d+)",
        "axis {2} has {1} places where {0} are needed; only an axis of size 1 can be stretched.",
    ),
    (
        r"cannot be converted to type \S+ without overflow",
        "the number does not fit into the tensor's dtype; of floats the lowest that fits is `torch.finfo(x.dtype).min`.",
    ),
    (
        r"could not infer output dtype|not implemented for '(?:Long|Int|Bool)'",
        "this needs floats and got whole numbers or booleans; convert them with `.float()`.",
    ),
    (
        r"masked_fill_? only supports boolean masks",
        "`masked_fill` wants a mask of True and False; `mask == 0` is one.",
    ),
    (
        r"subscript (\w) has size (\d+) for operand \d+ which does not broadcast with previously seen size (\d+)",
        "in `einsum` the letter {0} stands for an axis of {2} and for one of {1}; a letter has one size.",
    ),
    (
        r"Given normalized_shape=\[(\d+)\].*got input of size\[(.*?)\]",
        "the norm is over the last axis, so that axis must have {0}; the tensor is ({1}).",
    ),
    (
        r"'Tensor' object is not callable",
        "round brackets behind a tensor, as if it were a function; indices stand in square ones.",
    ),
    (
        r"(too many|not enough) values to unpack \(expected (\d+)",
        "{1} names on the left of `=`, and another number of things on the right. A shape has one for each axis of the tensor.",
    ),
    (
        r"tensors used as indices must be|Expected tensor for argument #1 'indices'",
        "ids that index a table must be int64, not float. (`F.embedding` takes the ids first, then the table.)",
    ),
    (
        r"Dimension out of range \(expected to be in range of \[(-?\d+), (-?\d+)\], but got (-?\d+)\)",
        "there is no axis {2}; the tensor has the axes {0} to {1}.",
    ),
    (
        r"Boolean value of Tensor with more than one value",
        "one yes or no is needed here, by an `if`, a `not` or a setting, and this is a whole tensor of them. (A module such as "
        "`nn.CrossEntropyLoss` takes settings when it is made, and tensors when it is called: `nn.CrossEntropyLoss()(a, b)`.)",
    ),
    (
        r"can't be cast to the desired output type",
        "a float result cannot be written into a tensor of integers.",
    ),
    (
        r"a Tensor with \d+ elements cannot be converted",
        "`.item()` needs a tensor of one number.",
    ),
    (
        r"only one element tensors",
        "one number is needed here, and this is a tensor of several; what works on all of them at once is torch's own, "
        "`torch.log` and not `math.log`.",
    ),
    (
        r"a leaf Variable that requires grad",
        "a weight of the model would be changed in place; work on a copy.",
    ),
    (
        r"permute\(sparse_coo\)|number of dimensions in the tensor input does not match",
        "permute must name every axis once.",
    ),
    (
        r"'NoneType' object|operand type\(s\) for .*'NoneType'|must be (?:tuple of Tensors|Tensor), not NoneType",
        "something is None here: a function without `return`, an argument that may be None, or what a model gives only if it is "
        "asked (`output_hidden_states=True`).",
    ),
    (
        r"must be Tensor, not (?:int|float)\b",
        "a plain number, where torch wants a tensor; for numbers there is `math`, `math.sqrt(n)`.",
    ),
    (
        r"self must be a matrix|mat2 must be a matrix|must be a 3D tensor|1D tensors expected",
        "`mm` takes two matrices, `bmm` two batches of them and `dot` two vectors; `@` takes any number of axes in front.",
    ),
    (
        r"argument '(\w+)' \(position \d+\) must be Tensor, not (tuple|list|dict)",
        "a {1}, handed on where one tensor is needed: take the item that you want out of it first.",
    ),
    (
        r"'(tuple|list|dict)' object has no attribute '(?:shape|size|dim|dtype|device|view|reshape|transpose|permute|T|mT)'",
        "a {0} stands where one tensor is needed: take the item that you want out of it first.",
    ),
    (
        r"'\w*Output\w*' object has no attribute '(?:shape|size|dim|dtype|device|view|reshape|transpose|mean|sum)'|"
        r"must be Tensor, not \w*Output\w*",
        "this is all that a model gives, and one tensor is needed: take it out by its name, `.last_hidden_state`.",
    ),
    (
        r"'Tensor' object has no attribute '(logits|loss|last_hidden_state|pooler_output|hidden_states|attentions)'",
        "this is a tensor already; `.{0}` is taken from what a model gives as a whole.",
    ),
    (
        r"'dict' object has no attribute '"
        r"(logits|last_hidden_state|pooler_output|hidden_states|attentions|input_ids|attention_mask|token_type_ids)'",
        'what is in a dict is had with square brackets: `["{0}"]`.',
    ),
    (
        r"'types\.SimpleNamespace' object has no attribute '(\w+)'",
        "the config has no `{0}`; its names are those of `BertConfig`, like `hidden_size` and `num_attention_heads`.",
    ),
    (
        r"types\.SimpleNamespace",
        "the whole config stands where one of its numbers is needed, like `config.hidden_size`.",
    ),
    (
        r"has no attribute '?(encode_plus|batch_encode_plus|build_inputs_with_special_tokens|_tokenize)\b",
        '`{0}` is gone since transformers 5: call the tokenizer itself, `tokenizer(texts, return_tensors="pt")`, or '
        "`tokenizer.tokenize(text)`.",
    ),
    (
        r"has no attribute '?(get_extended_attention_mask|get_head_mask|prune_heads|transpose_for_scores)\b",
        "`{0}` is gone since transformers 5.",
    ),
    (
        r"does not support the context manager protocol",
        "behind `with` stands a class or a function that has not been called: `torch.no_grad()` has brackets.",
    ),
    (
        r"argument after \*\* must be a mapping, not (\w+)",
        "`**` hands on the items of a dict by their names, and this is a {0}.",
    ),
    (
        r"torch\.return_types\.(topk|sort)",
        "`{0}` gives two things, the values and their places: `values, indices = ...`, or take one with `.values`.",
    ),
    (
        r"torch\.return_types\.(max|min)",
        "along an axis `{0}` gives two things, the values and their places: take `.values`, or use `a{0}`, which gives the "
        "values alone.",
    ),
    (
        r"failed to unpack the object at pos \d+ with error .*but got float",
        "a size must be a whole number, and `/` gives a float even of whole numbers; `//` does not.",
    ),
    (
        r"cannot assign (module|parameter)s? before Module.__init__",
        "a module without a beginning: `super().__init__()` has to be the first line of `__init__`.",
    ),
    (
        r"Module \[(Module|ModuleDict|ModuleList|ParameterDict|ParameterList)\] is missing the required",
        'a `{0}` only holds modules or parameters and computes nothing: take out what you mean (`holder["dense"](x)`), or '
        "give its weights to a function.",
    ),
    (
        r"Module \[(\w+)\] is missing the required|_forward_unimplemented\(\)",
        "this module has no method `forward`: is it misspelt, or does it stand inside `__init__`, one indent too deep?",
    ),
    (
        r"([\w.]+) is not a Module subclass",
        "`nn.ModuleDict` and `nn.ModuleList` hold modules only, and got a {0}; a list of modules becomes one by "
        "`nn.ModuleList(...)`.",
    ),
    (
        r"'generator' object is not subscriptable",
        "a generator gives its items one after the other and cannot be asked for one; `dict(...)` or `list(...)` makes of it "
        "what can.",
    ),
    (
        r"Expected target size \[.*?\], got \[.*?\]|Expected input batch_size \((\d+)\) to match target batch_size",
        "cross-entropy wants one row of scores for each label: logits (N, classes) and labels (N,), batch and tokens flattened "
        "into one axis.",
    ),
    (
        r"does not require grad and does not have a grad_fn",
        "`backward` finds nothing that it could follow back: was the loss computed under `no_grad`, or cut off by `.item()`, "
        "`.detach()` or a new `torch.tensor(...)`?",
    ),
    (
        r"got an unexpected keyword argument '(\w+)'",
        "what is called here takes no argument of the name `{0}`.",
    ),
    (r"maximum recursion depth", "a function that calls itself without ever reaching an end."),
)


def explain(error: BaseException) -> str:
    """One or two sentences: the exception's name and message, and what it means where we know."""
    name, message = type(error).__name__, " ".join(str(error).split()) or _missing_attribute(error)
    brief = message if len(message) <= 240 else f"{message[:160]} ... {message[-70:]}"
    if isinstance(error, SystemExit):
        return "It called `sys.exit()`, which would end the whole session; `return` ends a function."
    if isinstance(error, MemoryError):
        return "MemoryError: it asked for more memory than there is."
    if isinstance(error, KeyError):
        return f"KeyError: there is no key {brief}."
    if isinstance(error, UnboundLocalError):
        return f"{name}: {brief}. Every line that sets it was skipped in this call: does it stand in an `if` or a loop?"
    if isinstance(error, NameError):
        return f"{name}: {brief}. Is it defined above, and has that cell been run?"
    said = f"{name}: {brief}" if message else name
    for pattern, meaning in _MEANINGS:
        found = re.search(pattern, message)
        if found:
            words = meaning.format(*found.groups())
            return f"{said}\n{words[0].upper()}{words[1:]}"
    return said


def _missing_attribute(error: BaseException) -> str:
    """What an AttributeError without a message means, as transformers' BatchEncoding raises it; else ""."""
    if not isinstance(error, AttributeError) or raised_in(error) != "__getattr__":
        return ""
    frame = _last_frame(error)
    owner, attribute = (frame.f_locals[name] for name in frame.f_code.co_varnames[:2])
    return f"'{type(owner).__name__}' object has no attribute '{attribute}'"


def nearest_key(error: BaseException, arguments: dict[str, object]) -> str:
    """After a KeyError: the key that the learner probably meant, of the arguments or of what was asked; or that it was empty."""
    if not isinstance(error, KeyError) or not error.args:
        return ""
    asked = str(error.args[0])
    frame = _last_frame(error)
    there = frame.f_locals if frame else {}
    dicts = {name: value for name, value in (arguments | there).items() if isinstance(value, Mapping)}
    empty = [name for name, value in dicts.items() if name in there and not value]
    if empty:
        return f"`{empty[0]}` is empty."
    keys = [str(key) for value in dicts.values() for key in value]
    if any(key.endswith(asked) for key in keys):  # it is there, under a longer name or in another dict
        return ""
    close = difflib.get_close_matches(asked, keys, n=1)
    return f"Did you mean `{close[0]}`?" if close else ""


def line_of(error: BaseException, answer: Callable) -> tuple[int, str] | None:
    """(line number in its cell or file, text) of the learner's line that raised, or None if it is not to be had."""
    members = vars(answer).values() if isinstance(answer, type) else [answer]
    file = next((member.__code__.co_filename for member in members if hasattr(member, "__code__")), None)
    found = None
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == file or "ipykernel" in frame.f_code.co_filename:
            found = (number, linecache.getline(frame.f_code.co_filename, number).strip())
    return found if found and found[1] else None


def raised_in(error: BaseException) -> str:
    """The name of the function in which the exception was raised."""
    frame = _last_frame(error)
    return frame.f_code.co_name if frame else ""


def _last_frame(error: BaseException) -> FrameType | None:
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return frames[-1] if frames else None
