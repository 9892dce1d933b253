"""The tiny language: questions that no sentence answers, words that the tokenizer knows, questions sorted by kind."""

from transformers import BertTokenizer

from course_utils.given.tiny_language import question_kinds, tiny_beginnings, tiny_corpus, tiny_vocabulary
from course_utils.given.tiny_model import TINY_CONFIG
from tests.reference.fixtures import generator


def tiny_tokenizer() -> BertTokenizer:
    return BertTokenizer(vocab=tiny_vocabulary())


def test_the_grammar():
    vocab, tokenizer = tiny_vocabulary(), tiny_tokenizer()
    assert len(vocab) == TINY_CONFIG["vocab_size"] == len(set(vocab.values())) == 32
    sentences, questions = tiny_corpus(generator(0))
    assert len(questions) == 200
    assert len(sentences) + len(questions) == 4 * len(tiny_beginnings())
    beginnings = {sentence.rsplit(" ", 2)[0] for sentence in sentences}
    assert not beginnings & {question.removesuffix(" [MASK] .") for question, _, _ in questions}
    unknown = tokenizer.unk_token_id
    assert not any(unknown in tokenizer(text)["input_ids"] for text in sentences + [q for q, _, _ in questions])
    for question, right, wrong in questions:
        is_plural = next(word for word in question.split() if word not in ("the", "old", "young", "little")).endswith(
            "s"
        )
        assert (right.endswith("s"), wrong.endswith("s")) == (not is_plural, is_plural)
    assert tiny_corpus(generator(0)) == (sentences, questions)


def test_question_kinds():
    _, questions = tiny_corpus(generator(0))
    kinds = question_kinds(questions)
    assert sorted(question for found in kinds.values() for question in found) == sorted(questions)
    place, same, other = kinds.values()
    assert all(" by the " in text for text, _, _ in place)
    assert all(" near the " in text for text, _, _ in same + other)
    for text, right, _ in same + other:
        nearest_is_plural = text.split()[-3].endswith("s")
        assert (nearest_is_plural == (not right.endswith("s"))) == ((text, right) in {(t, r) for t, r, _ in same})
