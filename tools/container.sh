#!/bin/sh
# The steps of the Dockerfile; `tests/places/test_container.py` runs them in a folder of its own.
#
#     container.sh torch SOURCE TARGET     an environment in TARGET, with the pinned PyTorch for the CPU
#     container.sh course SOURCE TARGET    the course beside it, from the files in SOURCE, in the pinned versions
#     container.sh learner HOME            an account that may write to its home and nowhere else
set -eu

torch() {
    python3 -m venv "$2"
    pinned=$(sed -n 's/^\(torch==[^ ;#]*\).*/\1/p' "$1/constraints.txt")
    "$2/bin/python" -m pip install --no-cache-dir -c "$1/constraints.txt" \
        --extra-index-url https://download.pytorch.org/whl/cpu "$pinned"
}

course() {
    "$2/bin/python" -m pip install --no-cache-dir -c "$1/constraints.txt" "$1"
    "$2/bin/inside-bert" --version
    rm -rf "$1/build" "$1"/*.egg-info
}

learner() {
    useradd --create-home --home-dir "$1" --shell /bin/bash --uid 1000 learner
}

step=$1
shift
case $step in
torch | course | learner) "$step" "$@" ;;
*)
    echo "container.sh has no step '$step': it has torch, course and learner." >&2
    exit 2
    ;;
esac
