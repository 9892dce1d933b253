"""The judge against right, wrong and badly behaved answers, on a toy reference of its own."""

import builtins
import math
import random
import sys
import threading
import time

import numpy as np
import pytest
import torch

from course_utils import checks
from course_utils.checks import answer_key, running
from course_utils.checks.answer_key import Mistake, Unplantable, plant
from course_utils.checks.compare import brief, equal
from course_utils.checks.engine import Case, Check, Property
from course_utils.checks.explain import where_wrong
from tests.judge import toy_reference as toy

SHAPE = (2, 3, 5, 7)


def _three(draw):
    return draw.normal(*SHAPE), draw.normal(2, 3, 6, 7), draw.normal(2, 3, 6, 7)


CHECKS = {
    "toy_scores": Check(
        toy.toy_scores,
        lambda draw: [Case(_three(draw)[:2], "an ordinary batch"), Case(_three(draw)[:2])],
        axes=("batch", "heads", "queries", "keys"),
        mistakes=(
            Mistake("unscaled", was=" / math.sqrt(query.shape[-1])", now="", says="The scores are not scaled."),
            Mistake("by_dh", was="math.sqrt(query.shape[-1])", now="query.shape[-1]", says="Divided by dh."),
        ),
        hints=("first", "second", "third"),
    ),
    "toy_softmax": Check(
        toy.toy_softmax,
        lambda draw: [Case((draw.normal(*SHAPE), -1))],
        axes=("batch", "heads", "queries", "keys"),
        mistakes=(
            Mistake("no_sum", was=" / exponentials.sum(dim=dim, keepdim=True)", now="", says="Not divided by the sum."),
        ),
        properties=(
            Property(lambda value, x, dim: torch.allclose(value.sum(dim), torch.ones(2, 3, 5)), "Rows do not sum to 1."),
        ),
    ),
    "toy_attention": Check(
        toy.toy_attention,
        lambda draw: [Case(_three(draw))],
        mistakes=(
            Mistake("swapped", was="return probabilities @ value, probabilities",
                    now="return probabilities, probabilities @ value", says="The two results are swapped."),
            Mistake("over_queries", was="dim=-1", now="dim=-2", says="Softmax over the queries."),
        ),
    ),
    "toy_pieces": Check(
        toy.toy_pieces,
        lambda draw: [Case(("One",)), Case(("One Two",)), Case((" a  b ",))],
        mistakes=(
            Mistake("cased", was=".lower()", now="", says="Not lower-cased."),
            Mistake("stuck", was="word, _, rest = rest.partition", now="word, _, _ = rest.partition",
                    says="The rest never gets shorter.", endless=True),
        ),
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def toy_course(monkeypatch, tmp_path):
    monkeypatch.setattr(answer_key, "_modules", lambda: {"toy": toy})
    monkeypatch.setattr(checks, "find", CHECKS.get)
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path))
    caches = answer_key.functions, answer_key.body_source, answer_key.parts, answer_key._world
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.fixture
def impatient(monkeypatch):
    """For answers that never end; all others have the learner's five seconds, also on a busy machine."""
    monkeypatch.setattr(running, "TIME_LIMIT", 0.5)


def judge(answer, name="toy_scores"):
    result = CHECKS[name].judge(answer)
    assert "Traceback" not in repr(result)
    assert result._repr_html_().startswith("<div")
    return result


def right(query, key):
    return torch.einsum("bhqd,bhkd->bhqk", query, key) * query.shape[-1] ** -0.5


# Verdicts, in their order --------------------------------------------------------------------------------------------


def test_nothing_to_check():
    assert judge(None).status == "not_attempted"


@pytest.mark.parametrize("answer", ["toy_scores", 3, torch.ones(2), [right]])
def test_not_a_function(answer):
    result = judge(answer)
    assert result.status == "error"
    assert "not a function" in result.headline


def test_missing_argument():
    result = judge(lambda query: query)
    assert result.status == "error"
    assert "toy_scores(query, key)" in result.headline


def blank_raise(query, key):
    """Doc."""
    raise NotImplementedError


def blank_dots(query, key): ...


def blank_pass(query, key):
    """Doc."""
    pass


@pytest.mark.parametrize("answer", [blank_raise, blank_dots, blank_pass])
def test_blank(answer):
    assert judge(answer).status == "not_attempted"


def test_forgotten_raise_is_told():
    def half(query, key):
        scores = query @ key.mT  # noqa: F841
        raise NotImplementedError

    result = judge(half)
    assert result.status == "error"
    assert "delete that line" in result.headline


