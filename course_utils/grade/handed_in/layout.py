"""Whose folder is whose, where no LMS has put a name to the files.

A folder is a learner's, unless it is above the learners:

- one that is named after a lesson, or as folders are (`submissions`, `notebooks`, `final`): its content counts as if it lay
  one higher;
- a group, such as a course or a tutor's: several folders, each with notebooks, and none beside them. If their names are those of
  other groups' folders, too (`anna/week 1`, `ben/week 1`), or each holds another lesson, they are one learner's.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from .archive import Found
from .naming import beside_the_lesson, lesson_in, says_nothing

_NBGRADER = "submitted"


@dataclass
class Folder:
    """What is in a folder. path: the names above that mean something, down to its own."""

    path: tuple[str, ...]
    files: list[Found] = field(default_factory=list)
    folders: dict[str, "Folder"] = field(default_factory=dict)

    def all_files(self) -> list[Found]:
        return self.files + [file for folder in self.folders.values() for file in folder.all_files()]

    def holds_notebooks(self) -> bool:
        return any(file.is_notebook for file in self.all_files())


def owners(found: list[Found], home: str) -> Iterator[tuple[Found, tuple[str, ...]]]:
    """Each file with its learner's key, whose last part is the learner's name. home: the name of the whole folder."""
    handed_in = [file for file in found if _NBGRADER in file.parts[:-1]]
    if handed_in:  # an nbgrader course, whose other folders hold copies
        for file in handed_in:
            below = file.parts[file.parts.index(_NBGRADER) + 1 :]
            yield file, ("folder", _shown(below[0])) if len(below) > 1 else ("root", home)
        return
    root = Folder(())
    for file in found:
        folder = root
        for step in map(_shown, file.parts[:-1]):
            folder = folder.folders.setdefault(step, Folder((*folder.path, step)))
        folder.files.append(file)
    yield from _in_group(root, home)


def _in_group(group: Folder, home: str) -> Iterator[tuple[Found, tuple[str, ...]]]:
    """The files of a folder that is above the learners."""
    files, folders = list(group.files), defaultdict(list)
    waiting = list(group.folders.items())
    numbered = [folder for name, folder in waiting if name.isdecimal() and len(name) < 3]
    learners = numbered if not all(map(_is_lesson, numbered)) else []  # 01 to 30
    while waiting:
        name, folder = waiting.pop()
        if says_nothing(name) and folder not in learners:
            files += folder.files
            waiting += folder.folders.items()
        else:
            folders[name].append(folder)
    yield from _flat(files, group.path, ("folder", *group.path) if group.path else ("root", home))
    merged = {name: _merged(same, (*group.path, name)) for name, same in folders.items()}
    seen_in = Counter(name for folder in merged.values() for name in folder.folders)
    for name, folder in sorted(merged.items()):
        if _is_group(folder, seen_in):
            yield from _in_group(folder, name)
        else:
            for file in folder.all_files():
                yield file, ("folder", *folder.path)


def _is_lesson(folder: Folder) -> bool:
    """Whether a folder that is named by a number holds only that lesson's notebooks, or folders of learners."""
    named = {
        named.lesson.number if (named := lesson_in(file.stem)) else None for file in folder.files if file.is_notebook
    }
    return named <= {int(folder.path[-1])}


def _is_group(folder: Folder, seen_in: Counter) -> bool:
    inside = [each for each in folder.folders.values() if each.holds_notebooks()]
    names = [each.path[-1] for each in inside]
    if len(inside) < 2 or any(file.is_notebook for file in folder.files) or any(map(says_nothing, names)):
        return False
    if sum(seen_in[name] > 1 for name in names) > len(names) / 2:
        return False
    lessons = [{named.lesson.topic for file in each.all_files() if (named := lesson_in(file.stem))} for each in inside]
    return not all(lessons) or len(set().union(*lessons)) < sum(map(len, lessons))


def _flat(files: list[Found], above: tuple[str, ...], home: tuple[str, ...]) -> Iterator[tuple[Found, tuple[str, ...]]]:
    """Files that lie side by side: the part of their names that is not the lesson's is the learner's. home: a key for the rest."""
    for file in files:
        if file.is_notebook or file.trouble:
            name = beside_the_lesson(file.stem.removesuffix(".zip"))
            yield file, ("file", *above, name) if name else home


def _merged(folders: list[Folder], path: tuple[str, ...]) -> Folder:
    """The folders of one name that lie in several lessons' folders as one."""
    whole = Folder(path)
    names = {name for folder in folders for name in folder.folders}
    for folder in folders:
        whole.files += folder.files
    for name in sorted(names):
        same = [folder.folders[name] for folder in folders if name in folder.folders]
        whole.folders[name] = _merged(same, (*path, name))
    return whole


def _shown(step: str) -> str:
    return step[:-4] if step.lower().endswith(".zip") else step
