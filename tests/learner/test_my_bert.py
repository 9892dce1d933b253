"""What `my_bert` hands out: the learner's own function where it passed and still passes, else the reference's."""

import inspect
from types import SimpleNamespace

import pytest

from course_utils import my_bert, reference
from course_utils.learner import keeping, store

from .cells import cell


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path))
    monkeypatch.setattr(store, "_session", {})
    monkeypatch.setattr(keeping, "rebuilt", [])
    monkeypatch.setattr(my_bert, "rebuilt", keeping.rebuilt)
    monkeypatch.setattr(my_bert, "_checked", {})
    keeping.lent.clear()


@pytest.fixture
def course(monkeypatch):
    """Two exercises, the second built on the first, with checks that call them."""

    def double(x):
        return 2 * x

    def quadruple(x):
        return double(double(x))

    class Check:
        def __init__(self, reference, right):
            self.name, self.reference, self.right, self.calls = reference.__name__, reference, right, 0
            self.command = f"check_{self.name}"

        def judge(self, answer) -> SimpleNamespace:
            self.calls += 1
            try:
                return SimpleNamespace(passed=answer(3) == self.right)
            except Exception:
                return SimpleNamespace(passed=False)

    found = {"double": Check(double, 6), "quadruple": Check(quadruple, 12)}
    monkeypatch.setattr(my_bert, "find", found.get)
    monkeypatch.setattr(reference, "exercises", lambda topic: list(found) if topic == "tokenization" else [])
    return found


def test_what_is_not_passed_is_the_references(course, capsys):
    from course_utils.my_bert import double

    assert double is course["double"].reference
    assert capsys.readouterr().out == "double: the reference's, you have not passed check_double yet\n"


def test_what_passed_is_yours_and_checked_again(course, capsys):
    store.record("double", cell("TWO = 2\ndef mine(x): return TWO * x")["mine"])
    double = my_bert.double
    assert double(5) == 10
    assert double is not course["double"].reference
    assert course["double"].calls == 1
    assert my_bert.double is double  # the second import of a session checks nothing again
    assert course["double"].calls == 1
    assert capsys.readouterr().out == "double: yours\n" * 2


def test_what_no_longer_passes_is_the_references(course, capsys):
    store.record("double", "__answer__ = lambda x: 3 * x")
    assert my_bert.double is course["double"].reference
    assert capsys.readouterr().out == "double: the reference's, your kept version no longer passes check_double\n"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("not python either", "SyntaxError: "),
        ("__answer__ = 1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit", "SystemExit: "),
        ("pass", "KeyError: '__answer__'"),
    ],
)
def test_what_no_longer_runs_is_the_references(course, capsys, source, reason):
    store.record("double", source)
    assert my_bert.double is course["double"].reference
    said = capsys.readouterr().out
    assert said.startswith(f"double: the reference's, your kept version does not run here ({reason}")


def test_what_could_not_be_kept_is_the_references(course, capsys):
    store.record("double", (number for number in range(3)).send)
    capsys.readouterr()
    assert my_bert.double is course["double"].reference
    assert capsys.readouterr().out == "double: the reference's, yours passed, but could not be kept\n"


def test_an_exercise_built_on_another_gets_the_one_that_now_passes(course, capsys):
    store.record("double", cell("def double(x): return x + x")["double"])
    notebook = cell("""
        from course_utils.my_bert import double
        def quadruple(x): return double(double(x))
        """)
    store.record("quadruple", notebook["quadruple"])
    source = store.source_of("quadruple")
    assert source.startswith("from course_utils.my_bert import double\n")
    capsys.readouterr()
    assert my_bert.quadruple(3) == 12
    assert capsys.readouterr().out == "quadruple: yours\n"
    store.record("double", "__answer__ = None")
    assert my_bert.quadruple(3) == 12
    my_bert._checked.clear()
    assert my_bert.quadruple(3) == 12
    assert capsys.readouterr().out == "quadruple: yours\nquadruple: yours, with the reference's double\n"


def test_what_was_lent_is_not_recorded_and_may_become_yours(course, capsys):
    notebook = cell("""
        from course_utils.my_bert import double
        def quadruple(x): return double(double(x))
        """)
    store.record("double", notebook["double"])
    assert store.passed() == {}
    assert "This double is the reference's own, so it is not recorded as yours" in capsys.readouterr().out
    store.record("quadruple", notebook["quadruple"])
    assert my_bert.quadruple(3) == 12
    store.record("double", cell("def double(x): return x + x")["double"])
    assert my_bert.quadruple(3) == 12
    assert capsys.readouterr().out == "quadruple: yours, with the reference's double\nquadruple: yours\n"


def test_an_answer_taken_from_my_bert_stays_what_it_is(course):
    store.record("double", cell("def double(x): return x + x")["double"])
    before = store.source_of("double")
    notebook = cell("from course_utils.my_bert import double")
    store.record("double", notebook["double"])
    my_bert._checked.clear()
    assert my_bert.double(4) == 8
    assert store.source_of("double") == before


def test_two_exercises_that_use_each_other_end_at_the_reference(course, capsys):
    store.record("double", "from course_utils.my_bert import quadruple\n__answer__ = lambda x: quadruple(x) // 2")
    store.record("quadruple", "from course_utils.my_bert import double\n__answer__ = lambda x: 2 * double(x)")
    assert my_bert.double(3) == 6
    assert my_bert.quadruple(3) == 12
    assert "yours" in capsys.readouterr().out


def test_other_names_are_no_exercises(course):
    assert not hasattr(my_bert, "treble")
    assert not hasattr(my_bert, "__path__")
    with pytest.raises(ImportError, match="treble"):
        from course_utils.my_bert import treble  # noqa: F401
    assert dir(my_bert) == ["double", "quadruple"]


def test_a_function_passes_in_one_notebook_and_is_imported_in_another(tmp_path):
    """Two real kernels, one after the other, with the real check of `wordpiece`."""
    import nbformat
    from nbclient import NotebookClient

    from course_utils.reference import tokenization

    def run(*cells: str) -> str:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        NotebookClient(notebook, timeout=240, kernel_name="python3").execute()
        outputs = [output for each in notebook.cells for output in each.outputs]
        return "".join(output.get("text") or output["data"]["text/plain"] for output in outputs)

    body = inspect.getsource(tokenization.wordpiece).replace('"##"', "MARK").replace("'##'", "MARK")
    assert "MARK" in body
    first = run(
        'from course_utils import check_wordpiece\nMARK = "##"',
        body,
        "result = check_wordpiece(wordpiece); print(result.passed)",
    )
    assert first == "True\n"
    second = run(
        "from course_utils.my_bert import wordpiece",
        'wordpiece("unaffable", {"una": 0, "##ffa": 1, "##ble": 2})',
        "wordpiece.__globals__['MARK'], wordpiece.__module__",
    )
    assert second == "wordpiece: yours\n['una', '##ffa', '##ble']('##', 'my_bert_wordpiece')"