def test_call_of_another_blank_is_told():
    result = judge(lambda query, key: blank_raise(query, key) + 1)
    assert result.status == "error"
    assert "`blank_raise`" in result.headline


def test_raised_error_is_translated_with_line_and_shapes():
    def wrong(query, key):
        return query @ key

    result = judge(wrong)
    assert result.status == "error"
    assert "RuntimeError" in result.headline
    assert "inner sizes" in result.headline
    assert "return query @ key" in repr(result)
    assert "query=Tensor (2, 3, 5, 7)" in repr(result)


def test_sys_exit():
    result = judge(lambda query, key: sys.exit(3))
    assert result.status == "error"
    assert "sys.exit" in result.headline


def test_no_return():
    def forgets(query, key):
        right(query, key)

    result = judge(forgets)
    assert result.status == "failed"
    assert "return" in result.headline


@pytest.mark.parametrize("convert", [lambda t: t.tolist(), lambda t: t.numpy(), lambda t: (t, t), lambda t: "scores"])
def test_wrong_type(convert):
    result = judge(lambda query, key: convert(right(query, key)))
    assert result.status == "failed"
    assert "expected a torch.Tensor" in result.headline.replace("Expected", "expected")


def test_wrong_shape_by_axis_names():
    result = judge(lambda query, key: right(query, key).transpose(1, 2))
    assert result.status == "failed"
    assert "batch 2, heads 3, queries 5, keys 6" in result.headline
    assert "(batch, queries, heads, keys)" in result.headline


def test_extra_axis():
    assert "size 1 too many" in judge(lambda query, key: right(query, key)[None]).headline


def test_wrong_dtype():
    assert "float64" in judge(lambda query, key: right(query, key).double()).headline


@pytest.mark.parametrize(("number", "word"), [(float("nan"), "NaN"), (float("inf"), "infinite")])
def test_nan_and_inf(number, word):
    assert word in judge(lambda query, key: right(query, key) * number).headline


def test_changed_inputs():
    def in_place(query, key):
        query *= query.shape[-1] ** -0.5
        return query @ key.mT

    result = judge(in_place)
    assert result.diagnosis == ("changes_inputs",)
    assert "`query`" in result.headline


def test_noise():
    unsteady = judge(lambda query, key: right(query, key) + torch.rand(1))
    assert unsteady.diagnosis == ("not_deterministic",)
    assert "Is there dropout" in unsteady.headline


def test_cached_first_result():
    kept = []

    def caches(query, key):
        kept.append(right(query, key))
        return kept[0]

    result = judge(caches)
    assert result.status == "failed"
    assert not result.diagnosis


def test_right():
    assert judge(right).passed


# Diagnosis -----------------------------------------------------------------------------------------------------------


def test_single_mistake_is_named():
    result = judge(lambda query, key: query @ key.mT)
    assert result.diagnosis == ("unscaled",)
    assert result.headline == "The scores are not scaled."


def test_pair_with_an_inherited_mistake_is_named():
    def two(query, key, value):
        probabilities = torch.softmax(query @ key.mT, -1)
        return probabilities, probabilities @ value

    result = judge(two, "toy_attention")
    assert set(result.diagnosis) == {"swapped", "toy_scores: unscaled"}
    assert "Two things at once" in result.headline


def test_unknown_mistake_has_no_name_but_a_pattern():
    result = judge(lambda query, key: right(query, key) * 2)
    assert result.diagnosis == ()
    assert "times 2" in repr(result)


def test_nearly_equal_values_are_not_called_a_multiple_by_1():
    expected = 1 - torch.arange(12.0).view(3, 4) / 1e5
    assert list(where_wrong(expected.square(), expected, (), 1e-5)) == []
    assert list(where_wrong(3 * expected, expected, (), 1e-5)) == ["All your values are the reference's times 3."]


def test_rows_confined():
    def spoils(query, key):
        scores = right(query, key).clone()
        scores[1, :, 4] = 9.0
        return scores

    text = repr(judge(spoils))
    assert "Along batch, only 1" in text
    assert "Along queries, only 4" in text
    assert judge(spoils).heat


def test_broken_property_is_told():
    result = judge(lambda x, dim: torch.sigmoid(x), "toy_softmax")
    assert "Rows do not sum to 1." in repr(result)


def test_a_list_kept_between_calls_is_told():
    kept = []

    def pieces(text):
        kept.extend(text.lower().split())
        return kept

    assert judge(pieces, "toy_pieces").diagnosis == ("not_deterministic",)


