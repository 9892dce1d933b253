"""Right ways."""

import re

import numpy as np
import sklearn.metrics
import torch
import torch.nn.functional as F
from transformers import get_linear_schedule_with_warmup

from course_utils.reference.fine_tuning import lora_linear
from course_utils.reference.self_attention import linear


def head_by_torch(pooled, weight, bias):
    return F.linear(pooled, weight, bias)


def head_by_einsum(pooled, weight, bias):
    return torch.einsum("bd,cd->bc", pooled, weight) + bias


def head_class_by_class(pooled, weight, bias):
    return torch.stack([(pooled * row).sum(dim=1) + number for row, number in zip(weight, bias, strict=True)], dim=1)


def loss_of_torch(logits, labels):
    return F.cross_entropy(logits, labels)


def loss_by_logsumexp(logits, labels):
    """ln of a sum of exponentials, of which the right class's is 1."""
    return (logits - logits.gather(1, labels[:, None])).logsumexp(dim=-1).mean()


def loss_by_one_hot(logits, labels):
    right = F.one_hot(labels, logits.shape[-1])
    return -(torch.log_softmax(logits, dim=-1) * right).sum() / len(labels)


def loss_with_the_maximum_added_again(logits, labels):
    highest = logits.amax(dim=1)
    log_sum = highest + torch.log(torch.exp(logits - highest.unsqueeze(1)).sum(dim=1))
    return torch.mean(log_sum - logits[torch.arange(labels.shape[0]), labels])


def loss_by_loops(logits, labels):
    total = 0.0
    for scores, label in zip(logits, labels, strict=True):
        total = total + torch.log(torch.exp(scores - scores.max()).sum()) + scores.max() - scores[label]
    return total / len(labels)


def loss_in_float64(logits, labels):
    wide = logits.double()
    shifted = wide - wide.max(dim=-1, keepdim=True).values
    log_probabilities = shifted - shifted.exp().sum(dim=-1, keepdim=True).log()
    return F.nll_loss(log_probabilities, labels).to(logits.dtype)


def gradients_by_index(pooled, logits, labels):
    error = torch.softmax(logits, dim=-1)
    error[torch.arange(len(labels)), labels] -= 1
    return torch.einsum("bc,bd->cd", error, pooled) / len(labels), error.mean(dim=0)


def gradients_by_loops(pooled, logits, labels):
    weight, bias = pooled.new_zeros(logits.shape[1], pooled.shape[1]), logits.new_zeros(logits.shape[1])
    for vector, scores, label in zip(pooled, logits, labels, strict=True):
        error = torch.softmax(scores, dim=0)
        error[label] -= 1.0
        weight += torch.outer(error, vector) / len(labels)
        bias += error / len(labels)
    return weight, bias


def gradients_by_autograd_of_the_scores(pooled, logits, labels):
    scores = logits.clone().requires_grad_()
    (error,) = torch.autograd.grad(F.cross_entropy(scores, labels), scores)
    return (pooled.T @ error).T, error.sum(dim=0)


def gradients_by_backward(pooled, logits, labels):
    """A head of zeros, whose scores are added to the given ones, has the same gradients."""
    head = torch.nn.Linear(pooled.shape[1], logits.shape[1]).to(pooled.dtype)
    for parameter in head.parameters():
        torch.nn.init.zeros_(parameter)
    F.cross_entropy(logits + head(pooled), labels).backward()
    return head.weight.grad, head.bias.grad


