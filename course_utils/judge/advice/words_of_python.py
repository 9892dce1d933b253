"""The messages of Python, transformers and modules of one's own, in a learner's words."""

import torch
from torch.nn import functional as F

from . import conditions as when
from .meanings import Row

_NONE = r"['\"]NoneType['\"]|not NoneType"
_CONFIG = r"'(?:types\.SimpleNamespace|\w*Config)' object has no attribute '(\w+)'"
_TENSOR_METHODS = (
    "shape|size|dim|dtype|device|view|reshape|transpose|permute|T|mT|mean|sum|unsqueeze|squeeze|float|long|bool|numel"
)
_ALSO_OF_A_DICT = "shape|size|dim|dtype|device|view|reshape|transpose|permute|T|mT"  # what no key of a dict is called
TAKE_THE_ITEM = "a {0} where one tensor is needed: take the item that you want out of it first."

ROWS = (
    Row(
        r"'NoneType' object has no attribute 'startswith'",
        "a name in the dict that is loaded is None: what has no name in the model is left out of it.",
        when.in_loading,
    ),
    Row(
        _NONE,
        "`{none}` is None: a model gives it only on request (`output_hidden_states=True`).",
        lambda scene, *_: any(text.endswith(("hidden_states", "attentions")) and "." in text for text in scene.nones()),
    ),
    Row(_NONE, "`{none}` is None in this case, as this argument may be.", when.none_is_argument),
    Row(_NONE, "`{none}` is None here.", when.something_is_none),
    Row(_NONE, "something is None here."),
    Row(
        r"(list|tuple|string) index out of range",
        "a {0} is asked for an item that it does not have; the last of n items has the number n - 1.",
    ),
    Row(
        r"unhashable type: '(\w+)'",
        "a {0} cannot be a key of a dict nor an item of a set. Was it appended to a list as a whole, where `extend` was meant?",
        lambda scene, *_: ".append(" in scene.source,
    ),
    Row(r"unhashable type: '(\w+)'", "a {0} cannot be a key of a dict nor an item of a set."),
    Row(
        r"'Tensor' object is not callable",
        "a tensor is called like a function, with parentheses; index it with square brackets.",
    ),
    Row(
        r"'torch\.Size' object is not callable",
        "`shape` is not a function: `x.shape[0]`, with square brackets, or `x.size(0)`.",
    ),
    Row(
        r"'(tuple|list|dict)' object is not callable",
        "a {0} is called like a function, with parentheses; square brackets take an item of it.",
    ),
    Row(
        r"'(int|float|str|bool|NoneType)' object is not callable",
        "parentheses directly after a value call it like a function, and this is a {0}: is an operator missing, or is a "
        "function's name used for a value, too?",
    ),
    Row(
        r"'(?:builtin_function_or_method|method|function)' object is not subscriptable",
        "`{name}` is a method and is called, with parentheses: `.{name}(0)`; square brackets take items of a value.",
        r"\.(?P<name>\w+)\[",
    ),
    Row(
        r"'(?:builtin_function_or_method|method|function)' object is not (?:subscriptable|iterable)",
        "this is a function that was not called: its parentheses are missing.",
    ),
    Row(
        r"(?:operand type|supported between instances).*'(?:builtin_function_or_method|method|function|method-wrapper)'",
        "one of the two is a function that was not called: its parentheses are missing, as in `x.numel()`.",
    ),
    Row(
        r"cannot unpack non-iterable (\w+) object",
        "there are several names on the left of `=` and one {0} on the right. `.size({axis})` is the size of that axis alone; "
        "`.shape` has all of them.",
        r"\.size\((?P<axis>-?\d)\)",
    ),
    Row(
        r"cannot unpack non-iterable (\w+) object",
        "several names are on the left of `=` or `in`, and one {0} on the right.",
    ),
    Row(
        r"(too many|not enough) values to unpack \(expected (\d+)",
        "{1} names on the left of `=`, but a different number of values on the right. A shape has one for each axis of the "
        "tensor.",
        r"shape|size\(\)",
    ),
    Row(
        r"(too many|not enough) values to unpack \(expected (\d+)",
        "{1} names on the left of `=`, but a different number of values on the right.",
    ),
    Row(
        r"slice indices must be integers",
        "the ends of a slice are whole numbers, and `/` gives a float even of whole numbers; `//` does not.",
        when.divides,
    ),
    Row(r"slice indices must be integers", "the ends of a slice, `x[a:b]`, are whole numbers."),
    Row(
        r"'float' object cannot be interpreted as an integer",
        "a whole number is needed here, and `/` gives a float even of whole numbers; `//` does not.",
        when.divides,
    ),
    Row(
        r"exceptions must derive from BaseException",
        "`raise` stops with an exception; `return` gives back a result.",
    ),
    Row(
        r"can only concatenate (\w+) \(not \"(\w+)\"\) to \w+",
        "`+` joins two of a kind, and here are a {0} and a {1}.",
    ),
    Row(
        r"must be str, not (\w+)|sequence item \d+: expected str instance, (\w+) found",
        "`join` joins texts, and these are of type {1}: take the word of each first, or `str(...)`.",
        r"\.join\(",
    ),
    Row(
        r"(list|tuple) indices must be integers or slices, not (list|Tensor)",
        "a {0} gives one item at a time: `[items[i] for i in numbers]`.",
    ),
    Row(
        r"(list|tuple) indices must be integers or slices, not tuple",
        "one pair of brackets for each level of a {0}, `x[0][1]`; only tensors take `x[0, 1]`.",
    ),
    Row(
        r"(list|tuple) indices must be integers or slices, not str",
        "a {0} has numbers for its items, not names: is it the dict that you mean, or one item of the {0}?",
    ),
    Row(
        r"(list|tuple|string) indices must be integers(?: or slices)?, not (?:'float'|float)",
        "a place is a whole number, and `/` gives a float even of whole numbers; `//` does not.",
        when.divides,
    ),
    Row(
        r"(list|tuple|string) indices must be integers",
        "the items of a {0} are numbered with whole numbers, from 0 on.",
    ),
    Row(
        r"'(int|float|bool)' object is not iterable",
        "one {0} cannot be gone through; `range(n)` counts from 0 to n - 1.",
    ),
    Row(
        r"'(int|float|bool)' object is not subscriptable", "this is one {0}, and square brackets take an item of many."
    ),
    Row(
        r"object of type '(int|float|bool)' has no len\(\)|'(int|float)' object has no attribute '",
        "this is a plain number and not a tensor or a list.",
    ),
    Row(
        r"'(tuple|str)' object does not support item assignment",
        "a {0} cannot be changed; a list can, or make a new {0}.",
    ),
    Row(
        r"(?:'.*'|\S+) is not in list|x not in (?:list|tuple)",
        "`index` looks for an item that is equal, and there is none.",
    ),
    Row(r"substring not found", "`index` looks for a part of the text, and it is not there; `find` gives -1 then."),
    Row(r"invalid literal for int\(\)|could not convert string to float", "this text is not a number."),
    Row(
        r"not supported between instances of '(str|int)' and '(int|str)'",
        "a text and a number cannot be compared; `int(text)` makes a number of digits.",
    ),
    Row(r"division by zero", "in this case the number below the `/` is 0."),
    Row(r"pop from empty|arg is an empty sequence|iterable argument is empty", "in this case there is nothing in it."),
    Row(
        r"changed size during iteration",
        "what a loop goes through must not grow or shrink meanwhile: loop over `list(...)` of it.",
    ),
    Row(
        r"must be real number, not (?:list|tuple)",
        "one number is needed here; a loop, or a tensor and torch's functions, compute with many.",
    ),
    Row(r"'(tuple|list)' object has no attribute '(?:" + _TENSOR_METHODS + ")'", TAKE_THE_ITEM),
    Row(r"'(dict)' object has no attribute '(?:" + _ALSO_OF_A_DICT + ")'", TAKE_THE_ITEM),
    Row(
        r"'\w*Output\w*' object has no attribute '(?:" + _TENSOR_METHODS + r")'|must be Tensor, not \w*Output\w*",
        "this is the model's whole output, and one tensor is needed: take it out by its name, `.last_hidden_state`.",
    ),
    Row(
        r"'Tensor' object has no attribute '(logits|loss|last_hidden_state|pooler_output|hidden_states|attentions)'",
        "this is a tensor already; `.{0}` belongs to the model's whole output.",
    ),
    Row(
        r"'Tensor' object has no attribute '(append|extend)'",
        "a tensor does not grow: collect tensors in a list, and join them at the end with `torch.stack` or `torch.cat`.",
    ),
    Row(
        r"'dict' object has no attribute '(\w+)'",
        'read a dict\'s entries with square brackets: `["{0}"]`.',
        when.is_key,
    ),
    Row(
        r"'dict' object has no attribute '(\w+)'",
        "a dict's entries are read with square brackets and by their whole names, dots and all.",
        when.is_dotted_dict,
    ),
    Row(r"'dict' object has no attribute '(\w+)'", "a dict's entries are read with square brackets."),
    Row(_CONFIG, "the config has no `{0}`. {near}"),
    Row(
        r"'(?:SimpleNamespace|\w*Config)' object is not subscriptable",
        "a config's entries are attributes, with a dot: `config.{name}`.",
        r"""\[["'](?P<name>\w+)["']\]""",
    ),
    Row(
        r"types\.SimpleNamespace|\b\w*Config\b",
        "the whole config is given where one of its numbers is needed, like `config.hidden_size`.",
    ),
    Row(
        r"has no attribute '?(encode_plus|batch_encode_plus|build_inputs_with_special_tokens|_tokenize)\b",
        '`{0}` is gone since transformers 5: call the tokenizer itself, `tokenizer(texts, return_tensors="pt")`, or '
        "`tokenizer.tokenize(text)`.",
    ),
    Row(
        r"has no attribute '?(get_extended_attention_mask|get_head_mask|prune_heads|transpose_for_scores)\b",
        "`{0}` is gone since transformers 5.",
    ),
    Row(
        r"'(\w+)' object has no attribute '(\w+)'",
        "`self.{1}` was never set: `__init__` has to do so before it is used.",
        when.is_own_attribute,
    ),
    Row(
        r"module 'torch' has no attribute '(\w+)'",
        "it is in `torch.nn.functional`: `F.{0}`.",
        lambda scene, name: hasattr(F, name),
    ),
    Row(
        r"module 'torch\.nn\.functional' has no attribute '(\w+)'",
        "it is in torch itself: `torch.{0}`.",
        lambda scene, name: hasattr(torch, name),
    ),
    Row(
        r"does not support the context manager protocol",
        "`with` got a class or function that was not called: `torch.no_grad()`, with parentheses.",
        r"no_grad",
    ),
    Row(
        r"does not support the context manager protocol",
        "`with` got something that was not called, or not made for it.",
    ),
    Row(r"argument after \*\* must be a mapping, not (\w+)", "`**` passes a dict's items by name, and this is a {0}."),
    Row(
        r"'generator' object is not subscriptable",
        "a generator gives its items one after the other and cannot be indexed; turn it into a `list(...)` or `dict(...)` "
        "first.",
    ),
    Row(r"got an unexpected keyword argument '(\w+)'", "this call has no argument named `{0}`."),
    Row(r"missing \d+ required positional arguments?: (.*)", "the call leaves out {0}."),
    Row(r"takes (?:from \d+ to )?(\d+) positional arguments? but (\d+)", "the call has {1} arguments, where {0} fit."),
    Row(r"maximum recursion depth", "a function calls itself and never reaches an end."),
)
