"""`python -m course_utils.grade`, which `inside-bert-grade` is, too."""

import sys

from .command import main

if __name__ == "__main__":
    sys.exit(main())
