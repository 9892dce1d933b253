"""Lesson 12's messages: enough of each intent, nothing said twice, nothing that one word or one phrase gives away."""

import re
from collections import Counter
from itertools import combinations

import pytest

from course_utils.given import messages
from course_utils.given.messages import INTENTS, load_messages, load_strangers
from tests.reference.fixtures import real_tokenizer

TRAIN, HELD_OUT, STRANGERS = *(load_messages(part) for part in ("train", "held_out")), load_strangers()
TEXTS = [*TRAIN[0], *HELD_OUT[0], *STRANGERS]

KEYWORDS = {  # each intent's most obvious words
    "renew": r"renew",
    "fine": r"\bfine",
    "reserve": r"reserve|reservation",
    "hours": r"\bopen",
    "card": r"\bcard",
    "damaged": r"damm?ag",
    "suggest": r"suggest|\bbuy|bought|purchas",
    "room": r"\broom",
    "computers": r"computer|print|wifi",
    "events": r"event|club|group",
    "donate": r"donat",
    "missing": r"missing|\blost\b",
}


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def test_every_intent_has_enough_messages():
    assert len(INTENTS) == len(set(INTENTS)) == 12
    for (_, labels), least in ((TRAIN, 34), (HELD_OUT, 19)):
        counts = Counter(labels)
        assert set(counts) == set(range(12))
        assert min(counts.values()) >= least
    assert len(STRANGERS) >= 50


def test_every_round_has_one_message_of_each_intent():
    """So the first 12 n messages are n of each."""
    for texts, labels in (TRAIN, HELD_OUT):
        assert len(texts) == len(labels)
        assert all(sorted(labels[start : start + 12]) == list(range(12)) for start in range(0, len(labels), 12))


def test_every_heading_of_the_file_is_read():
    """A heading that is spelt wrong would hide its messages; one that comes twice would drop the first's."""
    text = messages._file().read_text(encoding="utf-8")
    parts = [f"{intent}, {part}" for intent in INTENTS for part in ("train", "held out")]
    assert re.findall(r"^\[(.*)\]", text, flags=re.MULTILINE) == [*parts, "strangers"]
    lines = [line for line in text.splitlines() if line and line[0] not in "#["]
    assert sorted(lines) == sorted(TEXTS)


@pytest.mark.parametrize("part", ["test", "held out", "Train", None])
def test_a_wrong_part_is_told_the_right_ones(part):
    with pytest.raises(ValueError, match=r'^part must be "train" or "held_out", not .*\.$') as error:
        load_messages(part)
    assert repr(part) in str(error.value)


def test_no_two_messages_share_more_than_seventy_percent_of_their_words():
    """Of the different words of the shorter message, at most 70 % occur in the other, whatever its part and intent.

    That is stricter than a share of all the words of both: a long message may not contain a short one.
    """
    sets = [set(words(text)) for text in TEXTS]
    alike = [
        (TEXTS[one], TEXTS[other])
        for one, other in combinations(range(len(TEXTS)), 2)
        if len(sets[one] & sets[other]) > 0.7 * min(len(sets[one]), len(sets[other]))
    ]
    assert alike == []


def test_no_five_words_in_a_row_occur_more_than_three_times():
    runs = Counter(tuple(row[start : start + 5]) for row in map(words, TEXTS) for start in range(len(row) - 4))
    assert {" ".join(run) for run, count in runs.items() if count > 3} == set()


def test_few_messages_begin_alike():
    """At most one in twenty-five has the same two first words, at most one in eight the same first one."""
    for length, share in ((1, 1 / 8), (2, 1 / 25)):
        starts = Counter(tuple(words(text)[:length]) for text in TEXTS)
        assert {start for start, count in starts.items() if count > share * len(TEXTS)} == set()


def test_no_keyword_is_in_more_than_half_of_an_intents_messages():
    assert list(KEYWORDS) == list(INTENTS)
    both = [*zip(*TRAIN, strict=True), *zip(*HELD_OUT, strict=True)]
    for number, (intent, keyword) in enumerate(KEYWORDS.items()):
        mine = [text.lower() for text, label in both if label == number]
        share = sum(re.search(keyword, text) is not None for text in mine) / len(mine)
        assert 0 < share <= 0.5, intent


def test_the_keywords_of_the_intents_occur_elsewhere_too():
    """Words alone do not decide: strangers use them, and so do messages of other intents."""
    of_others = [(text.lower(), label) for part in (TRAIN, HELD_OUT) for text, label in zip(*part, strict=True)]
    for number, keyword in enumerate(KEYWORDS.values()):
        assert any(re.search(keyword, text) for text, label in of_others if label != number), keyword
    assert sum(any(re.search(keyword, text.lower()) for keyword in KEYWORDS.values()) for text in STRANGERS) >= 10


def test_messages_are_short_and_plain():
    lengths = [len(text.split()) for text in TEXTS]
    assert min(lengths) >= 3
    assert max(lengths) <= 30
    assert len(set(lengths)) >= 20
    assert all(text.isascii() and text == text.strip() for text in TEXTS)
    assert max(map(len, real_tokenizer()(TEXTS)["input_ids"])) <= 48


def test_registers_vary():
    """Some messages are questions and some are not; some are typed without capitals."""
    for share in (
        sum("?" in text for text in TEXTS) / len(TEXTS),
        sum(text[-1] in ".!" for text in TEXTS) / len(TEXTS),
    ):
        assert 0.2 < share < 0.75
    assert sum(text[0].islower() for text in TEXTS) > 0.08 * len(TEXTS)
