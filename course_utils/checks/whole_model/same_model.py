"""Models of tables, in which each place differs by its own amount, in one token alone or only at padding."""

import math

import torch

from course_utils.checks.inputs import Draw
from course_utils.checks.whole_model.inputs import Output, TableModel
from course_utils.judge import Case, Check
from course_utils.reference.whole_model import same_model


def cases(draw: Draw) -> list[Case]:
    tables = draw.normal(5, 13, 5)
    signs = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0])[:, None, None]  # the largest is now above, now below
    moved = tables + signs * draw.normal(5, 13, 5, scale=0.03).abs()
    mask = draw.attention_mask(3, 6, padding=2)
    mask[0, -1] = 0  # no row is full, so that every number tells whether the mask was given
    ids = draw.integers(1, 11, 3, 6)
    ids[0, 4], ids[2, 3] = 11, 12  # last real tokens, with ids that occur nowhere else
    ends = tables.clone()
    ends[0::2, 11] += 0.5
    ends[1::2, 12] += 0.5
    padded = {
        "input_ids": ids,
        "attention_mask": mask,
        "token_type_ids": draw.token_type_ids(3, 6),
    }
    full = padded | {"attention_mask": torch.ones_like(mask)}
    nan = tables.clone()
    nan[2, :, 3] = math.nan
    return [
        Case(
            (TableModel(tables, 0.0), TableModel(moved, 9.0, Output), padded),
            "two models that differ everywhere, padded",
        ),
        Case((TableModel(moved[1:], 3.0, Output), TableModel(tables[1:], 0.0), full), "one layer less, and no padding"),
        Case(
            (TableModel(tables, 0.0), TableModel(tables, math.nan, Output), padded),
            "the same model; only padding differs, where one gives NaN",
        ),
        Case(
            (TableModel(tables, 0.0), TableModel(ends, 0.0), padded),
            "each place differs in one sequence's last real token alone",
        ),
        Case((TableModel(nan, 0.0), TableModel(tables, 0.0, Output), full), "one model gives NaN in one place"),
    ]


def _nan_is_infinite(value, a, b, batch):
    """A NaN says "not the same" as clearly as inf does."""
    return {name: math.inf if each != each else each for name, each in value.items()}


def small(draw: Draw) -> Case:
    """Tables of a few numbers, and one or two texts of one or two tokens, the last of which may be padding."""
    places, words, hidden = 2 + draw.number(0, 2), 1 + draw.number(0, 2), 1 + draw.number(0, 2)
    batch, tokens = 1 + draw.number(0, 2), 1 + draw.number(0, 2)
    mask = torch.ones(batch, tokens, dtype=torch.int64)
    mask[-1, 1:] = draw.number(0, 2)
    models = (TableModel(draw.normal(places, words, hidden), 0.0, kind) for kind in (dict, Output))
    inputs = {
        "input_ids": draw.integers(0, words, batch, tokens),
        "attention_mask": mask,
        "token_type_ids": torch.zeros_like(mask),
    }
    return Case((*models, inputs))


check = Check(
    same_model,
    cases,
    small=small,
    view=_nan_is_infinite,
)
