"""How long a learner waits for the first result in a fresh kernel, split by what takes it, and what the kernel then holds."""

import json
import os
import subprocess
import sys

STEPS = {
    "import torch": "import torch",
    "import transformers' BERT": "from transformers import BertModel, BertTokenizer",
    "import course_utils' checks": "from course_utils import check_wordpiece",
    "load tokenizer and model": "from course_utils import load_model; tokenizer, model = load_model()",
    "first sentence through the model": "model(**tokenizer('this is a 12212121 test sentence', return_tensors='pt'))",
}

PROBE = """
import json, sys, time
times = {}
for name, code in json.loads(sys.argv[1]).items():
    began = time.perf_counter()
    exec(code, globals())
    times[name] = time.perf_counter() - began
import psutil
print(json.dumps([times, psutil.Process().memory_info().rss]))
"""


def probe() -> tuple[dict[str, float], int]:
    """One fresh Python: seconds of each step, and its memory in bytes at the end."""
    command = [sys.executable, "-c", PROBE, json.dumps(STEPS)]
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    times, memory = json.loads(done.stdout.splitlines()[-1])
    return times, memory


def main() -> None:
    probe()  # the first run fills the disk cache
    runs = [probe() for _ in range(3)]
    times = {step: sorted(run[0][step] for run in runs)[1] for step in STEPS}
    total = sum(times.values())
    print("\nTime to the first result, median of 3 fresh interpreters\n\n| step | seconds | share |\n|---|---|---|")
    for step, taken in times.items():
        print(f"| {step} | {taken:.2f} | {taken / total:.0%} |")
    print(f"| together | {total:.2f} | 100% |")
    print(f"\nMemory with the model loaded: {sorted(memory for _, memory in runs)[1] / 2**20:.0f} MiB")
