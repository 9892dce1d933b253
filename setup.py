"""The package carries the course's notebooks and pins: `course_utils/course` in what is built. All else is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
CARRIED = [
    *sorted(path for room in ("notebooks", "exercises", "solutions") for path in (HERE / room).glob("*.ipynb")),
    HERE / "constraints.txt",
]


class BuildWithCourse(build_py):
    """Copies the notebooks beside the modules; an editable installation has them where they are."""

    def run(self):
        super().run()
        if not self.editable_mode:
            for path, target in zip(CARRIED, self._targets(), strict=True):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)

    def get_outputs(self, include_bytecode=True):
        carried = [] if self.editable_mode else list(map(str, self._targets()))
        return [*super().get_outputs(include_bytecode), *carried]

    def _targets(self):
        return [Path(self.build_lib, "course_utils", "course", path.relative_to(HERE)) for path in CARRIED]


setup(cmdclass={"build_py": BuildWithCourse})
