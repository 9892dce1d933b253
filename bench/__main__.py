"""Print the timings: all, or those named; or, for `explain`, how often a wrong answer's card helps.

Machines differ, so every table has a column of ratios: times divided by another time of the same run. The yardstick is a
plain Python loop, timed beside each measurement.
"""

import argparse
import sys

from bench import checks, fine_tune, grading, kernels, notebooks, others, race, speed, start

PARTS = {
    "start": start.main,
    "kernels": kernels.main,
    "checks": checks.main,
    "speed": speed.main,
    "notebooks": notebooks.main,
    "race": race.main,
    "fine_tune": fine_tune.main,
    "others": others.main,
    "grading": grading.main,
}

if sys.argv[1:2] == ["explain"]:  # it has options of its own
    from bench import explain

    explain.main(sys.argv[2:])
    sys.exit()
parser = argparse.ArgumentParser(
    prog="python -m bench",
    description=__doc__.split("\n")[0],
    epilog="`python -m bench explain --help` tells the options of explain, which is run alone.",
)
parser.add_argument(
    "parts", nargs="*", metavar="part", help=f"{', '.join(PARTS)}; start, checks and speed if none is named"
)
chosen = parser.parse_args().parts or ["start", "checks", "speed"]
unknown = [part for part in chosen if part not in PARTS]
if unknown:
    print(f"bench has no part {', '.join(unknown)}; it has {', '.join(PARTS)}", file=sys.stderr)
    sys.exit(2)
for part in chosen:
    PARTS[part]()
