"""The smallest input: a call by hand in which the answer is wrong, of the kind of the cases, and the same in every process."""

import math
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import Tensor

from course_utils.checks.course import find, planted
from course_utils.judge import trial
from course_utils.judge.insight.smallest import smallest, weight
from course_utils.judge.running.session import known_state
from tests.conftest import ROOT

pytestmark = pytest.mark.usefixtures("one_thread")


def told(name: str, answer) -> str:
    """What is told of an answer, with the same cases in every run."""
    check = find(name)
    with known_state():
        runs = [
            trial.Run(case, trial.call(check, check.reference, case), case.tolerance or check.tolerance)
            for case in check.make_cases(seed=1)
        ]
        trial.try_out(check, answer, runs)
        return smallest(check, answer, runs)


def lines(text: str) -> list[str]:
    assert len(text.splitlines()) == 3, text
    return text.splitlines()


def called(name: str, text: str, answer) -> object:
    """What the call in the text gives."""
    typed = lines(text)[0].removeprefix(name)
    return answer(*eval(f"args{typed}", {"args": lambda *args: args, "tensor": torch.tensor, "torch": torch}))


EXPECTED = {
    ("gelu", "relu"): "gelu(tensor([1.]))\nexpected [0.84]\nyours [1]",
    ("gelu", "tanh"): "gelu(tensor([1.]))\nexpected [0.8413]\nyours [0.8412]",
    ("mean_pool", "axis_kept"): "mean_pool(tensor([[[0.]]]), tensor([[1]]))\nexpected [[0]]\nyours [[[0]]]",
    (
        "pack_sequences",
        "no_first_0",
    ): "pack_sequences([[1]])\nexpected ([[1]], [[0]], [0, 1])\nyours ([[1]], [[0]], [1])",
    (
        "max_abs_diff",
        "no_shape_check",
    ): "max_abs_diff(tensor([0.]), tensor([[0.]]))\nexpected ValueError raised\nyours 0",
}


@pytest.mark.parametrize(("name", "label"), EXPECTED)
def test_numbers_are_few_and_small(name, label):
    found = told(name, planted(name, label))
    assert found == EXPECTED[name, label] or flat(found) == flat(EXPECTED[name, label])


def flat(text: str) -> str:
    """Without brackets: how many axes of size 1 there are depends on the case."""
    return re.sub(r"[\[\]]", "", text) if text.startswith("gelu") else text


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("softmax", "dim_ignored"),
        ("split_heads", "view_only"),
        ("attention_scores", "unscaled"),
        ("linear", "no_bias"),
        ("layer_norm", "rms_norm"),
        ("cosine_matrix", "not_normalized"),
        ("update_ratio", "over_batch"),
        ("head_contributions", "rows_for_columns"),
    ],
)
def test_the_call_can_be_typed_and_gives_what_is_told(name, label):
    check = find(name)
    label = label if label in {mistake.label for mistake in check.mistakes} else check.mistakes[0].label
    answer = planted(name, label)
    text = told(name, answer)
    right, wrong = called(name, text, check.reference), called(name, text, answer)
    for value, line in (
        (right, lines(text)[1].removeprefix("expected ")),
        (wrong, lines(text)[2].removeprefix("yours ")),
    ):
        shown = torch.tensor(eval(line.partition(" (")[0], {"nan": math.nan, "inf": math.inf}))
        assert torch.allclose(value.float(), shown.float(), rtol=0.06, atol=0.06, equal_nan=True), text


def test_an_exception_is_told_with_its_message():
    text = told("gelu", lambda x: x @ x)  # the first case is one axis: it raises only in the second
    assert text == "" or lines(text)[2].startswith("yours ")

    def no_last_axis(x: Tensor) -> Tensor:
        raise TypeError("no such axis")

    text = told("gelu", no_last_axis)
    assert lines(text)[2] == "yours raises TypeError: no such axis"


def test_a_right_answer_gets_none():
    for name in ("gelu", "softmax", "wordpiece", "mean_pool", "count_parameters"):
        assert told(name, find(name).reference) == ""


def test_words_are_short_and_the_vocabulary_has_what_they_need():
    text = told("wordpiece", planted("wordpiece", "mark_added_too_late"))
    word = re.match(r"wordpiece\('([^']*)'", text)[1]
    assert len(word) <= 9
    assert text.count(": ") <= 8
    assert len(lines(told("normalize", planted("normalize", find("normalize").labels()[0])))[0]) < 40


@pytest.mark.parametrize("label", ["includes_padding", "count_plus_one"])
def test_masks_keep_their_two_values_and_a_real_token(label):
    text = told("mean_pool", planted("mean_pool", label))
    mask = torch.tensor(eval(re.search(r", tensor\((\[.*?\])\)\)$", lines(text)[0])[1]))
    assert set(mask.flatten().tolist()) <= {0, 1}


def test_ids_stay_below_the_last_row_and_shares_sum_to_1():
    for label in [label for label in find("embedding_lookup").labels() if ":" not in label]:
        text = told("embedding_lookup", planted("embedding_lookup", label))
        table, ids = (
            torch.tensor(eval(each)) for each in re.findall(r"tensor\((\[.*?\])(?:, dtype|\))", lines(text)[0])
        )
        assert int(ids.max()) < len(table)
    text = told("attention_entropy", planted("attention_entropy", find("attention_entropy").labels()[0]))
    probs = torch.tensor(eval(re.search(r"tensor\((\[.*?\])(?:, dtype|\))", lines(text)[0])[1]))
    assert torch.allclose(probs.sum(-1), torch.ones(()))


