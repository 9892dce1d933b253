"""`python -m course_utils.kernels [path of a socket]`: run the warm process that `warm.py` describes."""

import sys

if sys.platform != "linux":  # asked first: elsewhere not even the modules that it needs are there
    sys.exit("Only Linux can fork kernels: on this system just run `inside-bert`.")

from course_utils.kernels.warm import main

main(sys.argv[1:])
