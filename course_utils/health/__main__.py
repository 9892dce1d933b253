"""`python -m course_utils.health`: the doctor's report; the exit code is 1 if something is broken."""

import sys

from . import doctor
from .builds import torch_build


def main() -> int:
    """Print the report, and which build of torch is there, which lesson 00 cannot store: it differs from machine to machine."""
    report = doctor()
    sys.stdout.reconfigure(errors="replace")  # a console may have no sign for ✓
    print(report)
    if build := torch_build():
        print(build)
    return not report.healthy


if __name__ == "__main__":
    sys.exit(main())
