"""One process at a time, by a lock of the operating system, which frees it when its holder ends, however that ends."""

import contextlib
import os
import time

if os.name == "nt":
    import msvcrt
else:
    import fcntl


@contextlib.contextmanager
def locked(path, waiting):
    """Hold the lock file `path`, calling `waiting` once if another process has it. Gives the open file.

    On a disk that knows no locks there is none. Elsewhere than on Windows a child that gets the file's descriptor
    holds the lock, too: pip goes on when its installer is killed, and the next one has to wait for it.
    """
    with open(path, "a", encoding="utf-8") as file:
        said = False
        while not take(file.fileno()):
            if not said:
                waiting()
                said = True
            time.sleep(0.2)
        try:
            yield file
        finally:
            if os.name == "nt":
                with contextlib.suppress(OSError):
                    file.seek(0)
                    msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)


def take(descriptor):
    """Try to lock an open file; False if another process has it."""
    try:
        if os.name == "nt":
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:  # any other error: this disk knows no locks
        return not isinstance(error, PermissionError if os.name == "nt" else BlockingIOError)
    return True