def test_no_tie_decides():
    for name in ("search", "nearest_tokens"):
        check = find(name)
        for label in [mistake.label for mistake in check.mistakes if not mistake.endless][:6]:
            text = told(name, planted(name, label))
            if text:
                query, table = (
                    torch.tensor(eval(each))
                    for each in re.findall(r"tensor\((\[.*?\])(?:, dtype|\))", lines(text)[0])[:2]
                )
                scores = table @ query / table.norm(dim=-1).clamp(min=1e-9)
                best = scores.sort(descending=True).values[:2]
                assert len(best) < 2 or best[0] > best[1] + 1e-6, text


def test_it_is_smaller_than_the_case_that_is_shown():
    check = find("split_heads")
    text = told("split_heads", planted("split_heads", "view_only"))
    numbers = re.findall(r"-?\d+\.?", lines(text)[0])
    assert len(numbers) < weight(check.make_cases(seed=1)[0].args)


def test_what_an_answer_breaks_or_prints_does_no_harm(capsys):
    calls = []

    def bad(x: Tensor) -> Tensor:
        calls.append(1)
        print("hello")
        if len(calls) > 12:
            sys.exit(3)
        return x

    assert told("gelu", bad) == ""
    assert capsys.readouterr().out == ""


def test_the_calls_are_counted():
    calls = []

    def identity(x: Tensor) -> Tensor:
        calls.append(1)
        return x

    lines(told("gelu", identity))
    assert len(calls) < 250


def test_no_garbage_is_collected(monkeypatch):
    collected = []
    monkeypatch.setattr("gc.collect", lambda *_: collected.append(1))
    lines(told("gelu", lambda x: x))
    assert collected == [], (
        "Hypothesis collects garbage in every new thread, which takes ten times as long as the search"
    )


@pytest.mark.parametrize("name", ["embed", "mlm_loss", "train_step", "load_reference_weights"])
def test_what_a_check_has_made_of_a_result_is_in_the_words_of_the_exercise(name):
    check = find(name)
    for mistake in check.mistakes[:6]:
        result = check.judge(planted(name, mistake.label))
        assert not re.search(r"result\['|[Ii]n `[a-z_]+ [a-z ]+`", str(result)), result
        assert not re.search("SmallTokenizer|SmallBert|small_model", result.smallest), result


def test_what_only_a_check_is_given_has_its_name():
    call, expected, yours = lines(told("train_step", planted("train_step", "left_in_eval_mode")))
    assert call.startswith("train_step(weights={")
    assert call.endswith("'SGD', mode='train'): the model's mode afterwards")
    assert (expected, yours) == ("expected train", "yours eval")


def test_long_dicts_are_told_in_a_word():
    call = lines(told("bert_layer", planted("bert_layer", "mask_forgotten")))[0]
    assert ", params={16 tensors}, config(" in call
    assert len(call) < 800


def test_a_case_that_is_short_is_shown_as_it_is():
    assert lines(told("rename_key", planted("rename_key", "lstrip")))[0] == "rename_key('embeddings.position_ids')"
    assert lines(told("max_abs_diff", planted("max_abs_diff", "zero_for_empty")))[1:] == [
        "expected ValueError raised",
        "yours 0",
    ]


def test_an_exception_is_wanted_only_where_the_case_wants_one():
    text = told("load_reference_weights", planted("load_reference_weights", "not_renamed"))
    assert "bert.pooler.dense.scale" in text
    assert "RuntimeError" not in text
    card = find("load_reference_weights").judge(planted("load_reference_weights", "wrong_shapes_skipped"))
    assert "It raised nothing, where it is to raise RuntimeError." in card.notes


def test_what_cannot_be_written_is_described():
    text = told("attention_entropy", lambda probs: torch.distributions.Categorical(probs=probs))
    assert lines(text)[2] == "yours a Categorical"


def test_an_answer_that_waits_for_a_keyboard_gets_none():
    assert told("gelu", lambda x: input()) == ""


def test_an_answer_that_hangs_on_a_small_input_is_given_up(monkeypatch):
    from course_utils.judge import running

    monkeypatch.setattr(running, "TIME_LIMIT", 0.5)

    def hangs(x: Tensor) -> Tensor:
        while x.numel() < 4:
            pass
        return x

    start = time.monotonic()
    assert told("gelu", hangs) == ""
    assert time.monotonic() - start < 30


def test_a_regular_expression_that_holds_the_interpreter_is_given_up(monkeypatch):
    from course_utils.judge import running

    monkeypatch.setattr(running, "TIME_LIMIT", 3.0)
    hung = []

    def holds(text: str) -> list[str]:
        if text.strip() and len(text) < 4:
            hung.append(text)
            re.match("(a|a)*b", "a" * 50)
        return text.split()

    check = find("pre_tokenize")
    cases = [case for case in check.make_cases(seed=1) if len(case.args[0]) > 6]
    runs = [trial.Run(case, trial.call(check, check.reference, case), 0.0) for case in cases]
    assert not trial.try_out(check, holds, runs).timed_out
    assert any(run.value != run.expected for run in runs), "it is wrong in a longer text"
    assert smallest(check, holds, runs) == ""
    assert len(hung) == 1


PROGRAM = """
import sys
from course_utils.checks.course import find, planted
import {first}
assert "hypothesis" not in sys.modules, "only after a failure"
from tests.judge.test_smallest import told
for name, label in (("softmax", "dim_ignored"), ("wordpiece", "mark_added_too_late"), ("bert_layer", "torch_eps")):
    print(told(name, planted(name, label)))
"""


def test_two_processes_tell_the_same_and_leave_no_folder(tmp_path):
    printed = []
    for hash_seed, first in (("1", "json"), ("2", "sqlite3")):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(first=first)],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
    assert printed[0] == printed[1]
    assert len(printed[0].splitlines()) == 9
    assert list(Path(tmp_path).iterdir()) == []
