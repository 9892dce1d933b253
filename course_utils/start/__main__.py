"""`python -m course_utils.start`, which `inside-bert` is, too."""

from .command import run

if __name__ == "__main__":
    run()
