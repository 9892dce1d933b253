"""The exact form: single numbers, a tensor, and values so large that an exponential overflows."""

from course_utils.checks.feed_forward.inputs import GELU_PROPERTIES, gelu_cases
from course_utils.judge import Check
from course_utils.reference.feed_forward import gelu

check = Check(
    gelu,
    gelu_cases,
    properties=GELU_PROPERTIES,
)
