"""Names of each dialect, and names that only look like them: `distilbert.`, `cls_`, `cls.` further on."""

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check
from course_utils.reference.whole_model import rename_key


def cases(draw: Draw) -> list[Case]:
    layer = draw.number(2, 24)
    return [
        Case((key,), about)
        for key, about in (
            ("bert.embeddings.word_embeddings.weight", "saved with a head on top"),
            (f"bert.encoder.layer.{layer}.attention.self.query.bias", "saved with a head on top"),
            (f"encoder.layer.{layer}.output.dense.weight", "nothing to do"),
            ("pooler.dense.bias", "nothing to do"),
            ("bert.pooler.dense.weight", "the pooler belongs to the model; it is not a head"),
            ("embeddings.LayerNorm.gamma", "an old norm's weight"),
            (f"encoder.layer.{layer}.attention.output.LayerNorm.beta", "an old norm's bias"),
            (f"bert.encoder.layer.{layer}.output.LayerNorm.gamma", "old, and with a head on top"),
            ("bert.embeddings.LayerNorm.beta", "old, and with a head on top"),
            ("encoder.layer.0.output.LayerNorm.weight", "a norm by its new name"),
            ("embeddings.position_embeddings.weight", "the learned positions are weights"),
            ("embeddings.position_ids", "numbers 0, 1, 2 ... that were stored with the weights"),
            ("bert.embeddings.position_ids", "the same, with a head on top"),
            ("cls.predictions.bias", "a head of the pretraining"),
            ("cls.predictions.transform.LayerNorm.gamma", "the head has a norm, too"),
            ("cls.seq_relationship.weight", "the other head of the pretraining"),
            ("bert.cls.predictions.decoder.weight", "a head with `bert.` in front"),
            ("distilbert.embeddings.word_embeddings.weight", "another model's prefix stays"),
            ("cls_projection.weight", "a name that does not begin with `cls.`"),
            ("pooler.cls.weight", "a name with `cls.` further on"),
        )
    ]


check = Check(
    rename_key,
    cases,
)
