"""The frame of every page: one file, no script, nothing loaded; and how untrusted text gets into it."""

import hashlib
import re
from collections.abc import Iterable
from html import escape

# Nothing may be loaded, sent or run: even if a learner's text got through unescaped, it could do nothing.
CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

# What XML forbids, control characters, and those that turn the direction of text, with which code can look like other code.
_UNFIT = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u061b\u061d-\u200d\u2010-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)

STYLE = """
:root { color-scheme: light dark; --ink: #1f2430; --muted: #565d6d; --paper: #fbfaf6; --card: #ffffff; --line: #dad6ca;
  --link: #005a8d; --passed: #00875f; --part: #2f7fb8; --failed: #c25400; --error: #8f3a76; --soft: #f1eee5 }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e7e0; --muted: #b3b9c5; --paper: #14171d; --card: #1c2029;
  --line: #3a404c; --link: #7cc4f2; --passed: #2fb98c; --part: #62b0e8; --failed: #f0873d; --error: #d68abf; --soft: #252a34 } }
* { box-sizing: border-box }
html { scroll-padding-top: 1rem }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif;
  overflow-wrap: break-word }
main, header.top, footer.end { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem }
header.top { padding-top: 2.2rem } main { padding-bottom: 2rem } footer.end { padding-bottom: 2.5rem; color: var(--muted); font-size: 0.9rem }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 0.4rem; letter-spacing: -0.01em }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 2.4rem 0 0.6rem } h3 { font-size: 1.05rem; margin: 1.4rem 0 0.4rem }
p { margin: 0.4rem 0; max-width: 46rem } a { color: var(--link) } .muted { color: var(--muted) } .small { font-size: 0.9rem }
code, pre { font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.92em }
pre.code { background: var(--soft); border: 1px solid var(--line); border-radius: 8px; padding: 0.7rem 0.9rem; margin: 0.5rem 0;
  font-size: 0.84rem; line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere }
.sheet { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.2rem }
table { border-collapse: collapse } caption { text-align: left; color: var(--muted); font-size: 0.9rem; padding-bottom: 0.3rem }
.list { width: 100%; font-size: 0.95rem } .list th, .list td { text-align: left; padding: 0.35rem 0.7rem 0.35rem 0; vertical-align: top }
.list th { font-weight: 600 } .list thead th { color: var(--muted); font-size: 0.85rem; vertical-align: bottom }
.list tr > * { border-bottom: 1px solid var(--line) } .list .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.wide { overflow-x: auto } summary { cursor: pointer } :focus-visible { outline: 3px solid var(--part); outline-offset: 2px }
.skip { position: absolute; left: -99rem } .skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: 0.4rem 0.8rem }
@media (max-width: 40rem) { h1 { font-size: 1.5rem } main, header.top, footer.end { padding-left: 0.9rem; padding-right: 0.9rem } .sheet { padding: 0.8rem } .list { font-size: 0.88rem } .list thead .n { white-space: normal } }
@media print { :root { color-scheme: light; --ink: #000; --muted: #444; --paper: #fff; --card: #fff; --line: #bbb; --link: #000; --soft: #f4f4f4;
  --passed: #00875f; --part: #2f7fb8; --failed: #c25400; --error: #8f3a76 }
  body { font-size: 10.5pt } * { print-color-adjust: exact; -webkit-print-color-adjust: exact } .skip, nav { display: none }
  main, header.top, footer.end { max-width: none; padding-left: 0; padding-right: 0 }
  h2, h3, caption, h2 + p { break-after: avoid } tr, .whole, pre.code { break-inside: avoid } thead { display: table-header-group } .wide { overflow: visible } }
"""


def page(title: str, top: str, body: str, style: str = "", end: str = "") -> str:
    """A whole page. title is text; top (below the heading), body and end (the footer) are HTML."""
    named = escape(clean(title, 200))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{CSP}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{named}</title>\n<style>{STYLE}{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">To the content</a>\n'
        f'<header class="top">\n<h1>{named}</h1>\n{top}\n</header>\n<main id="main">\n{body}\n</main>\n'
        f'<footer class="end">{end}</footer>\n</body>\n</html>\n'
    )


def clean(text: object, limit: int = 2000) -> str:
    """Text that fits into a page and a UTF-8 file, at most `limit` characters of it. It is not escaped yet."""
    words = str(text)
    cut = words[:limit] + "…" if len(words) > limit else words
    return _UNFIT.sub("�", cut.replace("\r\n", "\n"))


def named(name: object) -> str:
    """An exercise's name as HTML; a narrow window breaks it after an underscore."""
    return f"<code>{escape(clean(name, 80)).replace('_', '_<wbr>')}</code>"


def prose(text: object, limit: int = 2000) -> str:
    """A sentence as HTML, with `code` between backticks."""
    parts = clean(text, limit).split("`")
    return "".join(f"<code>{escape(part)}</code>" if i % 2 else escape(part) for i, part in enumerate(parts))


def counted(number: int, one: str, many: str = "") -> str:
    """`1 learner`, `12,000 learners`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent(share: float) -> str:
    """`37 %`; what is not all is never 100, and what is not nothing never 0."""
    whole = round(100 * share)
    return f"{max(1, min(99, whole)) if 0 < share < 1 else whole} %"


def points(number: float) -> str:
    """Points as a person writes them: `7`, `7.5`."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def folders(students: Iterable[str]) -> dict[str, str]:
    """A folder's name for every student: the id itself where it can be one, else what is left of it and a hash."""
    names, taken = {}, set()
    for student in sorted(set(students)):
        name = re.sub(r"[^\w.@+-]", "_", student).strip(".")[:80]
        if (
            not name
            or name != student
            or name.casefold() in taken
            or re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name)
        ):
            name = f"{name}-{hashlib.sha256(student.encode('utf-8', 'replace')).hexdigest()[:8]}"
        taken.add(name.casefold())
        names[student] = name
    return names
