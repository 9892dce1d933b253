"""Sizes of bert-base, of a tiny model and of no model: numbers that are fixed in the code differ from at least one."""

from course_utils.checks.embeddings.inputs import embeddings_config
from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check
from course_utils.reference.embeddings import embedding_parameters


def cases(draw: Draw) -> list[Case]:
    drawn = (draw.number(900, 1100), draw.number(50, 90), draw.number(3, 6), draw.number(20, 40))
    return [
        Case((embeddings_config(30522, 512, 2, 768),), "bert-base"),
        Case((embeddings_config(101, 23, 3, 14),), "a tiny one"),
        Case((embeddings_config(*drawn),), "any other"),
    ]


check = Check(
    embedding_parameters,
    cases,
)
