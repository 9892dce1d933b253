"""The relation: how a wrong result follows from the right one, told only if it does so in every case."""

import string

import pytest
import torch

from course_utils.checks.course import find
from course_utils.judge import Case, trial
from course_utils.judge.insight.otherwise import otherwise
from course_utils.judge.insight.relations import relations
from course_utils.judge.running.session import known_state
from course_utils.reference import all_exercises
from tests.judge.toy_course import CHECKS, one_off

TEXTS = ["One two two Three", "héllo, World again again", "a B C"]


def told(check, answer) -> str:
    """What is said of an answer: one sentence or none."""
    with known_state():
        runs = trial.prepare(check)
        trial.try_out(check, answer, runs)
        return " ".join(relations(check, runs))


def of_scores(change) -> str:
    """What is said of the scores (batch, heads, queries, keys) after this change."""
    right = CHECKS["toy_scores"].reference
    return told(CHECKS["toy_scores"], lambda query, key: change(right(query, key))).removeprefix(
        "Yours is the right result "
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (torch.neg, "negated."),
        (lambda x: 1 / x, "turned upside down: 1 / x for each x."),
        (torch.square, "squared."),
        (torch.exp, "passed through exp."),
        (torch.tanh, "passed through tanh."),
        (torch.relu, "cut off at 0, with 0 for all that is negative."),
        (lambda x: x.round(decimals=2), "rounded to 2 decimals."),
        (lambda x: 2.5 * x, "times 2.5."),
        (lambda x: x - 3, "minus 3."),
        (lambda x: x.mT, "with queries and keys swapped."),
        (lambda x: x.permute(1, 2, 0, 3), "with its axes in the order (heads, queries, batch, keys)."),
        (lambda x: x.flip(1), "flipped along heads."),
        (lambda x: x.roll(1, -1), "shifted by 1 place on along keys, round the end."),
        (lambda x: x.sort(2).values, "sorted along queries."),
        (lambda x: x.softmax(-1), "softmaxed along keys."),
        (lambda x: x / x.norm(dim=2, keepdim=True), "scaled to length 1 along queries."),
        (lambda x: x - x.mean(-1, keepdim=True), "shifted to a mean of 0 along keys."),
        (lambda x: x.sum(1), "summed over heads."),
        (lambda x: x[:1], "at the first place along batch only, with the axis kept."),
        (lambda x: x[:, :, 1:], "without the first along queries."),
        (lambda x: x[None], "with an axis of size 1 too many."),
        (lambda x: x.flatten(2), "with its numbers in the same order, in another shape."),
        (lambda x: x * x[:, :1, :1, :1], "times some number, another one for each place along batch."),
        (lambda x: x + torch.arange(6.0), "plus some number, another one for each place along keys."),
    ],
)
def test_tensors(change, says):
    assert of_scores(change) == says


def test_a_view_in_place_of_a_transpose():
    says = of_scores(lambda x: x.transpose(1, 2).reshape(x.shape))
    assert says.startswith("with its numbers in the order that they have with heads and queries swapped, as after")


def test_the_step_that_is_missing():
    check = one_off(lambda x: x.softmax(-1), lambda draw: [Case((draw.normal(3, 5),)), Case((draw.normal(4, 6),))])
    assert told(check, lambda x: x) == "Yours becomes the right result once it is softmaxed along axis 1."


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda items: items[:-1], "without its last item."),
        (lambda items: items[1:], "without its first item."),
        (lambda items: items + ["more"], "with one item too many at the end."),
        (lambda items: ["[CLS]", *items], "with one item too many at the start."),
        (lambda items: items[::-1], "in the reverse order."),
        (lambda items: [items], "nested once too often."),
        (lambda items: items[0], "cut down to its first item."),
        (lambda items: [item.upper() for item in items], "in upper case."),
        (lambda items: "".join(items), "joined to one text."),
        (lambda items: [items[-1], *items[:-1]], "in another order."),
    ],
)
def test_lists(change, says):
    check = one_off(lambda text: text.split(), lambda draw: [Case((text,)) for text in TEXTS])
    assert told(check, lambda text: change(text.split())) == f"Yours is the right result {says}"


