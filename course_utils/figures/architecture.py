"""The map of the course: the whole of BERT on one sheet, with every part's lesson, shapes and parameters.

Everything is computed from a config, so the same sheet fits any BERT; `parts.py` lists the boxes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from course_utils.lessons import LESSONS

from .parts import IDS, SENTENCE, TOKENS, Part, parts
from .style import COLOURS, INK, MUTED, PAPER, WIDTH, Picture, mix
from .svg import Canvas, text_width

States = Mapping[str, tuple[int, int]]  # topic: (proven, of how many)

HIGHWAY = 118  # x of the residual line, which runs down the whole sheet
RIGHT = WIDTH - 24  # where the boxes end
_NAMES = {lesson.topic: (f"{lesson.number:02}", lesson.title) for lesson in LESSONS}
_GOALS = {  # what one does with the finished model
    "sentence_search": "sentences found by what they mean",
    "attention_heads": "which token each head looks at",
    "speed": "the same numbers, no padding",
    "masked_lm": "hidden words guessed, and grammar",
    "fine_tuning": "your task, in all numbers or in few",
    "since_bert": "BERT's layer today, and GPT's mask",
}


def draw_architecture(config: Any, tokenizer: Any = None, states: States | None = None) -> Picture:
    """The map for a model's config; `states` (from `learner.progress`) adds what this learner has proven.

    The sentence is cut by the tokenizer; without one, as bert-base-uncased cuts it. As long as nothing is proven, the map
    counts no exercises: a stored picture must not change when a lesson gets one more.
    """
    sheet = Sheet(states)
    caption = sheet.fill(config, tokenizer)
    if states is not None:
        proven, of = map(sum, zip(*states.values(), strict=True))
        counted = f" You have proven {proven} of {of} functions."
        caption += counted if proven else " Nothing is proven yet: every lesson is open."
    return sheet.picture(caption)


class Sheet(Canvas):
    """The canvas of the map, and the sections on it, each drawn from its upper edge `y` on."""

    def __init__(self, states: States | None):
        super().__init__(WIDTH, 1422)
        self.states = states
        self.nothing_proven = not any(proven for proven, _of in (states or {}).values())

    def fill(self, config: Any, tokenizer: Any = None) -> str:
        """Draws everything; returns the caption."""
        tokens, ids = TOKENS, IDS
        if tokenizer is not None:
            ids = tokenizer(SENTENCE)["input_ids"]
            tokens = tokenizer.convert_ids_to_tokens(ids)
        boxes = parts(config, len(tokens))
        layers = config.num_hidden_layers
        one_layer = sum(box.parameters for box in boxes.values() if box.in_layer)
        total = one_layer * layers + sum(box.parameters for box in boxes.values() if not box.in_layer)
        self.header(config, len(tokens))
        self.text_to_ids(86, tokens, ids, config.vocab_size)
        self.embeddings(200, boxes, config)
        self.layer(362, boxes, layers, one_layer)
        self.model(1036, boxes, layers, total)
        self.goals(1210)
        return (
            f"The whole model: {len(tokens)} tokens become vectors of {config.hidden_size} numbers, pass {layers} layers "
            f"of one build, each with {config.num_attention_heads} attention heads, and leave as {len(tokens)} vectors of "
            f"the same size; it takes {total:,} parameters."
        )

    def tag(self, x: float, y: float, topic: str) -> None:
        """A lesson's number and title, and what of it is proven, in colour and in words."""
        number, title = _NAMES[topic]
        self.badge(x, y, number)
        self.text(x + 35, y + 10, title, 14, bold=True)
        if self.states is not None:
            self.state(x + 45 + text_width(title, 14) * 1.06, y + 1, topic)

    def badge(self, x: float, y: float, number: str) -> None:
        """A lesson's number."""
        self.rect(x, y, 28, 20, INK, radius=4)
        self.text(x + 14, y + 10, number, 13, PAPER, anchor="middle", bold=True)

    def state(self, x: float, y: float, topic: str) -> None:
        """The pill that says `2 of 6 proven`, or `open` as long as nothing is proven in any lesson."""
        proven, of = self.states[topic]
        words = f"✓ all {of} proven" if proven == of else f"{proven} of {of} proven"
        words = "open" if self.nothing_proven else words
        width, colour = text_width(words, 12) + 16, COLOURS["passed" if proven else "padding"]
        self.rect(x, y, width, 18, PAPER, radius=9)
        if proven:  # filled as far as the lesson is proven
            self.rect(x, y, max(18, width * proven / of), 18, colour.fill, radius=9)
        self.rect(x, y, width, 18, stroke=colour.line, radius=9, line=1.5, dash="" if proven else "3 2")
        self.text(x + width / 2, y + 9, words, 12, INK if proven else MUTED, anchor="middle", bold=bool(proven))

    def frame(self, x: float, y: float, width: float, height: float, role: str, topic: str) -> None:
        """A section's ground, its edge thick and green once everything in its lesson is proven."""
        proven, of = self.states[topic] if self.states else (0, 1)
        done = proven == of
        edge = COLOURS["passed"].line if done else mix(COLOURS[role].line, PAPER, 0.35)
        ground = mix(COLOURS[role].line, PAPER, 0.93)
        self.rect(x, y, width, height, ground, edge, radius=8, line=2.5 if done else 1)

    def part(self, x: float, y: float, width: float, part: Part, label: str = "") -> None:
        """A part's box: what it is and its parameters, then its output's axes and their sizes."""
        colour = COLOURS[part.role]
        self.rect(x, y, width, 46, colour.fill, colour.line, radius=6, line=1.5)
        count = f"{part.parameters:,}" if part.parameters else ""
        room = width - 18 - text_width(count, 12)
        self.text(x + 9, y + 14, label or part.label, 14, bold=True, width=room)
        self.text(x + width - 9, y + 14, count, 12, INK, anchor="end")
        self.text(x + 9, y + 33, part.axes, 12, colour.ink)
        self.text(x + width - 9, y + 33, part.shape, 12, colour.ink, anchor="end")

    def plus(self, x: float, y: float) -> None:
        """Where two streams are added."""
        self.circle(x, y, 11, PAPER, COLOURS["residual"].line, line=2)
        self.line([(x - 6, y), (x + 6, y)], width=2)
        self.line([(x, y - 6), (x, y + 6)], width=2)

    def flow(self, *points: tuple[float, float], role: str = "residual", width: float = 2) -> None:
        """An arrow in a role's colour."""
        self.arrow(points, COLOURS[role].line, width, head=9)

    def states_label(self, y: float, words: str, shape: str) -> None:
        """The name of what runs on the highway at this height."""
        self.text(HIGHWAY + 10, y, words, 13, mono=True, bold=True)
        self.text(HIGHWAY + 16 + text_width(words, 13, mono=True), y, shape, 12, MUTED)

    def header(self, config: Any, tokens: int) -> None:
        self.tag(24, 20, "orientation")
        d, heads = config.hidden_size, config.num_attention_heads
        sizes = (
            f"B batch = 1 · T tokens = {tokens} · d hidden size = {d} · H heads = {heads} · dh = d/H = {d // heads} · "
            f"I intermediate size = {config.intermediate_size:,} · L layers = {config.num_hidden_layers}"
        )
        self.text(24, 56, sizes, 12, MUTED, width=WIDTH - 48)
        self.text(RIGHT - 236, 25, "how to read a box:", 12, MUTED, anchor="end")
        self.rect(RIGHT - 226, 4, 226, 42, PAPER, MUTED, radius=6, line=1.5)
        self.text(RIGHT - 217, 16, "part", 13, bold=True)
        self.text(RIGHT - 9, 16, "its parameters", 12, anchor="end")
        self.text(RIGHT - 217, 34, "axes of its result", 12, MUTED)
        self.text(RIGHT - 9, 34, "and their sizes", 12, MUTED, anchor="end")

    def text_to_ids(self, y: float, tokens: Sequence[str], ids: Sequence[int], words: int) -> None:
        self.frame(24, y, RIGHT - 24, 96, "token", "tokenization")
        self.tag(36, y + 10, "tokenization")
        self.text(RIGHT - 12, y + 20, f"no parameters, {words:,} known pieces", 12, MUTED, anchor="end")
        cell = (RIGHT - 48) / len(tokens)
        self.strip(36, y + 40, tokens, "token", cell=(cell, 26), below=ids)
        self.flow((HIGHWAY, y + 96), (HIGHWAY, y + 136))
        self.states_label(y + 107, "input_ids", f"(B,T) = (1,{len(tokens)})")

    def embeddings(self, y: float, boxes: dict[str, Part], config: Any) -> None:
        self.frame(24, y + 20, RIGHT - 24, 100, "embedding", "embeddings")
        self.tag(36, y + 30, "embeddings")
        d, sizes = (
            config.hidden_size,
            f"{config.vocab_size:,}, {config.max_position_embeddings:,} and {config.type_vocab_size:,}",
        )
        self.text(RIGHT - 12, y + 40, f"tables of {sizes} rows of {d} numbers, added", 12, MUTED, anchor="end")
        for i, name in enumerate(("word", "position", "segment")):
            x = 36 + i * 206
            self.part(x, y + 60, 180, boxes[name])
            if i:
                self.plus(x - 13, y + 83)
        self.flow((628, y + 83), (652, y + 83))
        self.part(654, y + 60, RIGHT - 12 - 654, boxes["embedding_norm"])
        end = (RIGHT + 642) / 2
        self.line([(end, y + 106), (end, y + 134), (HIGHWAY, y + 134), (HIGHWAY, y + 162)], width=2, radius=6)
        self.states_label(y + 149, "hidden_states[0]", f"{boxes['word'].axes} = {boxes['word'].shape}")

    def layer(self, y: float, boxes: dict[str, Part], layers: int, one_layer: int) -> None:
        edge = RIGHT - 10
        for shift in (10, 5):  # the sheets behind: the other layers
            self.rect(24 + shift, y + shift, edge - 24, 618, PAPER, COLOURS["residual"].line, radius=8)
        self.frame(24, y, edge - 24, 618, "residual", "encoder_layer")
        self.tag(HIGHWAY + 20, y + 10, "encoder_layer")
        each = f"{layers} layers of one build, {one_layer:,} parameters each"
        self.text(edge - 12, y + 20, each, 12, MUTED, anchor="end")
        self.attention(y + 44, edge - 12, boxes)
        self.add_and_norm(y + 272, 118, edge - 12, boxes["attention_norm"], "the residual (the input) plus the update;")
        self.part(632, y + 286, 160, boxes["attention_dense"])
        self.feed_forward(y + 402, edge - 12, boxes)
        self.add_and_norm(y + 508, 98, edge - 12, boxes["output_norm"], "once more: the residual plus the update;")
        line = COLOURS["residual"].line
        self.line([(HIGHWAY, y), (HIGHWAY, y + 298)], line, 4)
        self.line([(HIGHWAY, y + 378), (HIGHWAY, y + 515)], line, 4)
        for top in (y + 309, y + 526):
            self.plus(HIGHWAY, top)
            self.flow((HIGHWAY, top + 11), (HIGHWAY, top + (23 if top < y + 400 else 22)), width=4)
        self.text(HIGHWAY - 14, y + 170, "residual: bypasses attention", 12, MUTED, anchor="middle", turn=-90)
        self.text(HIGHWAY - 14, y + 446, "residual", 12, MUTED, anchor="middle", turn=-90)
        self.flow((712, y + 248), (712, y + 284), role="value")
        self.flow((632, y + 309), (HIGHWAY + 12, y + 309))
        self.flow((712, y + 484), (712, y + 526), (HIGHWAY + 12, y + 526), role="feed_forward")
        self.line([(HIGHWAY, y + 594), (HIGHWAY, y + 674)], line, 2)
        self.states_label(
            y + 650, "hidden_states[1]" + (f" to [{layers}]" if layers > 1 else ""), boxes["output_norm"].axes
        )

    def attention(self, y: float, right: float, boxes: dict[str, Part]) -> None:
        self.frame(214, y, right - 214, 216, "attention", "self_attention")
        self.tag(226, y + 9, "self_attention")
        top = y + 38
        fork = y + 121
        self.line([(HIGHWAY, fork), (204, fork)], COLOURS["residual"].line, 2)
        for i, name in enumerate(("query", "key", "value")):
            self.part(226, top + 60 * i, 172, boxes[name])
            self.flow((204, fork), (204, top + 60 * i + 23), (224, top + 60 * i + 23))
        self.part(430, top, 170, boxes["scores"], "q · k / √dh + mask")
        self.part(430, top + 60, 170, boxes["softmax"])
        self.part(632, top + 120, 160, boxes["context"])
        self.flow((398, top + 23), (428, top + 23), role="query")
        self.flow((398, top + 83), (414, top + 83), (414, top + 35), (428, top + 35), role="key")
        self.flow((515, top + 46), (515, top + 58), role="attention")
        self.flow((398, top + 143), (630, top + 143), role="value")
        self.flow((600, top + 83), (712, top + 83), (712, top + 118), role="attention")
        for shift in (8, 4, 0):  # one map of tokens by tokens for each head
            self.rect(640 + shift, top - 8 - shift + 8, 66, 66, PAPER, COLOURS["attention"].line)
        self.grid(640, top, 11, 11, "attention", cell=(6, 6))
        self.text(724, top + 18, "H maps", 12, COLOURS["attention"].ink)
        self.text(724, top + 34, "of T by T", 12, COLOURS["attention"].ink)

    def add_and_norm(self, y: float, height: float, right: float, norm: Part, words: str) -> None:
        self.frame(36, y, right - 36, height, "norm", "add_and_norm")
        self.part(48, y + height - 58, 140, norm)
        self.tag(226, y + height - 62, "add_and_norm")
        self.text(226, y + height - 24, words + " then mean 0, variance 1", 12, MUTED)

    def feed_forward(self, y: float, right: float, boxes: dict[str, Part]) -> None:
        self.frame(214, y, right - 214, 94, "feed_forward", "feed_forward")
        self.tag(226, y + 8, "feed_forward")
        self.text(right - 12, y + 18, "each token alone", 12, MUTED, anchor="end")
        for x, width, name in ((226, 172, "widen"), (430, 170, "gelu"), (632, 160, "narrow")):
            self.part(x, y + 36, width, boxes[name])
        self.flow((HIGHWAY, y + 59), (224, y + 59))
        self.flow((398, y + 59), (428, y + 59), role="feed_forward")
        self.flow((600, y + 59), (630, y + 59), role="feed_forward")

    def model(self, y: float, boxes: dict[str, Part], layers: int, total: int) -> None:
        """The pooler, and where the model's parameters are."""
        self.frame(24, y, RIGHT - 24, 150, "token", "whole_model")
        self.tag(HIGHWAY + 20, y + 10, "whole_model")
        self.text(RIGHT - 12, y + 20, f"{total:,} parameters in all", 13, anchor="end", bold=True)
        self.flow((HIGHWAY, y), (HIGHWAY, y + 64), (224, y + 64))
        self.part(226, y + 41, 172, boxes["pooler"])
        self.text(410, y + 64, "tanh of a dense layer on the first vector, [CLS]'s", 12, MUTED)
        groups = {
            "embeddings": ("embedding", ("word", "position", "segment", "embedding_norm")),
            "self-attention": ("attention", ("query", "key", "value", "attention_dense", "attention_norm")),
            "feed-forward": ("feed_forward", ("widen", "narrow", "output_norm")),
            "pooler": ("token", ("pooler",)),
        }
        left, width = 36.0, RIGHT - 48
        for label, (role, names) in groups.items():
            count = sum(boxes[name].parameters * (layers if boxes[name].in_layer else 1) for name in names)
            colour, length = COLOURS[role], width * count / total
            self.rect(left, y + 100, length, 20, colour.fill, colour.line, line=1.5)
            words = f"{label} {count / total:.1%}"
            if text_width(words, 12) < length:
                self.text(left + length / 2, y + 110, words, 12, anchor="middle")
            else:
                at, anchor = (left, "start") if left < WIDTH / 2 else (left + length, "end")
                self.text(at, y + 132, words, 12, MUTED, anchor=anchor)
            left += length

    def goals(self, y: float) -> None:
        """What one does with the model: a card for each of the last lessons, three in a row."""
        width, height = (RIGHT - 24 - 2 * 12) / 3, 92
        for i, (topic, words) in enumerate(_GOALS.items()):
            row, column = divmod(i, 3)
            x, top, (number, title) = 24 + column * (width + 12), y + row * (height + 12), _NAMES[topic]
            if row == 0:
                self.flow((x + width / 2, top - 22), (x + width / 2, top - 2))
            self.frame(x, top, width, height, "token", topic)
            self.badge(x + 12, top + 10, number)
            if self.states is not None:
                self.state(x + 48, top + 11, topic)
            self.text(x + 12, top + 48, title, 13, bold=True, width=width - 24)
            self.text(x + 12, top + 71, words, 12, MUTED, width=width - 20)
