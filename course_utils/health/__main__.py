"""`python -m course_utils.health`: the doctor's report; the exit code is 1 if something is broken."""

import sys

from . import doctor

report = doctor()
sys.stdout.reconfigure(errors="replace")  # a console may have no sign for ✓
print(report)
sys.exit(not report.healthy)
