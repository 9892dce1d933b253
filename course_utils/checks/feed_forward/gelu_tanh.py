"""The approximation: the same numbers as for `gelu`, so that the exact form is told apart from it."""

from course_utils.checks.feed_forward.inputs import GELU_PROPERTIES, gelu_cases
from course_utils.judge import Check
from course_utils.reference.feed_forward import gelu_tanh

check = Check(
    gelu_tanh,
    gelu_cases,
    properties=GELU_PROPERTIES,
)
