"""`python -m course_utils.kernels [path of a socket]`: run the warm process that `warm.py` describes."""

import sys

from course_utils.kernels.warm import main

main(sys.argv[1:])
