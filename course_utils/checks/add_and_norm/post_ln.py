"""The sublayer and the norm are functions: numbers that can be followed by eye, then a sublayer that mixes tokens."""

from course_utils.checks.add_and_norm.inputs import wrap_cases
from course_utils.judge import Check
from course_utils.reference.add_and_norm import post_ln

check = Check(
    post_ln,
    wrap_cases,
    axes=("batch", "tokens", "hidden"),
)
