"""Fine-tuning: loss and gradients equal to torch's, steps to its AdamW, the schedule and the names to transformers'; LoRA merged."""

import copy
import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from transformers import BertForSequenceClassification, get_linear_schedule_with_warmup

from course_utils.reference.fine_tuning import (
    adamw_step,
    classification_head,
    confusion_matrix,
    cross_entropy,
    head_gradients,
    linear_warmup,
    lora_linear,
    merge_lora,
    trainable,
)
from course_utils.reference.self_attention import linear
from tests.reference.fixtures import close, generator, normal, randomized, small_batch, small_config

pytestmark = pytest.mark.usefixtures("one_thread")

CLASSES = 5
DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


def classifier(layers: int = 3) -> BertForSequenceClassification:
    return randomized(BertForSequenceClassification(small_config(num_hidden_layers=layers, num_labels=CLASSES)))


@torch.no_grad()
def test_head_equals_transformers():
    model, batch = classifier(), small_batch()
    pooled = model.bert(**batch).pooler_output
    assert close(classification_head(pooled, model.classifier.weight, model.classifier.bias), model(**batch).logits)


def texts(dtype: torch.dtype, scale: float = 1.0):
    """Vectors, scores and right classes of seven texts; no text has class 3."""
    labels = torch.tensor([0, 4, 2, 2, 1, 4, 4])
    return normal(7, 11, dtype=dtype), scale * normal(7, CLASSES, seed=1, dtype=dtype), labels


@DTYPES
@pytest.mark.parametrize("scale", [1.0, 30.0, 1e4])
def test_loss_and_its_gradient_equal_torch(dtype, scale):
    _, logits, labels = texts(dtype, scale)
    mine, theirs = (logits.clone().requires_grad_() for _ in range(2))
    loss, expected = cross_entropy(mine, labels), F.cross_entropy(theirs, labels)
    loss.backward()
    expected.backward()
    assert loss.dtype == dtype
    assert close(loss, expected)
    assert close(mine.grad, theirs.grad)


@pytest.mark.parametrize("shift", [1e4, -1e4])
def test_loss_of_scores_around_ten_thousand_is_finite(shift):
    """In float32 they are 0.001 apart there: it is compared with the loss of the same scores in float64."""
    _, logits, labels = texts(torch.float32)
    moved = logits + shift
    assert close(cross_entropy(moved, labels), F.cross_entropy(moved.double(), labels).float())


def test_loss_of_knowing_nothing_is_the_logarithm_of_the_number_of_classes():
    assert cross_entropy(torch.zeros(4, CLASSES), torch.tensor([0, 3, 1, 4])).item() == pytest.approx(math.log(CLASSES))


@DTYPES
def test_gradients_equal_autograd(dtype):
    pooled, _, labels = texts(dtype)
    weight = normal(CLASSES, 11, seed=2, dtype=dtype).requires_grad_()
    bias = normal(CLASSES, seed=3, dtype=dtype).requires_grad_()
    logits = classification_head(pooled, weight, bias)
    expected = torch.autograd.grad(cross_entropy(logits, labels), (weight, bias))
    found = head_gradients(pooled, logits.detach(), labels)
    assert all(close(mine, theirs) for mine, theirs in zip(found, expected, strict=True))


def _draw_gradients(steps: int, like: torch.Tensor) -> list[torch.Tensor]:
    draw = generator(1)
    return [torch.randn(like.shape, generator=draw, dtype=like.dtype) for _ in range(steps)]


