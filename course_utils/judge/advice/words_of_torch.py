"""The messages of torch, in a learner's words."""

import re

from . import conditions as when
from .meanings import Row
from .words_of_python import TAKE_THE_ITEM
from .words_of_shapes import WRITTEN

_ONE_TYPE = (
    r"expected m1 and m2 to have the same dtype|must have the same dtype|expected scalar type (\w+) but found (\w+)"
)

ROWS = (
    Row(
        r"view size is not compatible",
        "`view` cannot follow a transpose, since the numbers no longer lie in memory in that order; `reshape` can.",
    ),
    Row(_ONE_TYPE, "two tensors of different dtype meet; convert one with `.to(x.dtype)`."),
    Row(
        r"index out of range in self",
        "an id is not the number of a row of the table that it indexes: it is below 0, or larger than the last.",
    ),
    Row(
        r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)",
        "axis {1} is empty here: in this case nothing was found, or nothing is left.",
        when.is_empty,
    ),
    Row(
        r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)",
        "there is no index {0} on axis {1}, which has {2} places; the first is 0. " + WRITTEN,
        when.has_literal_sizes,
    ),
    Row(
        r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)",
        "there is no index {0} on axis {1}, which has {2} places; the first is 0.",
    ),
    Row(
        r"Target (-?\d+) is out of bounds",
        "a label has to be the number of a class, 0 or more, or the one that `ignore_index` says; this one is {0}, and your "
        "`ignore_index` is another.",
        when.ignores_another_label,
    ),
    Row(
        r"Target (-?\d+) is out of bounds",
        "a label has to be the number of a class, 0 or more, or the one that `ignore_index` says; this one is {0}.",
    ),
    Row(
        r"Index tensor must have the same number of dimensions as (?:input|self) tensor",
        "`gather` wants an index with as many axes as the tensor that it picks from: `index[:, None]` adds one.",
    ),
    Row(r"too many indices for tensor of dimension (\d+)", "more indices than axes: the tensor has {0}."),
    Row(
        r"selected index k out of range",
        "`topk` is asked for more numbers than that axis has. Is it the axis that you mean? If so, cut k to what there is.",
    ),
    Row(
        r"stack expects each tensor to be equal size, but got \[(.*?)\] at entry \d+ and \[(.*?)\]",
        "`stack` needs tensors of one shape, and got ({0}) and ({1}). `cat` joins tensors along an axis that they have, and "
        "they may differ there.",
    ),
    Row(
        r"Sizes of tensors must match except in dimension (\d+)\. Expected size (\d+) but got size (\d+)",
        "`cat` on axis {0} needs tensors that agree on all other axes, and met {1} and {2}.",
    ),
    Row(
        r"Tensors must have same number of dimensions: got (\d+) and (\d+)",
        "`cat` joins along an existing axis; these tensors have {0} and {1} axes. `x[None]` adds one in front.",
    ),
    Row(
        r"zero-dimensional tensor .* cannot be concatenated",
        "`cat` joins along an axis, and single numbers have none; `torch.stack` makes one.",
    ),
    Row(
        r"(cat|stack)\(\) takes from 1 to 2 positional arguments|"
        r"(?:cat|stack)\(\): argument 'tensors' \(position 1\) must be tuple of Tensors, not Tensor",
        "`cat` and `stack` take all tensors in one list: `torch.cat([a, b], dim=-1)`.",
    ),
    Row(
        r"expected Tensor as element \d+ in argument \d+, but got (\w+)",
        "`cat` and `stack` join tensors, and got a {0} among them; `torch.tensor(...)` makes a tensor of it.",
    ),
    Row(
        r"stack expects a non-empty TensorList|expected a non-empty list of Tensors",
        "`cat` and `stack` got a list with nothing in it.",
    ),
    Row(
        r"Could not infer dtype of (\w+)",
        "`torch.tensor` makes a tensor of numbers and of lists of numbers, not of a {0}.",
    ),
    Row(
        r"expected sequence of length (\d+) at dim (\d+) \(got (\d+)\)",
        "lists of unequal length, {0} and {2}, cannot form one tensor: every row needs the same length.",
    ),
    Row(
        r"The expanded size of the tensor \((\d+)\) must match the existing size \((\d+)\) at non-singleton dimension (\d+)",
        "axis {2} has {1} places where {0} are needed; only an axis of size 1 can be stretched.",
    ),
    Row(
        r"split_with_sizes expects split_sizes to sum exactly to (\d+).*split_sizes=\[(.*?)\]",
        "the sizes ({1}) do not add up to the {0} places that the axis has.",
    ),
    Row(
        r"The shape of the mask \[(.*?)\] at index (\d+) does not match the shape of the indexed tensor \[(.*?)\]",
        "a tensor of True and False picks from one of the same shape; it is ({0}), what it picks from ({2}).",
    ),
    Row(
        r"cannot be converted to type \S+ without overflow",
        "the number does not fit into the tensor's dtype; of floats the lowest that fits is `torch.finfo(x.dtype).min`.",
    ),
    Row(
        r"could not infer output dtype|not implemented for '(?:Long|Int|Bool)'",
        "this needs floats and got whole numbers or booleans; convert them with `.float()`.",
    ),
    Row(
        r"masked_fill_? only supports boolean masks",
        "`masked_fill` wants a mask of True and False; `mask == 0` is one.",
    ),
    Row(
        r"Expected attn_mask dtype to be bool or",
        "the mask must be True and False, or floats that are added to the scores; whole numbers are neither. `.bool()` turns 1 "
        "and 0 into True and False.",
    ),
    Row(
        r"\(operator\.invert\) is only implemented on integer and Boolean",
        "`~` turns True and False round: it needs a tensor of booleans, and this one holds floats. `.bool()` converts it.",
    ),
    Row(
        r"Subtraction, the `-` operator, with (?:a|two) bool tensors?",
        "True and False cannot be subtracted; `~mask` turns them round, `.float()` makes numbers of them.",
    ),
    Row(
        r"subscript (\w) has size (\d+) for operand \d+ which does not broadcast with previously seen size (\d+)",
        "in `einsum` the letter {0} stands for an axis of {2} and for one of {1}; a letter has one size.",
    ),
    Row(
        r"number of subscripts in the equation \((\d+)\) does not match the number of dimensions \((\d+)\) for operand (\d+)",
        "`einsum` has {0} letters for tensor {2} (the first is 0), which has {1} axes: one letter per axis, or `...` for those "
        "in front.",
    ),
    Row(
        r"Given normalized_shape=\[(\d+)\].*got input of size\[(.*?)\]",
        "the norm is over the last axis, so that axis must have {0}; the tensor is ({1}).",
    ),
    Row(
        r"argument 'normalized_shape' \(position \d+\) must be tuple of ints, not (\w+)",
        "the shape that is normalised is a tuple even if it is one axis: `(n,)`, or `x.shape[-1:]`.",
    ),
    Row(
        r"tensors used as indices must be|Expected tensor for argument #1 'indices'",
        "ids that index a table must be int64, not float. (`F.embedding` takes the ids first, then the table.)",
        r"embedding\(",
    ),
    Row(
        r"tensors used as indices must be|Expected tensor for argument #1 'indices'",
        "what indexes a tensor must be int64 or bool, not float; `.long()` makes whole numbers.",
    ),
    Row(
        r"Dimension out of range \(expected to be in range of \[(-?\d+), (-?\d+)\], but got (-?\d+)\)",
        "there is no axis {2}; the tensor has the axes {0} to {1}.",
    ),
    *[
        Row(r"Boolean value of Tensor with more than one value", f"{start} {says}", seen)
        for start, says, seen in [
            (
                "this is a whole tensor, where one setting is needed.",
                "A module such as `nn.{loss}` takes settings when it is made, and tensors when it is called: "
                "`nn.{loss}()(a, b)`.",
                r"nn\.(?P<loss>\w+Loss)\(",
            ),
            (
                "one yes or no is needed here, and this is a whole tensor of them.",
                "To ask whether it was given at all: `is not None`.",
                when.asks_the_tensor_itself,
            ),
            (
                "one yes or no is needed here, and this is a whole tensor of them.",
                "`torch.equal(a, b)` tells whether two tensors are equal, `.all()` and `.any()` make one of many.",
                r"==|!=|\bin\b|\ball\(|\bany\(",
            ),
            ("one yes or no is needed here, and this is a whole tensor of them.", "", ""),
        ]
    ],
    Row(r"can't be cast to the desired output type", "a float result cannot be written into a tensor of integers."),
    Row(r"a Tensor with \d+ elements cannot be converted", "`.item()` needs a tensor of one number."),
    Row(
        r"only one element tensors",
        "one number is needed here, and this is a tensor of several. `math.{name}` takes one number, `torch.{name}` a whole "
        "tensor.",
        r"math\.(?P<name>a?(?:sin|cos|tan)h?|erfc?|exp|expm1|log|log2|log10|log1p|sqrt|floor|ceil|pow)\b",
    ),
    Row(r"only one element tensors", "one number is needed here, and this is a tensor of several."),
    Row(r"a leaf Variable that requires grad", "a weight of the model would be changed in place; work on a copy."),
    Row(
        r"permute\(sparse_coo\)|number of dimensions in the tensor input does not match",
        "permute must name every axis once.",
    ),
    Row(
        r"must be Tensor, not (?:int|float)\b",
        "a plain number, where torch wants a tensor; for numbers there is `math.{name}`.",
        r"torch\.(?P<name>sqrt|log|log2|exp|sin|cos|tanh|erf|floor|ceil)\(",
    ),
    Row(r"must be Tensor, not (int|float)\b", "a plain number, where torch wants a tensor."),
    Row(
        r"self must be a matrix|mat2 must be a matrix|must be a 3D tensor|1D tensors expected",
        "`mm` takes two matrices, `bmm` two batches of them and `dot` two vectors; `@` takes any number of axes in front.",
    ),
    Row(r"argument '\w+' \(position \d+\) must be Tensor, not (tuple|list|dict)", TAKE_THE_ITEM),
    Row(
        r"torch\.return_types\.(topk|sort)",
        "`{0}` gives two things, the values and their places: `values, indices = ...`, or take one with `.values`.",
    ),
    Row(
        r"torch\.return_types\.(max|min)",
        "along an axis `{0}` gives two things, the values and their places: take `.values`, or use `a{0}`, which gives the "
        "values alone.",
    ),
    Row(
        r"failed to unpack the object at pos \d+ with error .*but got float|"
        r"\w+\(\) received an invalid combination of arguments - got \(.*\bfloat\b",
        "a size or an axis must be a whole number, and `/` gives a float even of whole numbers; `//` does not.",
        when.divides,
    ),
    Row(
        r"(view|reshape|expand|repeat|zeros|ones|empty|permute)\(\) received an invalid combination of arguments - "
        r"got \(.*Tensor",
        "`{0}` takes whole numbers, and got a tensor among them. The sizes of a tensor are in its `.shape`.",
    ),
    Row(
        r"transpose\(\) received an invalid combination of arguments",
        "`transpose` takes the two axes that change places; `permute` takes all of them.",
    ),
    Row(
        r"(\w+)\(\) received an invalid combination of arguments - got \(([^()]*)\)",
        "`{0}` does not take these arguments: {1}.",
    ),
    Row(
        r"cannot assign (module|parameter)s? before Module.__init__",
        "the module was never initialised: `super().__init__()` has to be the first line of `__init__`.",
    ),
    Row(
        r"cannot assign '[\w.]+' as parameter '(\w+)'",
        "a parameter can be replaced only by a parameter: `nn.Parameter(tensor)`. Or load all of a module's weights by their "
        "names with `load_state_dict`.",
    ),
    Row(
        r"Module \[(Module|ModuleDict|ModuleList|ParameterDict|ParameterList)\] is missing the required",
        'a `{0}` only holds modules or parameters and computes nothing: take out what you mean (`holder["dense"](x)`), or '
        "give its weights to a function.",
    ),
    Row(
        r"Module \[(\w+)\] is missing the required|_forward_unimplemented\(\)",
        "this module has no method `forward`: is it misspelt, or inside `__init__`, one indent too deep?",
    ),
    Row(
        r"([\w.]+) is not a Module subclass",
        "`nn.ModuleDict` and `nn.ModuleList` hold modules only, and got a {0}; a list of modules becomes one by "
        "`nn.ModuleList(...)`.",
    ),
    Row(
        r"Expected target size \[.*?\], got \[.*?\]|Expected input batch_size \((\d+)\) to match target batch_size",
        "cross-entropy wants one row of scores for each label: logits (N, classes) and labels (N,), batch and tokens flattened "
        "into one axis.",
    ),
    Row(
        r"does not require grad and does not have a grad_fn",
        "`backward` finds no computation to follow back: `.item()`, `.detach()`, `no_grad` and a new `torch.tensor(...)` cut it "
        "off.",
        lambda scene, *_: re.search(r"\.item\(|\.detach\(|no_grad|torch\.tensor\(|\.data\b", scene.source) is not None,
    ),
    Row(r"does not require grad and does not have a grad_fn", "`backward` finds no computation to follow back."),
    Row(
        r"backward through the graph a second time",
        "`backward` was called twice on one computation, which is given up after the first: compute the loss again.",
    ),
    Row(
        r"Can't call numpy\(\) on Tensor that requires grad",
        "it was computed with gradients: compute it under `torch.no_grad()`, or cut it off with `.detach()` first.",
    ),
    Row(
        r"Expected all tensors to be on the same device",
        "a new tensor is made on the CPU unless it is told where: `device=x.device`.",
    ),
)
