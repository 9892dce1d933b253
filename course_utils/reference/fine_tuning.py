"""Fine-tuning: a head, its loss and its gradients, the optimizer's step, what is trained, LoRA, and what is taken for what."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_utils.reference.self_attention import linear, softmax


def classification_head(pooled: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Score every class for every text.

    pooled: (batch, hidden), one vector per text.
    weight: (classes, hidden), one row per class.
    bias: (classes,).

    Returns: (batch, classes), logits: scores, not probabilities.
    Source: Devlin et al. 2018, arXiv 1810.04805, section 4.1.
    Equal to: the `classifier` of `BertForSequenceClassification` in transformers.
    """
    return linear(pooled, weight, bias)  # (batch, classes)


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Average -ln of the probability that each text's right class is given.

    logits: (batch, classes), of any size: 1e4, too.
    labels: (batch,), the numbers of the right classes, int64.

    Returns: a tensor without axes, in nats, through which gradients flow back to
        `logits`.
    Equal to: `F.cross_entropy(logits, labels)`.
    """
    highest = logits.max(dim=-1, keepdim=True).values  # (batch, 1)
    shifted = logits - highest  # at most 0, so that no power of e overflows
    log_sum = shifted.exp().sum(dim=-1).log()  # (batch,)
    right = shifted.gather(1, labels[:, None]).squeeze(1)  # (batch,)
    return (log_sum - right).mean()


def head_gradients(
    pooled: Tensor,
    logits: Tensor,
    labels: Tensor,
) -> tuple[Tensor, Tensor]:
    """Compute the gradients of the mean cross-entropy for the head, by hand.

    pooled: (batch, hidden), what the head was given.
    logits: (batch, classes), what it made of it.
    labels: (batch,), the numbers of the right classes.

    Returns: the gradient of the weight (classes, hidden) and of the bias (classes,).
    Equal to: what autograd computes for `cross_entropy(classification_head(...))`.
    """
    probabilities = softmax(logits, dim=-1)  # (batch, classes)
    right = F.one_hot(labels, logits.shape[-1]).to(logits.dtype)  # (batch, classes)
    error = (probabilities - right) / len(labels)  # (batch, classes)
    return error.T @ pooled, error.sum(dim=0)


def adamw_step(
    param: Tensor,
    grad: Tensor,
    state: dict,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
) -> tuple[Tensor, dict]:
    """Do one step of AdamW.

    param: any shape, the numbers to train.
    grad: the same shape, their gradient.
    state: {} before the first step, afterwards what the last step returned.
    lr: the learning rate.
    betas: how much of the old running mean is kept: of the gradient, of its square.
    eps: prevents a division by zero; added to the root.
    weight_decay: which share of `lr * param` is taken off `param` first.

    Both running means start at 0. To make up for that, each is divided by `1 - beta**t`
    before it is used, where t counts the steps, this one included. The step is `lr`
    times the first mean over the root of the second. What was given is not changed.

    Returns: the new numbers, and the new state: a dict of `step` (an int), `exp_avg`
        and `exp_avg_sq` (the running means before that division).
    Source: Loshchilov and Hutter 2017, arXiv 1711.05101, algorithm 2; Kingma and Ba
        2014, arXiv 1412.6980.
    Equal to: `torch.optim.AdamW`.
    """
    beta1, beta2 = betas
    step = state.get("step", 0) + 1
    exp_avg = beta1 * state.get("exp_avg", 0) + (1 - beta1) * grad
    exp_avg_sq = beta2 * state.get("exp_avg_sq", 0) + (1 - beta2) * grad**2
    mean = exp_avg / (1 - beta1**step)
    mean_square = exp_avg_sq / (1 - beta2**step)
    decayed = param - lr * weight_decay * param
    updated = decayed - lr * mean / (mean_square.sqrt() + eps)
    return updated, {"step": step, "exp_avg": exp_avg, "exp_avg_sq": exp_avg_sq}


def linear_warmup(step: int, warmup: int, total: int) -> float:
    """Say by what the learning rate is multiplied at a step.

    step: how many steps have been done before, 0 at the first.
    warmup: over how many steps it rises from 0 to 1; may be 0.
    total: the step at which it has fallen back to 0, in a straight line.

    Returns: a factor from 0 to 1; 0 after the last step, too.
    Source: Devlin et al. 2018, arXiv 1810.04805, appendix A.2.
    Equal to: `get_linear_schedule_with_warmup` in transformers.
    """
    if step < warmup:
        return step / warmup
    left = total - step
    return max(0.0, left / max(1, total - warmup))


def trainable(model: nn.Module, last_layers: int) -> list[str]:
    """Freeze all parameters but those of the last layers and of the head.

    model: has a `config` and parameters with the names of
        `BertForSequenceClassification`: `bert.encoder.layer.0.` and so on for the
        layers, `classifier.` for the head.
    last_layers: how many layers are trained, counted from the last; 0 trains the head
        alone.

    `requires_grad` says of each parameter whether it is trained. Whatever it was
    before, only those of the last layers and of the head are trained afterwards: not
    the embeddings, and not the pooler.

    Returns: the names of the parameters that are trained, in the model's order.
    """
    layers = model.config.num_hidden_layers
    numbers = range(layers - last_layers, layers)
    open_parts = ["classifier."] + [f"bert.encoder.layer.{number}." for number in numbers]
    names = []
    for name, parameter in model.named_parameters():
        is_open = name.startswith(tuple(open_parts))
        parameter.requires_grad_(is_open)
        if is_open:
            names.append(name)
    return names


def lora_linear(
    x: Tensor,
    weight: Tensor,
    bias: Tensor,
    a: Tensor,
    b: Tensor,
    alpha: float,
) -> Tensor:
    """Add a correction of low rank to a dense layer.

    x: (batch, tokens, in).
    weight: (out, in), which stays as it is in training.
    bias: (out,), which stays as it is, too.
    a: (rank, in), trained; it comes first.
    b: (out, rank), trained; it comes second.
    alpha: the correction is multiplied by alpha / rank.

    Returns: (batch, tokens, out).
    Source: Hu et al. 2021, arXiv 2106.09685, section 4.1.
    """
    rank = a.shape[0]
    narrow = x @ a.T  # (batch, tokens, rank)
    correction = narrow @ b.T  # (batch, tokens, out)
    return linear(x, weight, bias) + alpha / rank * correction


def merge_lora(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Put a correction of low rank into the weight itself.

    weight: (out, in).
    a: (rank, in).
    b: (out, rank).
    alpha: as in `lora_linear`.

    Returns: (out, in), the weight of the ordinary dense layer that computes what
        `lora_linear` computes.
    Source: Hu et al. 2021, arXiv 2106.09685, section 4.1: "no additional inference
        latency".
    """
    rank = a.shape[0]
    correction = b @ a  # (out, in)
    return weight + alpha / rank * correction


def confusion_matrix(predicted: list[int], labels: list[int], classes: int) -> Tensor:
    """Count how often each class was taken for each class.

    predicted: the numbers of the classes that a model chose.
    labels: the numbers of the right classes, in the same order.
    classes: how many classes there are; some may occur in neither list.

    Returns: (classes, classes), int64; rows are the right classes, columns the chosen
        ones.
    Equal to: `sklearn.metrics.confusion_matrix`.
    """
    counts = torch.zeros(classes, classes, dtype=torch.int64)
    for chosen, right in zip(predicted, labels, strict=True):
        counts[right, chosen] += 1
    return counts