def test_repeated_items_texts_and_dicts():
    lists = one_off(lambda text: text.split(), lambda draw: [Case((text,)) for text in TEXTS])
    assert told(lists, lambda text: list(dict.fromkeys(text.split()))).endswith("with repeated items dropped.")
    texts = one_off(lambda text: text, lambda draw: [Case((text,)) for text in TEXTS])
    assert told(texts, str.lower).endswith("in lower case.")
    assert told(texts, lambda text: text[:-1]).endswith("without its last character.")
    counted = one_off(
        lambda text: {"words": text.split(), "sizes": [len(word) for word in text.split()]},
        lambda draw: [Case((text,)) for text in TEXTS],
    )
    right = counted.reference
    assert told(counted, lambda text: right(text)["words"]).endswith("cut down to its 'words'.")
    assert told(counted, lambda text: {"a": right(text)["words"], "b": right(text)["sizes"]}).endswith(
        "right and in order."
    )
    reversed_sizes = told(counted, lambda text: right(text) | {"sizes": right(text)["sizes"][::-1]})
    assert reversed_sizes == "Your `result['sizes']` is the right result in the reverse order."


def test_a_number_for_each_case():
    check = CHECKS["toy_scores"]
    says = told(check, lambda query, key: query @ key.mT / query.shape[-1])
    assert says == "Yours is the right result times 0.378."  # both cases have 7 features
    sizes = one_off(
        lambda x: x / x.shape[-1] ** 0.5, lambda draw: [Case((draw.normal(3, 4),)), Case((draw.normal(3, 9),))]
    )
    assert told(sizes, lambda x: x).endswith("times a number that differs from case to case (2, 3).")


def test_what_holds_in_one_case_only_is_not_told():
    right = CHECKS["toy_scores"].reference
    sizes = one_off(lambda x: x * 1.0, lambda draw: [Case((draw.normal(3, 4),)), Case((draw.normal(3, 9),))])
    assert told(sizes, lambda x: -x if x.shape[1] == 4 else x) == ""
    one_case = one_off(right, lambda draw: [Case((draw.normal(2, 3, 5, 7), draw.normal(2, 3, 6, 7)))])
    assert told(one_case, lambda query, key: -right(query, key)) == "Yours is the right result negated."


def test_cases_that_must_raise_are_left_alone():
    def root(x):
        if bool((x < 0).any()):
            raise ValueError("negative")
        return x.sqrt()

    check = one_off(
        root,
        lambda draw: (
            [Case((draw.normal(n, 4).abs(),)) for n in (3, 5)] + [Case((-draw.normal(3).abs(),), raises=ValueError)]
        ),
    )
    assert told(check, lambda x: -root(x)) == "Yours is the right result negated."
    assert told(check, lambda x: -x.abs().sqrt()) == "", "it does not raise"


def test_a_constant_is_no_relation():
    for change in (torch.zeros_like, torch.ones_like, lambda x: x * float("nan"), lambda x: x * 0 + x[0, 0, 0, 0]):
        assert of_scores(change) == ""


def test_nearly_right_values_are_in_no_relation():
    near_one = one_off(lambda x: 1 + x * 1e-4, lambda draw: [Case((draw.normal(5, 6),)), Case((draw.normal(7, 6),))])
    assert told(near_one, lambda x: 1 + x.flip(0) * 1e-4 + 3e-5) == ""


