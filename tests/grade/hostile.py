"""What a learner might write to get a script into a page, and a reader of pages that would see it."""

from html.parser import HTMLParser

NASTY = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "\"><svg onload='alert(3)'>",
    "</style></title><iframe src=javascript:alert(4)>",
    "`</code><a href='javascript:alert(5)'>click</a>`",
    "--><details open ontoggle=alert(6)>",
    "x\x00\x1b[31m\u202egpj.exe\ud800",
)
ALL = " ".join(NASTY)


class Reader(HTMLParser):
    """The elements of a page, what is amiss with them, and the text."""

    VOID = ("meta", "link", "br", "wbr", "hr", "rect", "path", "circle")

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.tags, self.amiss, self.text, self.ids, self.headings, self._open = [], [], "", [], [], []
        self.feed(html)
        self.close()
        self.amiss += [f"{tag} is not closed" for tag in self._open]
        self.amiss += [f"id {each} twice" for each in {each for each in self.ids if self.ids.count(each) > 1}]
        levels = [int(tag[1]) for tag in self.headings]
        self.amiss += [f"h{b} after h{a}" for a, b in zip([0, *levels], levels, strict=False) if b > a + 1]
        self.amiss += [] if levels.count(1) == 1 else ["not one h1"]

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append(tag)
        if tag in ("script", "img", "iframe", "object", "embed", "link", "form", "base", "audio", "video"):
            self.amiss.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or (name in ("href", "src", "action") and not (value or "").startswith("#")):
                self.amiss.append(f"{name}={value}")
            if name == "style" and ("url(" in value or "expression" in value):
                self.amiss.append(f"style={value}")
            if name == "id":
                self.ids.append(value)
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(tag)
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in self.VOID:
            return
        if not self._open or self._open[-1] != tag:
            self.amiss.append(f"</{tag}> closes {self._open[-1:]}")
        else:
            self._open.pop()
            self.text += " " if tag not in ("code", "b", "a") else ""

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] != "style":
            self.text += data
