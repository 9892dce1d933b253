"""What the installer says: one sentence for each thing that can go wrong."""

import errno
import re
import sys

DISK_FULL = "The disk is full, and the installation needs about 3 GB: make room and run this again."


class InstallError(Exception):
    """What is wrong and what to do, in one sentence."""


def explain(output, failed="The installation failed", log=""):
    """The one sentence for what pip or Python said when it failed."""
    log = f"; all that pip said is in {log}." if log else "."
    if re.search(r"No space left|Errno 28|WinError 112|[Qq]uota exceeded", output):
        return DISK_FULL
    if re.search(r"ConnectionError|[Nn]ame ?[Rr]esolution|getaddrinfo|timed out|ProxyError|SSLError", output):
        return "The packages cannot be fetched: connect this machine to the internet and run this again" + log
    if re.search(r"No matching distribution found for torch==\S+\+cpu", output):
        return (
            "PyTorch's build for the CPU cannot be fetched: download.pytorch.org does not answer, and pip's own index does "
            "not have it; run this again where one of them does" + log
        )
    if "(from versions: none)" in output:
        return (
            f"A package was not found ({last_line(output, 'ERROR')}): connect this machine to the internet, or mend "
            "the index in pip's settings, and run this again" + log
        )
    if "No matching distribution" in output or "ResolutionImpossible" in output:
        return f"A package does not fit this system ({last_line(output, 'ERROR')})" + log
    return f"{failed} ({last_line(output, 'ERROR')})" + log


def in_words(error, root):
    """The one sentence for what ended an installation."""
    if isinstance(error, KeyboardInterrupt):
        return "\nInterrupted: run this again, it begins where it is safe to."
    return explain_files(error, root) if isinstance(error, OSError) else str(error)


def explain_files(error, root):
    """The one sentence for a file or folder that cannot be read or written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DISK_FULL
    what = f"{error.filename or root} ({error.strerror or error})"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"No permission for {what}: if somebody else keeps this course for you, ask them to run "
            "`make install`; else copy the course to a folder of your own and run this again there."
        )
    return f"The installation stopped at {what}: mend that and run this again."


def last_line(text, start=""):
    """The last line of `text` that begins with `start` and says something, or simply the last one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(start) and line != "ERROR: Exception:"]
    return (telling or lines or ["no message"])[-1]


def say(text):
    """Show `text` at once."""
    sys.stdout.write(text)
    sys.stdout.flush()
