"""Whose notebooks are in a folder or a zip, as an LMS exports it, as nbgrader collects it, or as a teacher put it together.

What names the learner, the first that fits:

    Jane Müller_123456_assignsubmission_file_/x.ipynb      Moodle, one folder per learner
    Jane Müller_123456_assignsubmission_file_x.ipynb       Moodle, without folders
    doejane_LATE_1234_5678_x-1.ipynb                       Canvas; 1234 is the learner's id there
    submitted/STUDENT/ASSIGNMENT/x.ipynb                   nbgrader
    Müller_Jörg_jmueller_123456/x.ipynb                    ILIAS: as any folder, and the login is one of the ids
    group/STUDENT/.../x.ipynb, lesson/STUDENT/x.ipynb      folders: `layout.py`
    anna_03_self_attention.ipynb                           files in one folder: the name without the lesson's is the learner's
    03_self_attention.ipynb, 04_add_and_norm.ipynb         nothing else in the names: all are one learner's, the folder's

A zip counts as a folder of its name, whether it is the whole class's or one learner's.
"""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from course_utils.grade.errors import SubmissionsError
from course_utils.grade.records import Look, Notebook, Submission

from . import archive
from .archive import Found, Unreadable
from .layout import owners

MOST_OF_A_LEARNER = 256 * 2**20  # bytes
MOST_NOTEBOOKS = 500  # of a learner: the course has twelve
MOST_OF_A_CLASS = 8 * 2**30  # bytes, all in memory
_MOST_LOOKS = 20
_MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)(?:_.*)?$", re.DOTALL)
_CANVAS = re.compile(
    r"(?:LATE_)?(?:(?P<name>(?!anon_)\w+?)_(?:LATE_)?)?(?P<id>\d+|anon_[A-Za-z0-9]+)_(?:\d{3,}_.+|(?:text|link)\.html)$"
)
_ANONYMOUS = re.compile(r"participant|teilnehmer.*", re.IGNORECASE)  # Moodle's name for everybody when grading is blind


@dataclass(frozen=True)
class Owner:
    """Whom a file belongs to. key: what is the same for all files of one learner, and for nobody else."""

    key: tuple[str, ...]
    student: str
    name: str = ""
    ids: tuple[str, ...] = ()


def read_submissions(path: Path, part: tuple[int, int] | None = None) -> list[Submission]:
    """Everybody's notebooks, sorted by learner. part: only the learners of this shard, (2, 8), are read.

    Raises SubmissionsError.
    """
    try:
        found = _listed(path)
        by_owner = _by_owner(found, path)
        names = _student_names(by_owner)
        wanted = {owner: files for owner, files in by_owner.items() if part is None or in_part(names[owner.key], *part)}
        _refuse_too_much(path, wanted.values())
        submissions = [_submission(names[owner.key], owner, files) for owner, files in wanted.items()]
    finally:
        archive.close()
    return sorted(submissions, key=lambda each: each.student)


def in_part(student: str, index: int, count: int) -> bool:
    """Whether a learner is in shard `index` of `count`, counted from 1; the same on every machine."""
    return int.from_bytes(hashlib.sha256(student.encode()).digest()[:8], "big") % count == index - 1


def shard(submissions: list[Submission], index: int, count: int) -> list[Submission]:
    """The submissions of shard `index` of `count`, counted from 1: each learner is in exactly one."""
    return [each for each in submissions if in_part(each.student, index, count)]


def safe_name(text: str) -> str:
    """A text as the name of a folder on any system and in any address: letters, digits and `_.@+-`."""
    name = re.sub(r"[^\w.@+-]+", "_", unicodedata.normalize("NFC", text)).strip("._")[:80].strip("._")
    if re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name, re.IGNORECASE):  # devices on Windows
        name = f"learner-{name}"
    return name or "learner"


def _listed(path: Path) -> list[Found]:
    if not path.exists():
        raise SubmissionsError(f"there is no {path}: give the folder of submissions, or the zip from your LMS")
    if path.is_file() and not Found((path.name,), 0.0, ()).is_notebook and path.suffix.lower() != ".zip":
        raise SubmissionsError(f"{path} is not a zip: give the folder of submissions, or the zip from your LMS")
    try:
        found = archive.files(path)
    except (Unreadable, OSError) as error:
        raise SubmissionsError(f"{path} {error}: download it from your LMS again") from None
    if path.suffix.lower() == ".zip" and [each.parts for each in found] == [(path.name,)]:
        raise SubmissionsError(f"{path} is not a zip that can be read: download it from your LMS again")
    if not any(each.is_notebook or each.trouble for each in found):
        raise SubmissionsError(f"{path} holds no notebook: a submission is a file that ends in .ipynb")
    return found


def _by_owner(found: list[Found], path: Path) -> dict[Owner, list[Found]]:
    """The files of each learner."""
    moodle = _MoodleNames(found)
    files: dict[tuple, list[Found]] = defaultdict(list)
    who: dict[tuple, list[Owner]] = defaultdict(list)
    others = []
    for each in found:
        owner = moodle.owner(each) or _canvas(each)
        if owner is None:
            others.append(each)
            continue
        files[owner.key].append(each)
        who[owner.key].append(owner)
    home = path.resolve().parent.name if path.is_file() and path.suffix.lower() != ".zip" else path.resolve().stem
    for each, key in owners(others, home):
        files[key].append(each)
        who[key].append(Owner(key, key[-1], "", _ids_in(key[-1])))
    return {_joined(who[key]): files[key] for key in files}