def test_endless_mistake_is_named(impatient):
    def stuck(text):
        pieces, rest = [], text.strip()
        while rest:
            pieces.append(rest.partition(" ")[0].lower())
        return pieces

    result = judge(stuck, "toy_pieces")
    assert result.status == "error"
    assert result.diagnosis == ("stuck",)


# Bad behaviour -------------------------------------------------------------------------------------------------------


def test_endless_loop_is_ended(impatient):
    def spin(query, key):
        while True:
            pass

    threads = threading.active_count()
    result = judge(spin)
    assert result.status == "error"
    assert "Still running after" in result.headline
    assert threading.active_count() <= threads  # one that an earlier test left behind may have ended


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_giving_back_what_an_endless_loop_has_made_is_not_interrupted(monkeypatch):
    """Python prints an interruption that comes while a thread ends, as if the learner had."""
    monkeypatch.setattr(running, "TIME_LIMIT", 2.0)  # long enough to make what takes long to give back

    def hoard(query, key):
        batches, start = [], 0
        while start < len(query):
            batches.append([start] * 9)  # and start stays where it is
        return batches

    assert "Still running after" in judge(hoard).headline


def test_endless_loop_that_swallows_everything_is_ended(impatient):
    def spin(query, key):
        while True:
            try:
                while True:
                    time.sleep(0.001)
            except:  # noqa: E722
                pass

    threads = threading.active_count()
    assert judge(spin).status == "error"
    assert threading.active_count() <= threads  # one that an earlier test left behind may have ended


def test_stuck_in_a_c_call_is_reported(impatient):
    result = judge(lambda query, key: time.sleep(3))
    assert result.status == "error"
    assert "restart the kernel" in repr(result)


def test_works_outside_the_main_thread():
    results = []
    thread = threading.Thread(target=lambda: results.append(judge(right)))
    thread.start()
    thread.join()
    assert results[0].passed


def test_prints_are_kept_short(capsys):
    def loud(query, key):
        print("x" * 10_000_000)
        return query @ key.mT

    result = judge(loud)
    assert capsys.readouterr().out == ""
    assert len(repr(result)) < 3_000
    assert "characters more" in repr(result)


def test_session_is_left_alone():
    def meddles(query, key):
        torch.manual_seed(0)
        random.seed(0)
        np.random.seed(0)
        torch.set_default_dtype(torch.float64)
        return right(query, key)

    torch.manual_seed(5), random.seed(5), np.random.seed(5)
    expected = torch.rand(1), random.random(), np.random.rand()
    torch.manual_seed(5), random.seed(5), np.random.seed(5)
    assert judge(meddles).passed
    assert torch.get_default_dtype() == torch.float32
    assert (torch.rand(1), random.random(), np.random.rand()) == expected


@pytest.mark.parametrize(
    ("mine", "expected", "same"),
    [(3.0, math.inf, False), (math.inf, 3.0, False), (math.inf, math.inf, True), (math.nan, math.inf, False),
     (-math.inf, math.inf, False), (math.nan, math.nan, True), (math.nan, 3.0, False), (3.0, 3.00001, True)],
)  # fmt: skip
def test_numbers_that_are_not_finite(mine, expected, same):
    assert equal(mine, expected) == same


def test_large_tensors_in_a_value_are_told_by_shape():
    value = {"vectors": torch.zeros(2, 21), "rows": [torch.zeros(3, 5)], "length": 1 / 3}
    assert brief(value) == "{'vectors': Tensor (2, 21), 'rows': [Tensor (3, 5)], 'length': 0.333333}"
    assert brief(toy.ToyModel(7)) == "ToyModel"
    assert brief(23837184.0) == "23837184.0"


def test_noise_in_the_last_bit_is_not_called_randomness():
    calls = iter(range(10**6))

    def noisy(query, key):
        return right(query, key) * (1 + 1e-7 * (next(calls) % 2))

    assert judge(noisy).passed


