"""What the parts of the grader hand to each other: a learner's notebooks, the answers in them, and what came of each."""

from dataclasses import asdict, dataclass, field
from typing import Any

STATUSES = ("passed", "failed", "error", "not_attempted", "stumbled")  # stumbled: the grader did; never 0 points


@dataclass(frozen=True)
class Notebook:
    """A notebook as it was handed in. path: as the teacher knows it; changed: when, in seconds since 1970."""

    path: str
    content: bytes
    changed: float = 0.0


@dataclass(frozen=True)
class Submission:
    """All that one learner handed in. student: their id, which names rows and folders; name: "" where it is not known.

    ids: all else by which a roster may know them, such as the LMS's numbers. looks: what could not be read.
    """

    student: str
    notebooks: tuple[Notebook, ...]
    name: str = ""
    ids: tuple[str, ...] = ()
    looks: tuple["Look", ...] = ()


@dataclass(frozen=True)
class Cell:
    """A code cell of which some statements are needed.

    file: its name in tracebacks. source: its text, magics replaced and what cannot be parsed blanked, lines as in the
    notebook. kept: the numbers of the top-level statements of `source` that are needed.
    """

    file: str
    source: str
    kept: tuple[int, ...]


@dataclass(frozen=True)
class Answer:
    """One exercise's function as a learner wrote it, with all that it needs.

    exercise: the key's name. text: the definition alone, as written. cells: what is to be run, in this order. calls: the
    other exercises of the same notebook that the slice uses; imports: those that it has from `course_utils.my_bert`.
    blank: whether nothing but the blank is there. error: why the definition cannot be parsed, a sentence.
    """

    exercise: str
    text: str
    cells: tuple[Cell, ...] = ()
    calls: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    blank: bool = False
    error: str = ""


@dataclass(frozen=True)
class Look:
    """Something that a teacher should look at, and why, in a sentence. exercise: "" where it is about a whole notebook."""

    notebook: str
    reason: str
    exercise: str = ""


@dataclass(frozen=True)
class Extracted:
    """What a notebook holds: its lesson's topic (that of most of its exercises; "" if none is known) and its answers."""

    notebook: Notebook
    topic: str
    answers: dict[str, Answer]
    looks: tuple[Look, ...] = ()


@dataclass
class Graded:
    """What came of one exercise.

    status: one of STATUSES, of the learner's function with the learner's own parts. cases, passed: how many it was tried on
    and got right. labels: the mistakes recognised, a group each where several cannot be told apart. with_reference: the
    parts of the learner's that fail where the exercise passes once the reference's stand in their place. card: the fields of
    a judge's Result. notebook: the path of the one that counts. text: the learner's definition.
    """

    exercise: str
    status: str
    cases: int = 0
    passed: int = 0
    labels: list[list[str]] = field(default_factory=list)
    with_reference: list[str] = field(default_factory=list)
    card: dict[str, Any] = field(default_factory=dict)
    notebook: str = ""
    text: str = ""


@dataclass
class Record:
    """All that is known of one learner after grading. Plain data, equal for equal submissions: no times, no hosts.

    notebooks: path to lesson's stem, "" where none was recognised. superseded: older attempts, which do not count.
    exercises: every exercise of the lessons that are graded, in the course's order.
    """

    student: str
    name: str = ""
    ids: list[str] = field(default_factory=list)
    notebooks: dict[str, str] = field(default_factory=dict)
    superseded: list[str] = field(default_factory=list)
    exercises: dict[str, Graded] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON; `Record.of` reads it again."""
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Record":
        """The record that `to_dict` wrote down."""
        exercises = {name: Graded(**each) for name, each in data["exercises"].items()}
        return cls(**{**data, "exercises": exercises, "looks": [Look(**each) for each in data["looks"]]})


@dataclass(frozen=True)
class Settings:
    """How a class is graded; all of it goes to run.json.

    topics: the lessons. secret: the seed of all inputs, the same for the whole class. cpu: seconds of processor time that an
    exercise may take; wall: seconds it may wait. memory: bytes that a learner's process may take above what it starts with.
    follow_through: whether the better of two counts where an earlier part is wrong. explain: "full", "short" (without
    the line to change and the smallest input) or "none". sandbox: False grades without one.
    """

    topics: tuple[str, ...]
    secret: str
    cpu: float = 5.0
    wall: float = 50.0
    memory: int = 1_500_000_000
    follow_through: bool = True
    explain: str = "full"
    sandbox: bool = True
