"""The installer with a pip that is played: what it keeps, when it says "Ready", and one sentence for each thing wrong."""

import errno
import shutil
import sys
import threading
import time

import pytest

from tests.tools import tiny
from tools import install
from tools.environment import Environment
from tools.messages import DISK_FULL, InstallError


def mine(place: Environment) -> bool:
    """Whether what the learner had in `.venv` is still there."""
    return (place.folder / "mine").exists()


def beside(place: Environment) -> set[str]:
    return {path.name for path in place.root.glob(".venv?*")}


class PlayedPip:
    """Notes what it is to install, and then fails with `error` if there is one."""

    calls: list
    error: BaseException | None
    variables: dict = {}  # noqa: RUF012

    def __init__(self, environment, lock):
        self.environment = environment

    def install(self, what, *arguments):
        (self.environment.folder / "half").touch()
        self.calls.append(arguments)
        if self.error:
            raise self.error


@pytest.fixture
def pip(monkeypatch):
    played = type("Played", (PlayedPip,), {"calls": [], "error": None})
    monkeypatch.setattr(install, "Pip", played)
    monkeypatch.setattr(install, "reachable", lambda url, variables: False)
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    return played


@pytest.fixture
def place(tmp_path, monkeypatch, pip) -> Environment:
    """A finished installation of another version of the course, with something of the learner's."""
    (tmp_path / "pyproject.toml").write_text(tiny.PROJECT)
    (tmp_path / "constraints.txt").write_text("torch==2.13.0\n")
    place = Environment(tmp_path)
    place.python.parent.mkdir(parents=True)
    place.python.touch()
    place.finish({"inputs": "old", "place": str(tmp_path), "extras": []})
    (place.folder / "mine").touch()
    answers(monkeypatch, place)

    def make():
        place.folder.mkdir()
        place.unfinished.touch()
        place.python.parent.mkdir()
        place.python.touch()

    monkeypatch.setattr(place, "make", make)
    monkeypatch.setattr(place, "give_pip", (place.root / "given").touch)
    return place


def answers(monkeypatch, place: Environment, **other) -> None:
    """Let the environment's Python say that all is well, but for what is `other`."""
    well = {"version": [3, 11], "pip": True, "torch": "2.13.0+cpu", "course": "1.0", "lacking": {}}
    monkeypatch.setattr(place, "report", lambda extras=(): well | other)


def main(place: Environment, *extras: str) -> None:
    install.main([*extras], place)


def test_ready_is_said_when_all_is_there(place, capsys):
    main(place, "test")
    assert "Ready after" in capsys.readouterr().out
    assert place.read_stamp()["extras"] == ["test"]
    assert mine(place)


@pytest.mark.parametrize(
    "wrong",
    [{"lacking": {f"p{i}": f"p{i} is missing" for i in range(5)}}, {"error": "p0 is missing, p1 is missing, p2"}],
)
def test_ready_is_not_said_when_it_is_not_there(place, monkeypatch, capsys, pip, wrong):
    monkeypatch.setattr(place, "report", lambda extras=(): report | (wrong if pip.calls else {}))
    report = {"version": [3, 11], "pip": True, "torch": None, "course": "1.0", "lacking": {}}
    with pytest.raises(InstallError, match=r"is not in \.venv \(p0 is missing, p1 is missing, p2.*install\.log"):
        main(place)
    assert "Ready" not in capsys.readouterr().out
    assert place.read_stamp()["inputs"] == "old"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InstallError("No network."), r"^No network\. The folder \.venv is as it was and can be used: `"),
        (KeyboardInterrupt(), r"^\nInterrupted: run this again.* as it was and can be used"),
        (OSError(errno.ENOSPC, "No space left on device"), DISK_FULL + " The folder .venv is as it was"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), r"No permission for /x .* as it was"),
    ],
)
def test_whatever_ends_it_the_old_one_is_in_use_again(place, pip, error, said):
    pip.error = error
    with pytest.raises(InstallError, match=said):
        main(place)
    assert place.read_stamp()["inputs"] == "old"
    assert mine(place)
    assert not (place.folder / "half").exists()
    assert beside(place) == {".venv.lock"}


def test_a_fault_of_the_installer_itself_is_mended_by_the_next_run(place, pip, capsys):
    pip.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        main(place)
    pip.error = None
    main(place)
    assert "the one from before it is back in use" in capsys.readouterr().out
    assert mine(place)
    assert beside(place) == {".venv.lock"}


