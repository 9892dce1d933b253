"""Wrong ways that no known mistake gives."""

import numpy as np
import torch
import torch.nn.functional as F

from course_utils.reference.fine_tuning import adamw_step, linear_warmup, trainable
from course_utils.reference.self_attention import linear, softmax


def head_with_a_clamp(pooled, weight, bias):
    return linear(pooled, weight, bias).clamp(-0.5, 0.5)


def head_of_every_second_feature(pooled, weight, bias):
    return linear(pooled[:, ::2], weight[:, ::2], bias)


def head_without_the_axis_of_one(pooled, weight, bias):
    return linear(pooled, weight, bias).squeeze()


def loss_with_a_guard(logits, labels):
    probabilities = softmax(logits, dim=-1)
    return -(probabilities[torch.arange(len(labels)), labels] + 1e-9).log().mean()


def loss_with_a_temperature(logits, labels):
    return F.cross_entropy(logits / 2, labels)


def loss_by_exponentials(logits, labels):
    shares = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
    return -torch.log(shares[torch.arange(len(labels)), labels]).mean()


def loss_by_the_median(logits, labels):
    return F.cross_entropy(logits, labels, reduction="none").median()


def loss_in_place(logits, labels):
    logits -= logits.amax(dim=-1, keepdim=True)
    return (logits.logsumexp(dim=-1) - logits.gather(1, labels[:, None])[:, 0]).mean()


def loss_of_numpy(logits, labels):
    scores = logits.detach().numpy()
    scores = scores - scores.max(axis=-1, keepdims=True)
    sums = np.log(np.exp(scores).sum(axis=-1))
    return torch.tensor((sums - scores[np.arange(len(labels)), labels]).mean())


def loss_with_an_index_of_one_axis(logits, labels):
    return -torch.log_softmax(logits, dim=-1).gather(1, labels).mean()


def loss_with_the_mean_of_a_product(logits, labels):
    return -(torch.log_softmax(logits, dim=-1) * F.one_hot(labels, logits.shape[-1])).mean()


def _error(logits, labels):
    return (softmax(logits, dim=-1) - F.one_hot(labels, logits.shape[-1])) / len(labels)


def gradients_that_are_clipped(pooled, logits, labels):
    error = _error(logits, labels)
    return (error.T @ pooled).clamp(-0.1, 0.1), error.sum(dim=0).clamp(-0.1, 0.1)


def gradients_of_centred_vectors(pooled, logits, labels):
    error = _error(logits, labels)
    return error.T @ (pooled - pooled.mean(dim=-1, keepdim=True)), error.sum(dim=0)


def gradients_by_backward_of_what_is_given(pooled, logits, labels):
    F.cross_entropy(logits, labels).backward()
    return logits.grad.T @ pooled, logits.grad.sum(dim=0)


def gradients_of_all_labels(pooled, logits, labels):
    probabilities = softmax(logits, dim=-1)
    probabilities[:, labels] -= 1
    return probabilities.T @ pooled / len(labels), probabilities.mean(dim=0)


def _means(grad, state, betas):
    step = state.get("step", 0) + 1
    exp_avg = betas[0] * state.get("exp_avg", 0) + (1 - betas[0]) * grad
    return step, exp_avg, betas[1] * state.get("exp_avg_sq", 0) + (1 - betas[1]) * grad**2


def step_of_nadam(param, grad, state, lr, betas, eps, weight_decay):
    step, exp_avg, exp_avg_sq = _means(grad, state, betas)
    ahead = (betas[0] * exp_avg + (1 - betas[0]) * grad) / (1 - betas[0] ** step)
    root = (exp_avg_sq / (1 - betas[1] ** step)).sqrt()
    new = param - lr * weight_decay * param - lr * ahead / (root + eps)
    return new, {"step": step, "exp_avg": exp_avg, "exp_avg_sq": exp_avg_sq}


