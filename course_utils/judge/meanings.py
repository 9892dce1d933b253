"""What the messages of torch, transformers and Python mean, in a learner's words."""

# (pattern in the message, what it means); groups of the pattern fill the braces
MEANINGS = (
    (
        r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)",
        "a matrix product of ({0}, {1}) with ({2}, {3}): the inner sizes {1} and {2} must be equal. "
        "If it is with the weight of an nn.Linear, that is (out, in), so `x @ weight.T`.",
    ),
    (
        r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)",
        "two tensors meet whose sizes on axis {2} are {0} and {1}; they must be equal, or one of them 1. With `keepdim=True` "
        "`sum`, `mean` and `norm` leave the axis that they reduce in place, with size 1.",
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
        "there is no index {0} on axis {1}, which has {2} places; the first is 0.",
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
        "`cat` joins along an existing axis; these tensors have {0} and {1} axes. `x[None]` adds one in front.",
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
        "lists of unequal length, {0} and {2}, cannot form one tensor: every row needs the same length.",
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
        "a tensor is called like a function, with parentheses; index it with square brackets.",
    ),
    (
        r"(too many|not enough) values to unpack \(expected (\d+)",
        "{1} names on the left of `=`, but a different number of values on the right. A shape has one for each axis of the tensor.",
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
        "one number is needed here, and this is a tensor of several. To compute with all of them at once use torch's own "
        "functions, `torch.log` and not `math.log`.",
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
        "something is None here: a function without `return`, an argument that may be None, or an output that a model gives "
        "only on request (`output_hidden_states=True`).",
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
        "a {1} where one tensor is needed: take the item that you want out of it first.",
    ),
    (
        r"'(tuple|list|dict)' object has no attribute '(?:shape|size|dim|dtype|device|view|reshape|transpose|permute|T|mT)'",
        "a {0} where one tensor is needed: take the item that you want out of it first.",
    ),
    (
        r"'\w*Output\w*' object has no attribute '(?:shape|size|dim|dtype|device|view|reshape|transpose|mean|sum)'|"
        r"must be Tensor, not \w*Output\w*",
        "this is the model's whole output, and one tensor is needed: take it out by its name, `.last_hidden_state`.",
    ),
    (
        r"'Tensor' object has no attribute '(logits|loss|last_hidden_state|pooler_output|hidden_states|attentions)'",
        "this is a tensor already; `.{0}` belongs to the model's whole output.",
    ),
    (
        r"'dict' object has no attribute '"
        r"(logits|last_hidden_state|pooler_output|hidden_states|attentions|input_ids|attention_mask|token_type_ids)'",
        'read a dict\'s entries with square brackets: `["{0}"]`.',
    ),
    (
        r"'types\.SimpleNamespace' object has no attribute '(\w+)'",
        "the config has no `{0}`; its names are those of `BertConfig`, like `hidden_size` and `num_attention_heads`.",
    ),
    (
        r"types\.SimpleNamespace",
        "the whole config is given where one of its numbers is needed, like `config.hidden_size`.",
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
        "`with` got a class or function that was not called: `torch.no_grad()`, with parentheses.",
    ),
    (
        r"argument after \*\* must be a mapping, not (\w+)",
        "`**` passes a dict's items by name, and this is a {0}.",
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
        "the module was never initialised: `super().__init__()` has to be the first line of `__init__`.",
    ),
    (
        r"Module \[(Module|ModuleDict|ModuleList|ParameterDict|ParameterList)\] is missing the required",
        'a `{0}` only holds modules or parameters and computes nothing: take out what you mean (`holder["dense"](x)`), or '
        "give its weights to a function.",
    ),
    (
        r"Module \[(\w+)\] is missing the required|_forward_unimplemented\(\)",
        "this module has no method `forward`: is it misspelt, or inside `__init__`, one indent too deep?",
    ),
    (
        r"([\w.]+) is not a Module subclass",
        "`nn.ModuleDict` and `nn.ModuleList` hold modules only, and got a {0}; a list of modules becomes one by "
        "`nn.ModuleList(...)`.",
    ),
    (
        r"'generator' object is not subscriptable",
        "a generator gives its items one after the other and cannot be indexed; turn it into a `list(...)` or `dict(...)` first.",
    ),
    (
        r"Expected target size \[.*?\], got \[.*?\]|Expected input batch_size \((\d+)\) to match target batch_size",
        "cross-entropy wants one row of scores for each label: logits (N, classes) and labels (N,), batch and tokens flattened "
        "into one axis.",
    ),
    (
        r"does not require grad and does not have a grad_fn",
        "`backward` finds no computation to follow back: was the loss computed under `no_grad`, or cut off by `.item()`, "
        "`.detach()` or a new `torch.tensor(...)`?",
    ),
    (
        r"got an unexpected keyword argument '(\w+)'",
        "this call has no argument named `{0}`.",
    ),
    (r"maximum recursion depth", "a function calls itself and never reaches an end."),
)
