"""A state dict with the encoder's first norm in it, too, and both a large eps and BERT's own."""

from course_utils.checks.embeddings.inputs import draw_ids, draw_tables, embeddings_config
from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check
from course_utils.reference.embeddings import bert_embeddings


def cases(draw: Draw) -> list[Case]:
    made = []
    for batch, tokens, sizes, eps, about in (
        (3, 5, (11, 17, 2, 14), 0.1, "pairs, one padded, a large eps, 0.1"),
        (2, 7, (13, 19, 2, 10), 1e-12, "longer sentences, BERT's own eps, 1e-12"),
    ):
        names = ("word_embeddings", "position_embeddings", "token_type_embeddings")
        tables = zip(names, draw_tables(draw, *sizes), strict=True)
        tensors = {f"embeddings.{name}.weight": 0.3 * table for name, table in tables}
        for norm in ("embeddings.LayerNorm", "encoder.layer.0.attention.output.LayerNorm"):
            tensors[f"{norm}.weight"], tensors[f"{norm}.bias"] = draw.norm(sizes[-1])
        ids = draw_ids(draw, sizes[0], batch, tokens)
        made.append(Case((ids, draw.token_type_ids(batch, tokens), tensors, embeddings_config(*sizes, eps)), about))
    made[1] = in_float64(made[1])
    return made


check = Check(
    bert_embeddings,
    cases,
    axes=("batch", "tokens", "hidden"),
)