def test_large_allocation():
    def greedy(query, key):
        waste = torch.ones(100 * 2**20 // 4)
        return right(query, key) + 0 * waste[0]

    assert judge(greedy).passed


def test_answer_with_a_hostile_comparison():
    class Hostile:
        def __eq__(self, other):
            raise RuntimeError("no")

        __hash__ = None

    assert judge(lambda query, key: Hostile()).status == "failed"


def test_keyboard_interrupt_inside_the_answer():
    def interrupted(query, key):
        raise KeyboardInterrupt

    assert judge(interrupted).status == "error"


# Exceptions that are asked for, references that draw random numbers ------------------------------------------------------


def asks_for_an_exception():
    return Check(
        toy.toy_root,
        lambda draw: [Case((4.0,)), Case((-4.0,), "negative", raises=ValueError)],
        mistakes=(Mistake("asserts", was='raise ValueError("negative")', now="assert x >= 0", says="An assert."),),
    )


def test_the_exception_that_is_asked_for():
    class Negative(ValueError):
        pass

    def own(x):
        if x < 0:
            raise Negative
        return math.sqrt(x)

    check = asks_for_an_exception()
    assert check.judge(math.sqrt).passed
    assert check.judge(own).passed


def test_a_value_or_another_exception_in_its_place():
    def other(x):
        if x < 0:
            raise TypeError
        return math.sqrt(x)

    def returned(x):
        return math.sqrt(x) if x >= 0 else ValueError("negative")

    check = asks_for_an_exception()
    for wrong, words in ((lambda x: abs(x) ** 0.5, "to raise ValueError"), (other, "TypeError"), (returned, "`raise`")):
        result = check.judge(wrong)
        assert result.status == "failed"
        assert words in result.headline
        assert "negative" in repr(result)


def test_a_mistake_that_raises_something_else_is_named():
    def asserts(x):
        assert x >= 0
        return math.sqrt(x)

    assert asks_for_an_exception().judge(asserts).diagnosis == ("asserts",)


def test_an_exception_where_none_is_asked_for_is_an_error():
    def always(x):
        raise ValueError

    assert asks_for_an_exception().judge(always).status == "error"


def test_a_blank_is_a_blank_where_an_exception_is_asked_for():
    check = asks_for_an_exception()
    check.cases = lambda draw: [Case((-4.0,), raises=ValueError)]
    assert check.judge(blank_one).status == "not_attempted"


def blank_one(x):
    raise NotImplementedError


def test_a_reference_that_draws_leaves_the_random_state_alone():
    def toy_noise(x):
        """Whether a draw is a number."""
        return bool(torch.rand(1) < 2)

    check = Check(toy_noise, lambda draw: [Case((1,))])
    before = torch.get_rng_state()
    assert check.judge(lambda x: True).passed
    assert torch.equal(torch.get_rng_state(), before)


# Determinism, records, grading -----------------------------------------------------------------------------------------


def test_same_text_under_course_ci(monkeypatch):
    monkeypatch.setenv("COURSE_CI", "1")
    one, other = judge(lambda query, key: query @ key.mT), judge(lambda query, key: query @ key.mT)
    assert repr(one) == repr(other)
    assert one._repr_html_() == other._repr_html_()
    assert "0x" not in repr(one)


def test_fresh_inputs_without_it(monkeypatch):
    monkeypatch.delenv("COURSE_CI", raising=False)
    seen = []
    for _ in range(2):
        judge(lambda query, key: seen.append(query) or right(query, key))
    assert not torch.equal(seen[0], seen[-1])


def test_hints_in_turn_and_solution():
    check = Check(toy.toy_scores, CHECKS["toy_scores"].cases, hints=("first", "second", "third"))
    assert [check.hint().text for _ in range(4)] == ["first", "second", "third", "third"]
    assert "math.sqrt" in check.solution().text


def test_nbgrader_gets_an_exception(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError, match="not scaled"):
        CHECKS["toy_scores"](lambda query, key: query @ key.mT)
    assert CHECKS["toy_scores"](right).passed


def test_our_own_bug_is_not_the_learners(monkeypatch):
    monkeypatch.setattr(Check, "make_cases", lambda self, seed=None: builtins.int("x"))
    assert "Please report" in judge(right).headline


# The answer key ------------------------------------------------------------------------------------------------------


def test_planting_leaves_the_reference_alone():
    query, key, _ = torch.ones(SHAPE), torch.ones(SHAPE), None
    planted = plant("toy_scores", (("toy_scores", CHECKS["toy_scores"].mistakes[0]),))
    assert float(planted(query, key).max()) == 7.0
    assert float(toy.toy_scores(query, key).max()) == pytest.approx(7**0.5)


def test_overlapping_edits_are_refused():
    pair = tuple(("toy_scores", mistake) for mistake in CHECKS["toy_scores"].mistakes)
    with pytest.raises(Unplantable, match="0 times"):
        plant("toy_scores", pair)


def test_parts_are_found():
    assert answer_key.parts("toy_attention") == {"toy_scores", "toy_softmax"}