@pytest.mark.parametrize("works", [True, False])
@pytest.mark.parametrize(
    ("damage", "wrong", "said", "kept"),
    [
        (lambda place: None, {}, "", True),
        (lambda place: place.stamp.unlink(), {}, "", True),  # somebody else's own .venv
        (lambda place: place.stamp.unlink(), {"pip": False, "course": None}, "", True),  # the same, without pip
        (lambda place: place.unfinished.touch(), {}, "", True),  # pip got to its end
        (lambda place: place.unfinished.touch(), {"course": None}, "half made: making it again", False),
        (lambda place: place.stamp.write_text(OTHER_PLACE), {}, "from another place: making a new one", False),
        (lambda place: None, None, "does not run any more: making a new one", False),
    ],
)
def test_a_venv_that_works_is_kept(place, pip, monkeypatch, capsys, damage, wrong, said, kept, works):
    damage(place)
    if wrong is None:
        new = {"version": [3, 11], "pip": True, "torch": None, "course": "1.0", "lacking": {}}
        monkeypatch.setattr(place, "report", lambda extras=(): new if pip.calls else None)
    else:
        answers(monkeypatch, place, **wrong)
    if works:
        main(place)
        assert mine(place) == kept
    else:
        pip.error = InstallError("no")
        with pytest.raises(InstallError, match="no"):
            main(place)
        assert mine(place) == ("half made" not in said), "nothing is deleted for something that does not work"
    out = capsys.readouterr().out
    assert said in out
    assert ("Making .venv" in out) == (not kept)
    assert (place.root / "given").exists() == (not kept or wrong == {"pip": False, "course": None})
    assert beside(place) == {".venv.lock"}


OTHER_PLACE = '{"inputs": "old", "place": "elsewhere", "extras": []}'


def test_two_at_once_install_once(place, pip, monkeypatch, capsys):
    begun, go = threading.Event(), threading.Event()

    def install_slowly(self, what, *arguments):
        self.calls.append(arguments)
        begun.set()
        assert go.wait(60)

    monkeypatch.setattr(pip, "install", install_slowly)
    first = threading.Thread(target=main, args=(place,))
    second = threading.Thread(target=main, args=(place,))
    first.start()
    assert begun.wait(60)
    second.start()
    said = ""
    while "Another installation is running here: waiting for its end" not in said:
        said += capsys.readouterr().out
        time.sleep(0.01)
    go.set()
    first.join(60)
    second.join(60)
    assert len(pip.calls) == 1
    assert (said + capsys.readouterr().out).count("Ready") == 1


def test_a_file_of_that_name(place, monkeypatch):
    shutil.rmtree(place.folder)
    place.folder.touch()
    with pytest.raises(InstallError, match=r"There is a file \.venv where"):
        main(place)
    assert place.folder.is_file()


def test_a_broken_pyproject_is_said_before_anything_is_changed(place, pip, monkeypatch):
    answers(monkeypatch, place, error="pyproject.toml is not what it was")
    with pytest.raises(InstallError, match="is not what it was"):
        main(place)
    assert not pip.calls
    assert mine(place)


def test_a_venv_of_another_python(place, monkeypatch):
    answers(monkeypatch, place, version=[3, 9])
    with pytest.raises(InstallError, match=r"holds Python 3\.9, and the course needs .*: remove the folder"):
        main(place)
    assert mine(place)


def test_a_python_that_make_is_given_and_venv_does_not_have_is_named(place, monkeypatch, capsys):
    main(place)
    (place.folder / "pyvenv.cfg").write_text("version = 3.10.2\n")
    capsys.readouterr()
    main(place)
    assert capsys.readouterr().out == ""
    monkeypatch.setenv("PYTHON", sys.executable)
    main(place)
    assert "holds Python 3.10 and goes on with it; for Python 3." in capsys.readouterr().out


@pytest.mark.parametrize("version", [(3, 10), (3, 14), (2, 7)])
def test_another_python(version):
    with pytest.raises(InstallError, match=r"needs Python 3\.11, 3\.12 or 3\.13, and this is Python"):
        install.check_python(version)


def test_a_python_without_venv(monkeypatch):
    monkeypatch.setattr(install.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else name)
    with pytest.raises(InstallError, match=r"sudo apt install python3\.12-venv"):
        install.check_python((3, 12))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied", "/x/.venv.lock"),
            "ask them to run `make install`; else copy",
        ),
        (OSError(errno.EROFS, "Read-only file system", "/x/.venv.lock"), "ask them to run `make install`; else copy"),
        (OSError(errno.EIO, "Input/output error", "/x"), "stopped at /x (Input/output error): mend that"),
        (OSError(errno.ENOSPC, "No space left on device"), DISK_FULL),
        (KeyboardInterrupt(), "Interrupted: run this again"),
    ],
)
def test_a_fault_of_the_machine_is_one_sentence(monkeypatch, error, said):
    def fail(_):
        raise error

    monkeypatch.setattr(install, "main", fail)
    monkeypatch.setattr(install.signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as end:
        install.run([])
    assert said in end.value.code
    assert len(end.value.code.strip().splitlines()) == 1
