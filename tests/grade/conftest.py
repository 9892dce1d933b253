"""Grading needs Linux. Elsewhere the tests of what grades are not collected, since they cannot even import it there."""

import sys

_NEEDS_LINUX = [
    "test_attacks.py",
    "test_command.py",
    "test_judging.py",
    "test_parity.py",
    "test_sandbox.py",
    "test_workers.py",
]
collect_ignore = [] if sys.platform == "linux" else _NEEDS_LINUX
