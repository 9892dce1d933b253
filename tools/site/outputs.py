"""The stored outputs of a notebook as HTML: words, pictures with their captions, tables, questions."""

import base64
import html
import re
import struct

_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)  # made for JupyterLab's page
_CAPTION = re.compile(r'<p class="inside-bert-caption"[^>]*>(.*?)</p>', re.DOTALL)
_CHOICE = re.compile(r"<details><summary>(.*?)</summary>\s*<p>(?=(?:<b>)?([✓✗]))", re.DOTALL)
_SIZE = re.compile(r'<svg[^>]* width="([\d.]+)" height="([\d.]+)"')
_TABLE = re.compile(r"<table(.*?)</table>", re.DOTALL)
_KINDS = {"image/svg+xml": "svg", "image/png": "png"}


class Pictures:
    """The pictures of a page, which become files beside it: `files` by their path on the site."""

    def __init__(self, name: str):
        self.name = name
        self.files: dict[str, bytes] = {}

    def add(self, data: bytes, ending: str) -> str:
        """Keeps a picture; returns its path on the site."""
        path = f"pictures/{self.name}_{len(self.files) + 1}.{ending}"
        self.files[path] = data
        return path


def as_html(outputs: list[dict], pictures: Pictures) -> str:
    """All outputs of a cell; "" if it has none that can be shown."""
    pieces, left = [], list(outputs)
    while left:
        output = left.pop(0)
        data = output.get("data", {})
        kind = next((kind for kind in _KINDS if kind in data), None)
        if output["output_type"] == "stream":
            pieces.append(f'<pre class="words">{html.escape(joined(output["text"]).rstrip())}</pre>')
        elif output["output_type"] == "error":
            raise ValueError(f"a stored output is an error, {output['ename']}: a committed notebook has none")
        elif kind:
            caption = _CAPTION.search(joined(left[0].get("data", {}).get("text/html", ""))) if left else None
            if caption:
                left.pop(0)
            pieces.append(_picture(output, kind, caption[1] if caption else "", pictures))
        elif "text/html" in data:
            pieces.append(_markup(joined(data["text/html"])))
        elif joined(data.get("text/plain", "")):
            pieces.append(f'<pre class="words">{html.escape(joined(data["text/plain"]))}</pre>')
    return "\n".join(piece for piece in pieces if piece)


def joined(text: str | list[str]) -> str:
    """A text of a notebook's file, which may be a list of lines."""
    return text if isinstance(text, str) else "".join(text)


def _picture(output: dict, kind: str, caption: str, pictures: Pictures) -> str:
    """A figure. The caption is the picture's alt text too, so a screen reader is told it once."""
    about, text = output.get("metadata", {}).get(kind, {}), joined(output["data"][kind])
    if kind == "image/png":
        data = base64.b64decode(text)
        width, height = struct.unpack(">2I", data[16:24])
        width, height = about.get("width", width), about.get("height", height)
    else:
        data, (width, height) = text.encode(), _SIZE.search(text).groups()
    alt = about.get("alt") or joined(output["data"].get("text/plain", ""))
    source = f"../{pictures.add(data, _KINDS[kind])}"
    image = f'<img src="{source}" width="{width}" height="{height}" alt="{html.escape(alt)}">'
    below = f'<figcaption aria-hidden="true">{caption}</figcaption>' if caption else ""
    return f'<figure class="picture"><div class="scrolls">{image}</div>{below}</figure>'


def _markup(text: str) -> str:
    """Stored HTML without what is meant for JupyterLab; wide tables get a box to scroll in."""
    text = _TABLE.sub(r'<div class="scrolls"><table\1</table></div>', _STYLE.sub("", text).strip())
    return _CHOICE.sub(_choice, text)


def _choice(found: re.Match) -> str:
    """A choice of a question, which a style sheet marks once it is open."""
    verdict = "right" if found[2] == "✓" else "wrong"
    return f'<details class="choice {verdict}"><summary>{found[1]}</summary>\n<p>'
