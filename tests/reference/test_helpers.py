"""The helpers that keys call: the CJK blocks are the tokenizers library's, and a word is found as a whole."""

import inspect

import pytest

from course_utils.reference import helpers
from course_utils.reference.helpers import find_pieces, is_cjk_character
from tests.reference.fixtures import real_tokenizer


def test_cjk_blocks_begin_and_end_where_the_library_has_them():
    library = real_tokenizer().backend_tokenizer.normalizer
    wrong = []
    for code in range(0x2E80, 0x30000):
        character = chr(code)
        if not character.isspace() and not 0xD800 <= code <= 0xDFFF:  # surrogates are no characters
            isolated = library.normalize_str(character).startswith(" ")
            if isolated != is_cjk_character(character):
                wrong.append(hex(code))
    assert not wrong


def test_find_pieces():
    tokens = ["[CLS]", "bank", "##er", "una", "##ffa", "##ble", "bank", "[SEP]"]
    assert find_pieces(tokens, ["bank"]) == 6
    assert find_pieces(tokens, ["una", "##ffa", "##ble"]) == 3
    for missing in (["una"], ["river"]):
        with pytest.raises(ValueError, match=missing[0]):
            find_pieces(tokens, missing)


def test_the_helpers_need_nothing_else_of_the_course():
    assert "course_utils" not in inspect.getsource(helpers)
