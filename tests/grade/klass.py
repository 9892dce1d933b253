"""A made-up class: learners with right answers, mistakes of the bank, follow-through, and failures without a name."""

import functools
import inspect
import random
from dataclasses import replace

from course_utils.checks.course import KEY, find, planted
from course_utils.grade.records import Graded, Look, Record
from course_utils.judge.mistakes import edited
from course_utils.lessons import LESSONS
from course_utils.reference import exercises

TOPICS = ("embeddings", "self_attention", "add_and_norm")
NAMES = ("Anna Müller", "Jon O'Neill", "Li Wei", "Zoë Brandt", "Max Weber", "Sofia Rossi", "Emeka Obi", "Yuki Tanaka")


def source(name: str, label: str = "") -> str:
    """The key's text, with a mistake planted in it: what a learner might have written."""
    text = inspect.getsource(find(name).reference)
    if not label:
        return text
    mistake = next(each for each in find(name).mistakes if each.label == label)
    body = KEY.body_source(name)
    return text.replace(body.strip(), edited(body, mistake.edits).strip())


@functools.cache
def judged(name: str, label: str = "") -> Graded:
    """The verdict of the real check on the key, or on the key with a mistake."""
    check = find(name)
    own = label and ": " not in label
    result = check.judge(planted(name, label) if label else check.reference)
    return Graded(
        name, result.status, 6, 6 if result.passed else 2, [list(group) for group in result.explanations], [],
        result.to_dict(), "03.ipynb", source(name, label if own else ""),
    )  # fmt: skip


def unnamed(name: str, headline: str, text: str = "", status: str = "error") -> Graded:
    """A failure that no known mistake explains."""
    card = {"exercise": name, "status": status, "headline": headline, "facts": [["in your line", "3: x @ w"]]}
    return Graded(name, status, 6, 1, card=card, text=text or f"def {name}(x):\n    return x @ w")


def blank(name: str) -> Graded:
    """No answer."""
    return Graded(name, "not_attempted", text=f"def {name}():\n    pass")


def record(student: str, topics=("self_attention",), name: str = "", **answers: Graded) -> Record:
    """A learner with right answers, but for those that are given."""
    made = Record(student, name, notebooks={f"{student}/{stem(topic)}.ipynb": stem(topic) for topic in topics})
    for topic in topics:
        for exercise in exercises(topic):
            made.exercises[exercise] = answers.get(exercise) or judged(exercise)
    for topic in TOPICS:
        made.exercises |= {each: blank(each) for each in exercises(topic) if each not in made.exercises}
    return made


def stem(topic: str) -> str:
    """03_self_attention."""
    return next(lesson.stem for lesson in LESSONS if lesson.topic == topic)


def class_of(size: int = 40) -> list[Record]:
    """A class of three lessons, the same at every call."""
    chance, records = random.Random(7), []
    wrong = {
        "attention_scores": ["unscaled", "root_of_hidden_size", "unscaled", "divided_by_head_size"],
        "extended_attention_mask": ["inverted", "penalty_1", "inverted", "dtype_ignored"],
        "split_heads": [each.label for each in find("split_heads").mistakes if each.edits][:2],
        "linear": ["untransposed"],
        "layer_norm": [each.label for each in find("layer_norm").mistakes if each.edits][:3],
        "post_ln": [each.label for each in find("post_ln").mistakes if each.edits][:2],
        "embedding_sum": [each.label for each in find("embedding_sum").mistakes if each.edits][:2],
    }
    for number in range(size):
        name = NAMES[number % len(NAMES)]
        ability = chance.random()
        topics = TOPICS[: 3 if number % 5 else 2] if number % 13 else TOPICS[1:2]
        answers = {}
        for exercise, labels in wrong.items():
            if chance.random() > ability + 0.25:
                answers[exercise] = judged(exercise, chance.choice(labels))
        if "split_heads" in answers:
            answers["self_attention"] = replace(
                judged("self_attention", "split_heads: " + answers["split_heads"].labels[0][0]),
                with_reference=["split_heads"],
            )
        if chance.random() > ability + 0.3:
            shape = chance.choice([(3, 5), (5, 7), (2, 11)])
            answers["scaled_dot_product_attention"] = unnamed(
                "scaled_dot_product_attention", f"RuntimeError: The size of tensor a ({shape[0]}) must match the size of tensor b ({shape[1]}) in `scores + mask_{number}`.",
                f"def scaled_dot_product_attention(query, key, value, mask):\n    scores = attention_scores(query, key)\n    mask_{number} = mask[0]\n    return softmax(scores + mask_{number}) @ value, scores",
            )  # fmt: skip
        if ability < 0.4:
            answers["look_at_previous"] = blank("look_at_previous")
        made = record(f"s{number:04}", topics, f"{name} {number}" if number >= len(NAMES) else name, **answers)
        if number % 9 == 0:
            made.looks.append(Look(next(iter(made.notebooks)), "This is an older attempt; the newest counts."))
        if number == 5:
            made.exercises["softmax"] = Graded("softmax", "stumbled")
            made.looks.append(Look(next(iter(made.notebooks)), "A Markdown cell looks like the answer.", "merge_heads"))
        records.append(made)
    return [*records, record("s9999", (), "Nobody There")]
