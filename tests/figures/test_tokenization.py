"""The pictures of lesson 01 say what is true, and its widget follows the reference."""

import pytest

from course_utils import check_encode, planted
from course_utils.figures.tokenization import draw_stages, draw_telltales
from course_utils.reference.tokenization import encode, wordpiece
from course_utils.widgets import base
from course_utils.widgets.tokenization import WORD, draw_window, explore_wordpiece, tries
from tests.reference.fixtures import SEED_SENTENCE, real_tokenizer

ODD = "Naïve Café\tin 北京:\u200b unaffable a☃ — 3,456!"
WORDS = ["unaffable", "12212121", "a☃", "☃", "unbelievable☃", "the", "donaudampfschifffahrt", "#", "x" * 30]


@pytest.fixture(scope="module")
def vocab():
    return real_tokenizer().get_vocab()


@pytest.mark.parametrize("text", [SEED_SENTENCE, ODD, "한국어 ﬁn e\u0301te İ", "北", "a" * 101, "word " * 40])
def test_stages_have_every_piece_and_count_right(text, vocab):
    picture = draw_stages(real_tokenizer(), text)
    ids = real_tokenizer()(text)["input_ids"]
    assert f"with [CLS] and [SEP], {len(ids)} ids." in picture.caption
    for number in ids:
        assert f">{number}</text>" in picture.svg


def test_every_character_has_a_cell_of_the_same_width():
    """Whatever room its piece needs. One of the odd text's characters is dropped, so it has one cell and not two."""
    for text, dropped in ((SEED_SENTENCE, 0), (ODD, 1)):
        assert draw_stages(real_tokenizer(), text).svg.count('width="17" height="26"') == 2 * len(text) - dropped


def test_stages_name_what_is_lost():
    caption = draw_stages(real_tokenizer(), ODD).caption
    assert "1 character is dropped" in caption
    assert "Of “a☃” nothing is left but [UNK]" in caption
    assert "“12212121” is cut into 122 ##12 ##12 ##1" in draw_stages(real_tokenizer(), SEED_SENTENCE).caption


@pytest.mark.parametrize("text", ["", " \t", "a" * 201])
def test_stages_refuse_in_words(text):
    with pytest.raises(ValueError, match="text"):
        draw_stages(real_tokenizer(), text)


def test_telltales_count_right(vocab):
    def right(*args):
        return encode(*args)

    def raises(*args):
        raise KeyError

    caption = draw_telltales(
        ["hello", "Hello | you"], [right, raises, planted("encode", "segments_all_0")], vocab
    ).caption
    assert "Of 3 known ways" in caption
    assert "“hello” gives away 1, the best single text, “Hello | you”, 2, and all 2 texts together 2." in caption


def test_hello_world_gives_away_less_than_a_quarter(vocab):
    """What the lesson's question says."""
    wrong = [planted("encode", label) for label in check_encode.labels()]
    caption = draw_telltales(["hello world"], wrong, vocab).caption
    shown = int(caption.split("gives away ")[1].split(",")[0])
    assert 0 < shown < len(wrong) / 4


@pytest.mark.parametrize("word", WORDS)
def test_tries_end_where_wordpiece_ends(word, vocab):
    looks = tries(word, vocab)
    pieces = [look.piece for look in looks if look.hit]
    known = looks[-1].hit
    assert wordpiece(word, vocab) == (pieces if known else ["[UNK]"])
    for step in range(1, len(looks) + 1):
        assert f"Try {step} of {len(looks)}" in draw_window(vocab, word, step).svg
    assert ("whole word becomes [UNK]" in draw_window(vocab, word).caption) is not known


def test_the_window_refuses_in_words(vocab):
    for word in ["", "  ", "x" * 31]:
        with pytest.raises(ValueError, match="word"):
            draw_window(vocab, word)
    assert "Of your 2 words the first is shown" in draw_window(vocab, "two words").caption


def test_the_static_twin_shows_the_whole_way(vocab, monkeypatch):
    shown = []
    monkeypatch.setattr("course_utils.figures.style.Picture.show", lambda picture: shown.append(picture.caption))
    explore_wordpiece(vocab)
    assert shown == [draw_window(vocab, WORD, len(tries(WORD, vocab))).caption]


def test_a_slider_follows_the_word(vocab, monkeypatch):
    made = []
    monkeypatch.setattr(base, "is_live", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda shown, **options: made.append(shown))
    explore_wordpiece(vocab)
    (word, step), drawing = made[0].children[0].children, made[0].children[1]
    assert step.max == len(tries(WORD, vocab))
    word.value = "a☃"
    assert step.max == step.value == 3
    assert "[UNK]" in drawing.value
    word.value = ""
    assert step.max == 1
    assert "there is no word" in drawing.value
    word.value = "12212121"
    assert step.value == step.max == 13  # a new word is shown to its end
    step.value = 3
    assert "Try 3 of 13" in drawing.value
