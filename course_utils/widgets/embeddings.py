"""Lesson 02's widget: switch word, position, segment and norm off, and see what is missing from hidden_states[0]."""

from typing import TYPE_CHECKING

from course_utils.figures.architecture import SENTENCE
from course_utils.figures.embeddings import draw_embeddings
from course_utils.figures.style import Picture

from .base import explore, switch, text

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer


def explore_embeddings(tokenizer: "BertTokenizer", model: "BertModel") -> None:
    """Show the three strips, their sum and the norm, with a switch for each and the difference to the real thing."""

    def draw(word: bool, position: bool, segment: bool, norm: bool, sentence: str, pair: str) -> Picture:
        return draw_embeddings(tokenizer, model, sentence, pair, word, position, segment, norm)

    explore(  # the switches first: together they fit in a line, whatever the width
        draw,
        word=switch("word"),
        position=switch("position"),
        segment=switch("segment"),
        norm=switch("norm"),
        sentence=text("text", SENTENCE, examples=("dog bites man", "the the the the")),
        pair=text("second text", "", examples=("man bites dog", "the end")),
    )