def _joined(owners: list[Owner]) -> Owner:
    """One learner, with the ids of all the exports that they are in."""
    first = owners[0]
    ids = dict.fromkeys(identity for each in owners for identity in each.ids)
    name = next((each.name for each in owners if each.name), "")
    student = next((each.student for each in owners if each.name == name), first.student)
    return Owner(first.key, student, name, tuple(ids))


def _canvas(found: Found) -> Owner | None:
    for step in found.parts:
        if match := _CANVAS.match(step):
            name, identity = match["name"] or "", match["id"]
            return Owner(("canvas", identity), f"{name}_{identity}" if name else identity, name, (identity,))
    return None


class _MoodleNames:
    """Moodle's numbers differ from assignment to assignment: over several exports a learner is known by the name.

    A name that several learners of one export share stays with its numbers.
    """

    def __init__(self, found: list[Found]) -> None:
        numbers: dict[tuple, set[str]] = defaultdict(set)
        for each in found:
            if split := self._split(each):
                folder, name, number = split
                numbers[folder, name].add(number)
        self.shared = {name for (_, name), known in numbers.items() if len(known) > 1 or _ANONYMOUS.fullmatch(name)}

    def owner(self, found: Found) -> Owner | None:
        split = self._split(found)
        if split is None:
            return None
        _, name, number = split
        ids = (number, f"Participant {number}")
        if name in self.shared:
            return Owner(("moodle", name, number), f"{name}_{number}", name, ids)
        return Owner(("moodle", name), name, name, ids)

    @staticmethod
    def _split(found: Found) -> tuple[tuple[str, ...], str, str] | None:
        for place, step in enumerate(found.parts):
            if match := _MOODLE.match(step):
                return found.parts[:place], match["name"], match["id"]
        return None


def _ids_in(folder: str) -> tuple[str, ...]:
    """What in a folder's name may be an id: all of it, words with numbers, such as `0012345`, and the login in ILIAS's names."""
    words = [word for word in re.split(r"[\s_,;()]+", folder) if re.search(r"\d{3}", word)]
    ilias = re.fullmatch(r"[^_]+_[^_]+_([^_]+)_\d+", folder)  # Müller_Jörg_jmueller_123456
    return tuple(dict.fromkeys([folder, *words, *(ilias.groups() if ilias else ())]))


def _student_names(by_owner: Iterable[Owner]) -> dict[tuple[str, ...], str]:
    """A name of a folder for every learner; those who would share one get letters that are theirs."""
    owners = sorted(by_owner, key=lambda each: each.key)
    names = {owner.key: safe_name(owner.student) for owner in owners}
    length = 6
    while shared := {name for name, times in Counter(map(str.casefold, names.values())).items() if times > 1}:
        for owner in owners:
            if names[owner.key].casefold() in shared:
                mark = hashlib.sha256("\0".join(owner.key).encode()).hexdigest()[:length]
                names[owner.key] = f"{safe_name(owner.student)}-{mark}"
        length += 6
    return names


def _submission(student: str, owner: Owner, files: list[Found]) -> Submission:
    notebooks, looks, total = [], [], 0
    for each in files:
        if each.trouble:
            looks.append(Look(each.path, f"This file {each.trouble}."))
        if each.trouble or not each.is_notebook:
            continue
        try:
            if total + each.size > MOST_OF_A_LEARNER or len(notebooks) == MOST_NOTEBOOKS:
                most = f"{MOST_NOTEBOOKS} notebooks and {MOST_OF_A_LEARNER // 2**20} MB"
                raise Unreadable(f"is one too many: up to {most} of one learner are read")
            content = each.read()
        except Unreadable as error:
            looks.append(Look(each.path, f"This notebook {error}."))
            continue
        total += len(content)
        notebooks.append(Notebook(each.path, content, each.changed))
    if len(looks) > _MOST_LOOKS:
        looks[_MOST_LOOKS:] = [Look("", f"{len(looks) - _MOST_LOOKS} more files could not be read.")]
    if not notebooks and not looks:
        names = ", ".join(sorted(each.parts[-1] for each in files)[:5])
        looks.append(Look(files[0].path, f"There is no notebook among what was handed in: {names}."))
    return Submission(student, tuple(notebooks), owner.name, owner.ids, tuple(looks))


def _refuse_too_much(path: Path, learners: Iterable[list[Found]]) -> None:
    """Sizes are as the zip states them; what is read is never more."""
    sizes = (sum(each.size for each in files if each.is_notebook) for files in learners)
    total = sum(min(size, MOST_OF_A_LEARNER) for size in sizes)
    if total > MOST_OF_A_CLASS:
        raise SubmissionsError(
            f"{path} holds {total / 2**30:.0f} GB of notebooks, and up to {MOST_OF_A_CLASS // 2**30} GB are read at a time: "
            "if that is no mistake, grade it in parts, --shard 1/8, --shard 2/8 and so on"
        )
