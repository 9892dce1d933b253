"""An uncased tokenizer, whatever model COURSE_MODEL names: lesson 01 is about no other."""

from typing import TYPE_CHECKING

from tokenizers.normalizers import BertNormalizer

from course_utils.reference.tokenization import normalize

if TYPE_CHECKING:
    from transformers import BertTokenizer

# What an uncased tokenizer changes in a text, and a text that shows it.
_CHANGES = {"capitals": "A", "accents": "\u00e9", "Chinese characters unseparated": "北"}


def uncased(tokenizer: "BertTokenizer") -> "BertTokenizer":
    """Make a tokenizer clean its texts as `normalize` does, and say so if it did not.

    tokenizer: a `BertTokenizer`; it is changed itself, not copied.

    Returns: the tokenizer.
    """
    cleans = tokenizer.backend_tokenizer.normalizer.normalize_str
    kept = [what for what, text in _CHANGES.items() if cleans(text) != normalize(text)]
    if kept:
        tokenizer.backend_tokenizer.normalizer = BertNormalizer()
        print(
            f"This model's own tokenizer keeps {' and '.join(kept)}, and this lesson is about one that does not: here, "
            "and here alone, the model's vocabulary is used as an uncased BERT would use it."
        )
    return tokenizer
