"""Lesson 13's table: BERT beside the models of today, each change by the line of the library's code that differs."""

import importlib
import inspect
from html import escape
from typing import NamedTuple

from .proof import as_plain

_MODELS = {"Bert": "bert", "ModernBert": "modernbert", "Llama": "llama"}


Place = tuple[
    str, str
]  # a class of transformers and a line of its source; "" and what is to be said where there is none


class Change(NamedTuple):
    """One row: what has changed, and where one sees it before and after."""

    part: str
    then: Place
    today: Place


CHANGES = (
    Change(
        "1 · the norm",
        ("BertOutput", "hidden_states = self.LayerNorm(hidden_states + input_tensor)"),
        ("ModernBertEncoderLayer", "hidden_states = hidden_states + self.mlp(self.mlp_norm(hidden_states))"),
    ),
    Change(
        "1 · at the very end",
        ("", "nothing: the last layer ends with its own norm"),
        ("ModernBertModel", "hidden_states = self.final_norm(hidden_states)"),
    ),
    Change(
        "2 · its kind",
        ("BertOutput", "self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)"),
        ("LlamaDecoderLayer", "self.input_layernorm = LlamaRMSNorm(config.hidden_size, eps=config.rms_norm_eps)"),
    ),
    Change(
        "3 · positions",
        ("BertEmbeddings", "embeddings = embeddings + position_embeddings"),
        ("LlamaAttention", "query_states, key_states = apply_rotary_pos_emb(query_states, key_states, cos, sin)"),
    ),
    Change(
        "4 · feed-forward",
        ("BertIntermediate", "self.dense = nn.Linear(config.hidden_size, config.intermediate_size)"),
        (
            "ModernBertMLP",
            "self.Wi = nn.Linear(config.hidden_size, int(config.intermediate_size) * 2, bias=config.mlp_bias)",
        ),
    ),
    Change(
        "5 · biases",
        ("BertSelfOutput", "self.dense = nn.Linear(config.hidden_size, config.hidden_size)"),
        (
            "ModernBertAttention",
            "self.Wo = nn.Linear(config.hidden_size, config.hidden_size, bias=config.attention_bias)",
        ),
    ),
    Change(
        "6 · who looks where",
        ("BertModel", "attention_mask = create_bidirectional_mask("),
        ("ModernBertModel", '"sliding_attention": create_bidirectional_sliding_window_mask(**mask_kwargs),'),
    ),
    Change(
        "7 · padding",
        ("", "is computed, and hidden by the mask"),
        ("", "is left out before: pack_sequences and block_diagonal_mask, lesson 10"),
    ),
    Change(
        "the triangle",
        ("BertModel", "attention_mask = create_bidirectional_mask("),
        ("LlamaModel", "causal_mask = create_causal_mask("),
    ),
    Change(
        "the cache",
        ("", "none: a new token changes all others"),
        (
            "LlamaAttention",
            "key_states, value_states = past_key_values.update(key_states, value_states, self.layer_idx)",
        ),
    ),
)


def is_there(name: str, line: str) -> bool:
    """Whether the source of a class of transformers has this line."""
    model = _MODELS[next(start for start in _MODELS if name.startswith(start))]
    module = importlib.import_module(f"transformers.models.{model}.modeling_{model}")
    found = getattr(module, name, None)
    return found is not None and line in map(str.strip, inspect.getsource(found).split("\n"))


def show_then_and_now() -> None:
    """Display the table: 2018 beside today, part by part, each line looked up in the library's source."""
    from IPython.display import display

    lines = dict.fromkeys(place for row in CHANGES for place in row[1:] if place[0])
    missing = {place for place in lines if not is_there(*place)}
    told = {place: f"{place[0]} (not in your version)" if place in missing else place[0] for place in lines}
    end = f"{len(lines) - len(missing)} of {len(lines)} lines found in the source of transformers."
    rows = []
    for row in CHANGES:
        rows += [(row.part, "2018", told.get(row.then, ""), row.then[1])]
        rows += [("", "today", told.get(row.today, ""), row.today[1])]
    plain = f"{as_plain(('part', '', 'class', 'line'), rows)}\n{end}"
    display({"text/plain": plain, "text/html": f"{_as_html(told)}<p>{end}</p>"}, raw=True)


def _as_html(told: dict[Place, str]) -> str:
    """The table as HTML: a row for each part, before and after side by side."""
    look = 'style="text-align:left;vertical-align:top;padding:5px 14px 5px 4px"'

    def cell(place: Place) -> str:
        if not place[0]:
            return f"<td {look}>{escape(place[1])}</td>"
        line = escape(place[1]).replace(".", ".<wbr>").replace("_", "_<wbr>").replace("(", "(<wbr>")
        return f"<td {look}>{escape(told[place])}<br><code>{line}</code></td>"

    heads = "".join(f"<th {look}>{words}</th>" for words in ("", "BERT, 2018", "today"))
    body = "".join(f"<tr><th {look}>{escape(row.part)}</th>{cell(row.then)}{cell(row.today)}</tr>" for row in CHANGES)
    return f'<table style="border-collapse:collapse;margin:6px 0;max-width:1000px"><tr>{heads}</tr>{body}</table>'