def step_with_a_clipped_gradient(param, grad, state, lr, betas, eps, weight_decay):
    return adamw_step(param, grad.clamp(-0.2, 0.2), state, lr, betas, eps, weight_decay)


def step_of_adam_with_l2(param, grad, state, lr, betas, eps, weight_decay):
    return adamw_step(param, grad + weight_decay * param, state, lr, betas, eps, 0.0)


def step_that_fills_the_state(param, grad, state, lr, betas, eps, weight_decay):
    if not state:
        state["step"], state["exp_avg"], state["exp_avg_sq"] = 0, torch.zeros_like(param), torch.zeros_like(param)
    new, now = adamw_step(param, grad, state, lr, betas, eps, weight_decay)
    state.update(now)
    return new, state


def step_in_the_state(param, grad, state, lr, betas, eps, weight_decay):
    if state:
        state["exp_avg"].mul_(betas[0]).add_((1 - betas[0]) * grad)
    return adamw_step(param, grad, state, lr, betas, eps, weight_decay)


def step_with_the_letters_of_the_paper(param, grad, state, lr, betas, eps, weight_decay):
    old = dict(zip(("step", "exp_avg", "exp_avg_sq"), (state.get(key, 0) for key in "tmv"), strict=True))
    new, now = adamw_step(param, grad, old, lr, betas, eps, weight_decay)
    return new, dict(zip("tmv", now.values(), strict=True))


def step_that_expects_a_state(param, grad, state, lr, betas, eps, weight_decay):
    step = state["step"] + 1
    return adamw_step(param, grad, state | {"step": step - 1}, lr, betas, eps, weight_decay)


def step_without_parentheses(param, grad, state, lr, betas, eps, weight_decay):
    step, exp_avg, exp_avg_sq = _means(grad, state, betas)
    mean, mean_square = exp_avg / (1 - betas[0] ** step), exp_avg_sq / (1 - betas[1] ** step)
    new = param - lr * weight_decay * param - lr * mean / mean_square.sqrt() + eps
    return new, {"step": step, "exp_avg": exp_avg, "exp_avg_sq": exp_avg_sq}


def warmup_to_a_tenth(step, warmup, total):
    return step / warmup if step < warmup else max(0.1, (total - step) / (total - warmup))


def warmup_again_and_again(step, warmup, total):
    return linear_warmup(step % total, warmup, total)


def warmup_of_a_learning_rate(step, warmup, total):
    return 2e-5 * linear_warmup(step, warmup, total)


def warmup_rounded(step, warmup, total):
    return round(linear_warmup(step, warmup, total), 2)


def warmup_one_ahead_that_ends_at_a_whole_0(step, warmup, total):
    if step < warmup:
        return (step + 1) / warmup
    return max(0, (total - step) / max(1, total - warmup))


def warmup_by_the_smaller_of_two(step, warmup, total):
    return max(0.0, min(step / warmup, (total - step) / (total - warmup)))


def warmup_with_a_first_step_of_0(step, warmup, total):
    return max(0.0, min(step / max(1, warmup), (total - step) / (total - warmup)))


def warmup_as_a_tensor(step, warmup, total):
    return torch.tensor(linear_warmup(step, warmup, total))


def warmup_that_ends_in_nothing(step, warmup, total):
    if step < warmup:
        return step / warmup
    if step < total:
        return (total - step) / (total - warmup)


def trainable_without_norms(model, last_layers):
    names = [name for name in trainable(model, last_layers) if "LayerNorm" not in name]
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in names)
    return names


def trainable_by_counting_parameters(model, last_layers):
    """The last 16 for each layer, and two for the head: the pooler is between them."""
    model.requires_grad_(False)
    for parameter in list(model.parameters())[-16 * last_layers - 2 :]:
        parameter.requires_grad_(True)
    return [name for name, parameter in model.named_parameters() if parameter.requires_grad]