def step_of_torch(param, grad, state, lr, betas, eps, weight_decay):
    number = torch.nn.Parameter(param.clone())
    number.grad = grad.clone()
    optimizer = torch.optim.AdamW([number], lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
    if state:
        means = {name: state[name].clone() for name in ("exp_avg", "exp_avg_sq")}
        optimizer.state[number] = {"step": torch.tensor(float(state["step"])), **means}
    optimizer.step()
    kept = optimizer.state[number]
    return number.detach(), {**kept, "step": int(kept["step"])}


def step_of_the_paper(param, grad, state, lr, betas, eps, weight_decay):
    """The decay inside the brackets that are multiplied with the learning rate."""
    t = state["step"] + 1 if state else 1
    m = (betas[0] * state["exp_avg"] if state else 0) + (1 - betas[0]) * grad
    v = (betas[1] * state["exp_avg_sq"] if state else 0) + (1 - betas[1]) * grad.square()
    root = torch.sqrt(v / (1 - betas[1] ** t))
    new = param - lr * (m / (1 - betas[0] ** t) / (root + eps) + weight_decay * param)
    return new, {"exp_avg": m, "exp_avg_sq": v, "step": t}


def step_in_place_on_copies(param, grad, state, lr, betas, eps, weight_decay):
    """As torch has it inside: the root's correction apart, the first mean's in the size of the step."""
    new, nothing = param.clone(), torch.zeros_like(param)
    step = state.get("step", 0) + 1
    exp_avg, exp_avg_sq = (state.get(name, nothing).clone() for name in ("exp_avg", "exp_avg_sq"))
    new.mul_(1 - lr * weight_decay)
    exp_avg.lerp_(grad, 1 - betas[0])
    exp_avg_sq.mul_(betas[1]).addcmul_(grad, grad, value=1 - betas[1])
    divisor = (exp_avg_sq.sqrt() / (1 - betas[1] ** step) ** 0.5).add_(eps)
    new.addcdiv_(exp_avg, divisor, value=-lr / (1 - betas[0] ** step))
    return new, {"step": step, "exp_avg": exp_avg, "exp_avg_sq": exp_avg_sq}


def warmup_of_transformers(step, warmup, total):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    return get_linear_schedule_with_warmup(optimizer, warmup, total).lr_lambdas[0](step)


def warmup_by_the_smaller(step, warmup, total):
    rise = step / warmup if warmup else 1.0
    return min(rise, max(0.0, (total - step) / (total - warmup)))


def warmup_by_cases(step, warmup, total):
    if step >= total:
        return 0
    if step >= warmup:
        return 1 - (step - warmup) / (total - warmup)
    return 1.0 / warmup * step


def warmup_by_interpolation(step, warmup, total):
    return np.interp(step, [0, warmup, total], [0, 1, 0]) if warmup else np.interp(step, [0, total], [1, 0])


def trainable_by_modules(model, last_layers):
    """Everything closed, then whole modules opened."""
    model.requires_grad_(False)
    layers = model.bert.encoder.layer
    for part in [*layers[len(layers) - last_layers :], model.classifier]:
        part.requires_grad_(True)
    return [name for name, parameter in model.named_parameters() if parameter.requires_grad]


def trainable_by_numbers(model, last_layers):
    """The layer's number is read from the name."""
    names = []
    for name, parameter in model.named_parameters():
        found = re.match(r"bert\.encoder\.layer\.(\d+)\.", name)
        number = int(found[1]) if found else -1
        parameter.requires_grad = (
            name.startswith("classifier") or number >= model.config.num_hidden_layers - last_layers
        )
        if parameter.requires_grad:
            names.append(name)
    return names


def trainable_without_a_dot(model, last_layers):
    """Whatever begins like the name of an open layer is open, too: the layers after it."""
    first = model.config.num_hidden_layers - last_layers
    opened = tuple(f"bert.encoder.layer.{number}" for number in range(first, model.config.num_hidden_layers))
    flags = {name: name.startswith(("classifier", *opened)) for name, _ in model.named_parameters()}
    for name, flag in flags.items():
        model.get_parameter(name).requires_grad = flag
    return [name for name in flags if flags[name]]


def trainable_from_the_end(model, last_layers):
    """The names are collected from the last one, and turned round."""
    left, names = 16 * last_layers, []
    for name, parameter in reversed(list(model.named_parameters())):
        in_layer = "encoder.layer" in name and left > 0
        left -= in_layer
        parameter.requires_grad_(in_layer or name.startswith("classifier"))
        if parameter.requires_grad:
            names.append(name)
    return names[::-1]


def lora_by_torch(x, weight, bias, a, b, alpha):
    return F.linear(x, weight, bias) + F.linear(F.linear(x, a), b) * (alpha / b.shape[1])


def lora_merged(x, weight, bias, a, b, alpha):
    return F.linear(x, torch.addmm(weight, b, a, alpha=alpha / len(a)), bias)


def lora_by_einsum(x, weight, bias, a, b, alpha):
    correction = torch.einsum("bti,ri,or->bto", x, a, b)
    return torch.einsum("bti,oi->bto", x, weight) + bias + alpha * correction / a.size(0)


def lora_scaled_first(x, weight, bias, a, b, alpha):
    """The input of the detour is scaled, and the two results are added in place."""
    result = linear(x, weight, bias)
    result += torch.matmul(torch.matmul(alpha / a.shape[0] * x, a.mT), b.mT)
    return result


def lora_side_by_side(x, weight, bias, a, b, alpha):
    """One matrix product: the layer's input and the few numbers side by side, the weight and `b`, too."""
    both = torch.cat([x, x @ a.T], dim=-1)
    return both @ torch.cat([weight, alpha / len(a) * b], dim=1).T + bias


def merge_by_addmm(weight, a, b, alpha):
    return torch.addmm(weight, b, a, alpha=alpha / a.shape[0])


def merge_by_outer_products(weight, a, b, alpha):
    merged = weight.clone()
    for row, column in zip(a, b.T, strict=True):
        merged += alpha / len(a) * torch.outer(column, row)
    return merged


def merge_by_what_it_does(weight, a, b, alpha):
    """What `lora_linear` makes of each unit vector, without a bias, is a column of the merged weight."""
    units = torch.eye(weight.shape[1], dtype=weight.dtype)[None]
    return lora_linear(units, weight, torch.zeros(len(weight), dtype=weight.dtype), a, b, alpha)[0].T.contiguous()


def merge_in_float64(weight, a, b, alpha):
    correction = torch.einsum("or,ri->oi", b.double(), a.double()) * alpha / a.shape[0]
    return (weight.double() + correction).to(weight.dtype)


def confusion_of_scikit_learn(predicted, labels, classes):
    return torch.from_numpy(sklearn.metrics.confusion_matrix(labels, predicted, labels=range(classes)))


def confusion_by_bincount(predicted, labels, classes):
    pairs = torch.tensor(labels) * classes + torch.tensor(predicted)
    return torch.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def confusion_by_one_hot(predicted, labels, classes):
    chosen, right = (F.one_hot(torch.tensor(each), classes) for each in (predicted, labels))
    return right.T @ chosen


def confusion_by_index_put(predicted, labels, classes):
    counts = torch.zeros(classes, classes, dtype=torch.long)
    return counts.index_put_((torch.tensor(labels), torch.tensor(predicted)), torch.tensor(1), accumulate=True)


def confusion_by_comparing(predicted, labels, classes):
    pairs = list(zip(labels, predicted, strict=True))
    return torch.tensor([[pairs.count((right, chosen)) for chosen in range(classes)] for right in range(classes)])
