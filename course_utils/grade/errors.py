"""What is wrong with what a teacher gave: one sentence, which the command prints in place of a traceback."""


class InputError(ValueError):
    """Something given cannot be used; the message says what it is, what was expected and what to do."""


class SubmissionsError(InputError):
    """The submissions cannot be read."""


class RosterError(InputError):
    """The LMS's CSV cannot be filled in."""


class PointsError(InputError):
    """points.toml is not a list of exercises and numbers."""


class CompareError(InputError):
    """There are no earlier results to compare with."""