def trainable_from_the_front_on_top(model, last_layers):
    """Nothing is frozen, the first layers are opened and the head is forgotten."""
    names = []
    for number in range(last_layers):
        for name, parameter in model.named_parameters():
            if f"layer.{number}." in name:
                parameter.requires_grad = True
                names.append(name)
    return names


def lora_with_one_more_in_the_rank(x, weight, bias, a, b, alpha):
    return linear(x, weight, bias) + alpha / (a.shape[0] + 1) * x @ a.T @ b.T


def lora_scaled_twice(x, weight, bias, a, b, alpha):
    scale = alpha / a.shape[0]
    return linear(x, weight, bias) + scale * (scale * x @ a.T) @ b.T


def lora_of_the_first_token(x, weight, bias, a, b, alpha):
    return linear(x, weight, bias) + alpha / a.shape[0] * x[:, :1] @ a.T @ b.T


def merge_divided_by_alpha(weight, a, b, alpha):
    return weight + b @ a / alpha


def confusion_from_one(predicted, labels, classes):
    """It counts the classes from 1 to `classes`."""
    numbers, pairs = range(1, classes + 1), list(zip(labels, predicted, strict=True))
    return torch.tensor([[pairs.count((right, chosen)) for chosen in numbers] for right in numbers])


def confusion_of_all_pairs(predicted, labels, classes):
    """Two loops, one inside of the other."""
    counts = torch.zeros(classes, classes, dtype=torch.int64)
    for chosen in predicted:
        for right in labels:
            counts[right, chosen] += 1
    return counts


def trainable_without_return(model, last_layers):
    trainable(model, last_layers)


def trainable_by_a_slice_of_layers(model, last_layers):
    model.requires_grad_(False)
    for layer in model.bert.encoder.layer[-last_layers:]:
        layer.requires_grad_(True)
    model.classifier.requires_grad_(True)
    return [name for name, parameter in model.named_parameters() if parameter.requires_grad]


def trainable_by_the_first_digit(model, last_layers):
    opened = [
        name
        for name, _ in model.named_parameters()
        if name.startswith("classifier")
        or (".layer." in name and int(name[len("bert.encoder.layer.")]) >= model.config.num_hidden_layers - last_layers)
    ]
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name in opened
    return opened


def trainable_by_a_misspelt_attribute(model, last_layers):
    first, names = model.config.num_hidden_layers - last_layers, []
    for name, parameter in model.named_parameters():
        parameter.require_grad = name.startswith("classifier") or (
            ".layer." in name and int(name.split(".")[3]) >= first
        )
        if parameter.require_grad:
            names.append(name)
    return names


def lora_without_a_bias(x, weight, bias, a, b, alpha):
    return x @ weight.T + alpha / a.shape[0] * x @ a.T @ b.T


def merge_in_place(weight, a, b, alpha):
    weight += alpha / a.shape[0] * b @ a
    return weight


def confusion_by_index(predicted, labels, classes):
    counts = torch.zeros(classes, classes, dtype=torch.int64)
    counts[labels, predicted] += 1
    return counts


def confusion_of_floats_by_columns(predicted, labels, classes):
    counts = torch.zeros(classes, classes)
    for chosen, right in zip(predicted, labels, strict=True):
        counts[chosen, right] += 1
    return counts


def confusion_of_one_row(predicted, labels, classes):
    counts = [[0] * classes] * classes
    for chosen, right in zip(predicted, labels, strict=True):
        counts[right][chosen] += 1
    return torch.tensor(counts)


def trainable_by_numbers_as_text(model, last_layers):
    """A text is never in a range of numbers."""
    layers = model.config.num_hidden_layers
    names = []
    for name, parameter in model.named_parameters():
        in_layer = ".layer." in name and name.split(".")[3] in range(layers - last_layers, layers)
        parameter.requires_grad = in_layer or name.startswith("classifier")
        if parameter.requires_grad:
            names.append(name)
    return names
