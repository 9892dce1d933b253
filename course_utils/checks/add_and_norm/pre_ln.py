"""The same sublayers and norms as for `post_ln`, wrapped the other way."""

from course_utils.checks.add_and_norm.inputs import wrap_cases
from course_utils.judge import Check
from course_utils.reference.add_and_norm import pre_ln

check = Check(
    pre_ln,
    wrap_cases,
    axes=("batch", "tokens", "hidden"),
)