@DTYPES
@pytest.mark.parametrize(
    ("lr", "betas", "eps", "weight_decay"),
    [(1e-3, (0.9, 0.999), 1e-8, 0.01), (0.1, (0.8, 0.95), 0.1, 0.5), (0.02, (0.5, 0.6), 1e-3, 0.0)],
)
def test_twenty_steps_equal_torch(dtype, lr, betas, eps, weight_decay):
    """With a learning rate that rises and falls; one number's gradient is always 0."""
    numbers = normal(3, 7, dtype=dtype)
    theirs = nn.Parameter(numbers.clone())
    optimizer = torch.optim.AdamW([theirs], lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
    state: dict = {}
    for step, grad in enumerate(_draw_gradients(20, numbers)):
        grad[1, 2] = 0
        now = lr * linear_warmup(step, 5, 30)
        numbers, state = adamw_step(numbers, grad, state, now, betas, eps, weight_decay)
        optimizer.param_groups[0]["lr"] = now
        theirs.grad = grad
        optimizer.step()
        kept = optimizer.state[theirs]
        assert close(numbers, theirs.detach())
        assert state["step"] == step + 1 == kept["step"]
        assert all(close(state[name], kept[name]) for name in ("exp_avg", "exp_avg_sq"))
    assert numbers.dtype == dtype


def test_a_step_leaves_numbers_and_state_as_they_were():
    numbers = normal(3, 7)
    first, second = _draw_gradients(2, numbers)
    more = 0.1, (0.9, 0.999), 1e-8, 0.01
    moved, state = adamw_step(numbers, first, {}, *more)
    before = copy.deepcopy((moved, state))
    adamw_step(moved, second, state, *more)
    assert torch.equal(moved, before[0])
    assert state["step"] == before[1]["step"] == 1
    assert all(torch.equal(state[name], before[1][name]) for name in ("exp_avg", "exp_avg_sq"))


@pytest.mark.parametrize(("warmup", "total"), [(0, 20), (1, 20), (7, 20), (19, 20), (20, 20)])
def test_warmup_equals_transformers(warmup, total):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    theirs = get_linear_schedule_with_warmup(optimizer, warmup, total).lr_lambdas[0]
    steps = range(total + 5)
    factors = [linear_warmup(step, warmup, total) for step in steps]
    assert factors == pytest.approx([theirs(step) for step in steps])
    assert max(factors) <= 1
    assert factors[total] == 0


@pytest.mark.parametrize("layers", [3, 12])
@pytest.mark.parametrize("last_layers", [0, 1, 2, 3])
def test_trainable_are_the_last_layers_and_the_head(layers, last_layers):
    model = classifier(layers)
    for number, parameter in enumerate(model.parameters()):
        parameter.requires_grad_(number % 2 == 0)
    parts = [*model.bert.encoder.layer[layers - last_layers :], model.classifier]
    wanted = {id(parameter) for part in parts for parameter in part.parameters()}
    names = trainable(model, last_layers)
    assert names == [name for name, parameter in model.named_parameters() if id(parameter) in wanted]
    assert names == [name for name, parameter in model.named_parameters() if parameter.requires_grad]


@DTYPES
@pytest.mark.parametrize(("rank", "alpha"), [(1, 2.0), (3, 3.0), (4, 1.0)])
def test_a_merged_correction_is_the_same_function(dtype, rank, alpha):
    x, weight, bias = normal(2, 5, 11, dtype=dtype), normal(7, 11, seed=1, dtype=dtype), normal(7, seed=2, dtype=dtype)
    a, b = normal(rank, 11, seed=3, dtype=dtype), normal(7, rank, seed=4, dtype=dtype)
    beside = lora_linear(x, weight, bias, a, b, alpha)
    merged = merge_lora(weight, a, b, alpha)
    by_columns = sum(torch.outer(b[:, each], a[each]) for each in range(rank)) * alpha / rank
    assert close(merged, weight + by_columns)
    assert close(linear(x, merged, bias), beside)
    assert torch.linalg.matrix_rank((merged - weight).double(), rtol=1e-4) == rank
    assert torch.equal(lora_linear(x, weight, bias, a, torch.zeros_like(b), alpha), linear(x, weight, bias))


@pytest.mark.parametrize("classes", [3, 12])
def test_confusion_matrix_equals_a_count(classes):
    metrics = pytest.importorskip("sklearn.metrics")
    predicted, labels = torch.randint(3, (2, 200), generator=generator(0)).tolist()
    counts = confusion_matrix(predicted, labels, classes)
    pairs = list(zip(labels, predicted, strict=True))
    assert counts.tolist() == [[pairs.count((row, column)) for column in range(classes)] for row in range(classes)]
    assert counts.tolist() == metrics.confusion_matrix(labels, predicted, labels=range(classes)).tolist()
    assert counts.dtype == torch.int64