def scrambled(value: object, generator: torch.Generator) -> object:
    """A value of the same type and shape that has nothing to do with it."""
    if isinstance(value, torch.Tensor):
        if value.is_floating_point():
            return torch.randn(value.shape, generator=generator).to(value.dtype)
        return torch.randint(0, 2 if value.dtype is torch.bool else 9, value.shape, generator=generator).to(value.dtype)
    if isinstance(value, bool):
        return bool(torch.rand((), generator=generator) < 0.5)
    if isinstance(value, int):
        return int(torch.randint(0, 1000, (), generator=generator))
    if isinstance(value, float):
        return float(torch.randn((), generator=generator))
    if isinstance(value, str):
        return "".join(string.ascii_letters[int(torch.randint(0, 52, (), generator=generator))] for _ in value)
    if isinstance(value, dict):
        return {key: scrambled(item, generator) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(scrambled(item, generator) for item in value))
    if isinstance(value, (list, tuple)):
        return type(value)(scrambled(item, generator) for item in value)
    return value


@pytest.mark.parametrize("name", all_exercises())
def test_right_and_random_results_have_no_explanation(name):
    check, generator = find(name), torch.Generator().manual_seed(0)
    with known_state():
        runs = trial.prepare(check)
        for run in runs:
            run.value, run.done = run.expected, True
        assert (otherwise(check, runs), relations(check, runs)) == ("", ())
        for run in runs:
            run.value = scrambled(run.expected, generator)
        assert (otherwise(check, runs), relations(check, runs)) == ("", ())


@pytest.mark.parametrize(
    ("name", "label", "says"),
    [
        ("attention_entropy", "perplexity", "Yours is the right result passed through exp."),
        ("split_heads", "not_transposed", "Yours is the right result with heads and tokens swapped."),
        ("pad_batch", "mask_padded_left", "Your `result[1]` is the right result flipped along tokens."),
        ("intermediate", "no_gelu", "Yours becomes the right result once it is passed through gelu."),
        ("pre_tokenize", None, "Yours is the right result in the reverse order."),
        ("run_encoder", "without_embeddings", "Yours is the right result without its first item."),
        ("agreement_accuracy", "error_rate", "Yours is the right result turned into its complement: 1 - x for each x."),
        ("same_model", "no_pooler", "Yours is the right result without its last entry."),
        ("mask_tokens", "never_random", ""),
        ("load_reference_weights", "strict", ""),
        ("normalization_stats", "squared_too_late", ""),
        ("sdpa_attention", "zero_times_infinity", ""),
    ],
)
def test_real_exercises(name, label, says):
    check = find(name)
    answer = check.course.planted(name, label) if label else lambda text: check.reference(text)[::-1]
    assert told(check, answer) == says


@pytest.mark.parametrize(
    ("name", "label", "says"),
    [
        ("layer_norm", "eps_1e-5", "with `eps` = 1e-5, whatever it is given."),
        ("bert_embeddings", "eps_1e-5", "with `config.layer_norm_eps` = 1e-5, whatever it is given."),
        ("Bert", "mask_forgotten", "Yours is what the right class gives without `attention_mask`."),
        ("mean_pool", "inverted", "with `attention_mask` inverted."),
        ("ablate_head", "nothing_changed", "Yours is `params` as it was given."),
        ("self_attention", "no_value_bias", "with `params['attention.self.value.bias']` all 0."),
        ("mask_tokens", "vocabulary_fixed", ""),
        ("load_reference_weights", "strict", ""),
    ],
)
def test_arguments_of_real_exercises(name, label, says):
    check = find(name)
    with known_state():
        runs = trial.prepare(check)
        trial.try_out(check, check.course.planted(name, label), runs)
        found = otherwise(check, runs)
    assert found.endswith(says), found
    assert bool(found) == bool(says)


def test_nearly_right_values_are_no_multiple_of_the_right_ones():
    """Numbers near 1 are nearly their own squares: no factor is told where the right result is as near."""
    assert of_scores(lambda x: 3 * (1 + x / 1e5)) == ""
    assert of_scores(lambda x: x + 1e-4 * x.square()) == ""
