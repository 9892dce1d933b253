"""How long the strict comparison of all notebooks takes, and how much of it is starting kernels."""

import re
import subprocess
import sys

from bench.yardstick import seconds
from tools.sources import KINDS, ROOT


def main() -> None:
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "--no-header", "--durations=0", *KINDS]
    taken = []
    result = subprocess.run  # one run gives all figures

    def run() -> None:
        taken.append(result(command, cwd=ROOT, capture_output=True, text=True))

    whole = seconds(run)
    output = taken[0].stdout
    setup = sum(float(one) for one in re.findall(r"([\d.]+)s setup", output))
    count = sum(1 for kind in KINDS for _ in (ROOT / kind).glob("*.ipynb"))
    print(f"\nAll {count} notebooks under nbval: {whole:.0f} s, {whole / max(count, 1):.1f} s each")
    print(
        f"of which starting kernels: {setup:.0f} s, {setup / whole:.0%}; the first cells import torch and transformers"
    )
    print(output.strip().splitlines()[-1])
