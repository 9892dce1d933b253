"""A cell's text to statements: magics are taken out, and what cannot be parsed is blanked, block by block.

Lines stay where they are, so that a traceback names the line which the learner sees.
"""

import ast
import functools
import re
import textwrap
import warnings
from dataclasses import dataclass

from .names import Step

# Cell magics that run the rest of their cell as Python; under any other the cell is something else.
RUN_AS_PYTHON = ("%%time", "%%timeit", "%%capture", "%%prun")
_GOES_ON = re.compile(r"[)\]}#\s]|(else|elif|except|finally)\b|$")
_OPEN = re.compile("was never closed|unterminated triple-quoted|unexpected EOF")
_JOINED = 100  # blocks that are tried together, where a string or a bracket may span them
_TRIED = 500_000  # characters that are parsed for that in one cell, about
_READ_AGAIN = 200_000  # characters that are read for the magics of one block: each is looked for from the start


@dataclass(frozen=True)
class Broken:
    """A block that cannot be parsed. line: its first, counted from 0."""

    text: str
    line: int
    error: str


@dataclass(frozen=True)
class Parsed:
    """A cell: what can be parsed of it, with its lines in place, and what cannot. foreign: a cell magic's name, if dropped."""

    source: str
    steps: tuple[Step, ...] = ()
    broken: tuple[Broken, ...] = ()
    foreign: str = ""


def parsed(text: str) -> Parsed:
    """The statements of a code cell."""
    return _remembered(text) if len(text) < 20_000 else _parsed(text)


def quietly(function):
    """Without the warnings that a learner's code gives when it is parsed, such as of an invalid escape."""

    @functools.wraps(function)
    def wrapped(*args):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return function(*args)

    return wrapped


@quietly
def _parsed(text: str) -> Parsed:
    first = text.lstrip().partition("\n")[0]
    magic = re.match(r"%%\w[\w.]*", first)
    if magic and magic[0] not in RUN_AS_PYTHON:
        return Parsed("", foreign=magic[0])
    if magic:
        text = text.replace(first, "", 1)
    tree = _tree(text)
    if isinstance(tree, ast.Module):
        return Parsed(text, _steps(tree))
    return _salvaged(_without_prompts(textwrap.dedent(text)))


_remembered = functools.lru_cache(1024)(_parsed)  # a class shares most cells


def _steps(tree: ast.Module) -> tuple[Step, ...]:
    return tuple(Step(number, node) for number, node in enumerate(tree.body))


def _tree(text: str) -> ast.Module | SyntaxError:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        return error
    except (RecursionError, MemoryError):
        return SyntaxError("the code is nested too deeply to be read")
    except ValueError:  # Python 3.11's word
        return SyntaxError("the cell holds a NUL character, which no Python code may")


def _without_prompts(text: str) -> str:
    """Without the `>>> ` or `In [3]: ` of code that was copied from a terminal."""
    if not re.search(r"^[ \t]*(>>>|In \[\d*\]:)", text, re.M):
        return text
    from IPython.core.inputtransformer2 import classic_prompt, ipython_prompt

    return "".join(ipython_prompt(classic_prompt(_lines(text))))


def _lines(text: str) -> list[str]:
    """The lines with their ends; unlike `splitlines`, a form feed ends none."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _salvaged(text: str) -> Parsed:
    """What can be parsed of a cell that cannot be parsed whole."""
    blocks, kept, broken = _blocks(text), [], []
    at, line, left = 0, 0, _TRIED
    while at < len(blocks):
        good, taken, error, left = _first_good(blocks[at : at + _JOINED], left)
        if good is None:
            taken, good = 1, "\n" * blocks[at].count("\n")
            broken.append(Broken(blocks[at], line, _in_words(error, blocks[at], line)))
        kept.append(good)
        line += good.count("\n")
        at += taken
    source = "".join(kept)
    tree = _tree(source)
    if not isinstance(tree, ast.Module):  # each block by itself could be
        return Parsed("", broken=(Broken(text, 0, _in_words(tree, text, 0)),))
    return Parsed(source, _steps(tree), tuple(broken))


def _first_good(blocks: list[str], left: int) -> tuple[str | None, int, SyntaxError | None, int]:
    """The first block as Python, with as many more as its strings and brackets go on in; or None and what is wrong.

    With it how many blocks it took, and how many characters may still be tried, of the `left` ones.
    """
    first_error, together = None, ""
    for taken, block in enumerate(blocks, 1):
        together += block
        left -= len(together)
        tree = _tree(together)
        if isinstance(tree, ast.Module):
            return together, taken, None, left
        first_error = first_error or tree
        is_open = _OPEN.search(tree.msg)
        if taken == 1 or not is_open:
            plain = _without_magics(together)
            if plain != together and isinstance(_tree(plain), ast.Module):
                return plain, taken, None, left
        if not is_open or left < 0:
            break
    return None, taken, first_error, left


def _blocks(text: str) -> list[str]:
    """The text cut at the lines in column 0 that begin a statement; a decorator belongs to what follows."""
    blocks, decorated = [[]], False
    for line in _lines(text):
        if not _GOES_ON.match(line):
            if not decorated and blocks[-1]:
                blocks.append([])
            decorated = line.startswith("@")
        blocks[-1].append(line)
    return ["".join(lines) for lines in blocks]


def _without_magics(block: str) -> str:
    """Magics, shell commands and questions become `pass`; what `%time` times stays."""
    if not re.search(r"[%!?]|^[ \t]*[,;/]", block, re.M):
        return block
    manager = _manager()
    lines = _lines(re.sub(r"^([ \t]*)%time[ \t]+(?!-)", r"\1", block, flags=re.M))
    for _ in range(1 + _READ_AGAIN // len(block)):
        try:
            changed, new = manager.do_one_token_transform(lines)
        except Exception:  # it reads tokens of what may be no code at all
            return block
        if not changed:
            break
        at = next((i for i, pair in enumerate(zip(lines, new, strict=False)) if pair[0] != pair[1]), 0)
        indent, command = re.match(r"([ \t]*)(.*)", new[at]).groups()
        if command.startswith("get_ipython()."):
            new[at] = f"{indent}pass\n"
        lines = new[: at + 1] + ["\n"] * (len(lines) - len(new)) + new[at + 1 :]  # a command may span lines
    return "".join(lines)


@functools.cache
def _manager():
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager()


def _in_words(error: SyntaxError, block: str, line: int) -> str:
    within = min(max(error.lineno or 1, 1), block.count("\n") + 1)
    return words_for(type(error).__name__, error.msg, line + within, block.split("\n")[within - 1])


def words_for(kind: str, message: str, line: int, text: str) -> str:
    """What is wrong and where: "SyntaxError: '(' was never closed (line 3 of its cell): `return torch.exp(x`"."""
    shown = text.strip().replace("`", "'")
    if len(shown) > 80:
        shown = shown[:79] + "…"
    says = f"{kind}: {message} (line {line} of its cell)"
    return f"{says}: `{shown}`" if shown else says
