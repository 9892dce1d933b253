"""Texts and pairs, some of them empty, that need all three parts; and 600 words, of which none may be cut off."""

from course_utils.checks.inputs import Draw
from course_utils.checks.tokenization.inputs import VOCAB, draw_text
from course_utils.judge import Case, Check, Mistake, Property
from course_utils.reference.tokenization import encode, normalize, pre_tokenize, wordpiece


def cases(draw: Draw) -> list[Case]:
    pairs = [
        ("Hello world!", None, "one text"),
        ("Hello", "world!", "a pair"),
        ("this is a 12212121 test sentence", None, "the sentence of the course"),
        ("☃", None, "a word of one odd character"),
        ("Café\tau lait, unaffable playing", "unbx ze\u200bro x北京y", "a pair with everything in it"),
        ("", None, "no text"),
        ("Hello", "", "an empty pair is not a pair"),
        ("Hello", "  ", "a pair without words is a pair"),
        ("", "it's U.S. 3,456,789", "no text, but a pair"),
        ("a [MASK] ##ing", None, "a special token written in the text is plain text"),
        ("a" * 101 + " a☃ " + "a" * 100, None, "words that are too long or odd"),
        (draw_text(draw, 6), draw_text(draw, 5) + " test", "a bit of everything"),
        ("a " * 600, None, "600 words: nothing is cut off"),
    ]
    return [Case((text, pair, VOCAB), about) for text, pair, about in pairs]


def _lists_are_equally_long(value, text, text_pair, vocab):
    return len({len(ids) for ids in value.values()}) == 1


def _begins_with_cls(value, text, text_pair, vocab):
    first = value["input_ids"][0]
    return not isinstance(first, int) or first == vocab["[CLS]"]  # a token or a list of ids is another mistake


def _ends_with_sep(value, text, text_pair, vocab):
    last = value["input_ids"][-1]
    return not isinstance(last, int) or last == vocab["[SEP]"]


def _pieces(text, vocab):
    return [piece for word in pre_tokenize(normalize(text)) for piece in wordpiece(word, vocab)]


def _lists(tokens, segments, vocab):
    ids = [vocab[token] for token in tokens]
    return {"input_ids": ids, "token_type_ids": segments, "attention_mask": [1] * len(ids)}


def _special_tokens_as_text(text, text_pair, vocab):
    first = _pieces(f"[CLS] {text} [SEP]", vocab)
    second = _pieces(f"{text_pair} [SEP]", vocab) if text_pair else []
    return _lists(first + second, [0] * len(first) + [1] * len(second), vocab)


def _segments_switch_early(text, text_pair, vocab):
    first, second = ["[CLS]", *_pieces(text, vocab)], ["[SEP]"]
    if text_pair:
        second += [*_pieces(text_pair, vocab), "[SEP]"]
    return _lists(first + second, [0] * len(first) + [1 if text_pair else 0] * len(second), vocab)


def _texts_joined(text, text_pair, vocab):
    tokens = ["[CLS]", *_pieces(f"{text} {text_pair}" if text_pair else text, vocab), "[SEP]"]
    return _lists(tokens, [0] * len(tokens), vocab)


def _batch_of_one(text, text_pair, vocab):
    return {key: [ids] for key, ids in encode(text, text_pair, vocab).items()}


check = Check(
    encode,
    cases,
    properties=(
        Property(_lists_are_equally_long, "The three lists should be of one length: a number in each for every token."),
        Property(_begins_with_cls, "[CLS] should come first, with the id that `vocab` gives it."),
        Property(_ends_with_sep, "[SEP] should come last, with the id that `vocab` gives it."),
    ),
    functions=(
        Mistake(
            "special_tokens_as_text",
            "[CLS] and [SEP] went through the tokenizer like text and came out as `[`, `cls`, `]`. Add them after the texts are "
            "cut into pieces.",
            function=_special_tokens_as_text,
        ),
        Mistake(
            "first_sep_in_segment_1",
            "The first [SEP] belongs to the first text, so its token_type_id is 0.",
            function=_segments_switch_early,
        ),
        Mistake(
            "texts_joined",
            "The two texts are joined into one. A pair keeps them apart: a [SEP] between them, segments 0 and 1.",
            function=_texts_joined,
        ),
        Mistake(
            "batch_of_one",
            "Each list is wrapped in another one, like a batch of one text. Here it is one text: three plain lists.",
            function=_batch_of_one,
        ),
    ),
)
