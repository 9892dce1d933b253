"""The fourteen lessons. A topic has the same name in every room: `reference/`, `checks/`, `figures/`, `widgets/`."""

from typing import NamedTuple


class Lesson(NamedTuple):
    """One lesson: its number, its names and the time it takes."""

    number: int
    topic: str  # the module's name in every room
    title: str
    minutes: int  # the lesson and its exercises, for a first reader

    @property
    def stem(self) -> str:
        """The name of its files: `03_self_attention`."""
        return f"{self.number:02}_{self.topic}"

    @property
    def label(self) -> str:
        """Its number and title, as lists name it: `03 Self-attention`."""
        return f"{self.number:02} {self.title}"


LESSONS = (
    Lesson(0, "orientation", "Meet the model", 60),
    Lesson(1, "tokenization", "Text to ids", 120),
    Lesson(2, "embeddings", "Ids to vectors", 110),
    Lesson(3, "self_attention", "Self-attention", 150),
    Lesson(4, "add_and_norm", "Add & norm", 75),
    Lesson(5, "feed_forward", "Feed-forward", 75),
    Lesson(6, "encoder_layer", "The encoder layer", 90),
    Lesson(7, "whole_model", "The whole model", 90),
    Lesson(8, "sentence_search", "Sentence search", 85),
    Lesson(9, "attention_heads", "What the heads look at", 110),
    Lesson(10, "speed", "Making it fast", 90),
    Lesson(11, "masked_lm", "Train a tiny masked language model", 110),
    Lesson(12, "fine_tuning", "Fine-tune it", 110),
    Lesson(13, "since_bert", "What has changed since", 120),
)

# The page after the last lesson: it has no exercises, and so nothing to prove.
CLOSING = Lesson(14, "closing", "What you proved", 30)
