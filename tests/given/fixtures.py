"""The tiny model and its tokenizer, for the tests of the key and of what is built on it."""

from transformers import BertConfig, BertTokenizer

from course_utils.given.tiny_language import tiny_vocabulary
from course_utils.given.tiny_model import TINY_CONFIG, MaskedLM
from tests.reference.fixtures import generator


def tiny_tokenizer() -> BertTokenizer:
    return BertTokenizer(vocab=tiny_vocabulary())


def tiny_model(seed: int = 0) -> MaskedLM:
    return MaskedLM(BertConfig(**TINY_CONFIG), generator(seed))
