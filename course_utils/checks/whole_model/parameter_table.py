"""Two real BERTs and one of odd sizes, in which no count can be mistaken for another."""

from course_utils.checks.inputs import Draw
from course_utils.checks.whole_model.inputs import bert_config
from course_utils.judge import Case, Check
from course_utils.reference.whole_model import parameter_table


def cases(draw: Draw) -> list[Case]:
    usual = {"vocab_size": 30522, "max_position_embeddings": 512, "type_vocab_size": 2, "num_attention_heads": 12}
    mini = {"hidden_size": 384, "intermediate_size": 1536, "num_hidden_layers": 6}
    base = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12}
    odd = {
        "hidden_size": 4 * draw.number(5, 10),
        "intermediate_size": draw.number(50, 90),
        "vocab_size": draw.number(100, 200),
        "num_hidden_layers": draw.number(2, 5),
        "max_position_embeddings": draw.number(20, 40),
    }
    return [
        Case((bert_config(**usual | mini),), "MiniLM"),
        Case((bert_config(**usual | base),), "bert-base"),
        Case((bert_config(**odd),), "sizes that no BERT has"),
    ]


check = Check(
    parameter_table,
    cases,
)
