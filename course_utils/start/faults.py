"""Whatever goes wrong on the way to JupyterLab, in one sentence."""

import contextlib
from collections.abc import Iterator

from course_utils.learner import folders


class StartError(Exception):
    """What is wrong and what to do, in one sentence."""


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """Inside, whatever goes wrong becomes a StartError."""
    try:
        yield
    except (StartError, BrokenPipeError):  # the latter: who reads what is printed has seen enough
        raise
    except ImportError as error:
        mend = "run `make install`, and if that does not help, `make doctor`"
        if folders.is_packed():
            mend = "install inside-bert again, and if that does not help, run `inside-bert doctor`"
        raise StartError(f"JupyterLab and the course are not installed in this Python ({error}): {mend}.") from None
    except OSError as error:
        what = ": ".join(str(part) for part in (error.filename, error.strerror or error) if part)
        raise StartError(
            f"The course cannot be opened ({what}): check that you may read and write there and that the disk is not full, "
            "and start again."
        ) from None
    except SystemExit as stop:
        if not stop.code:  # --help-all and the like
            raise
        raise StartError(advice("for the reason above")) from None
    except Exception as error:
        raise StartError(advice(f"because of this {type(error).__name__}: {error}")) from None


def advice(reason: str) -> str:
    """The sentence for a JupyterLab that does not start, most often for what the learner has configured."""
    from jupyter_core.paths import jupyter_config_dir

    return (
        f"JupyterLab does not start, {reason}. If an option or your own configuration, in "
        f"{jupyter_config_dir()}, is the cause, fix that, or start without the configuration: "
        f"`JUPYTER_NO_CONFIG=1 {folders.start_command()}`."
    )
