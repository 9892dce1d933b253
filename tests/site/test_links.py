"""The files of the built site: every link leads somewhere, nothing comes from outside, no page is heavy."""

import json
import re
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path

import pytest

from course_utils.lessons import CLOSING, LESSONS

MEGABYTE = 10**6
LOADING = {
    "img": "src",
    "script": "src",
    "source": "src",
    "iframe": "src",
    "audio": "src",
    "video": "src",
    "embed": "src",
}
STYLES = {"stylesheet", "icon", "shortcut", "preload", "modulepreload"}


class Page(HTMLParser):
    """What an HTML file links to, what it loads at once, and which places in it can be linked to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.links, self.loads, self.places, self.navigation = path, [], [], set(), []
        self._depth = 0  # how deep in the sidebars
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.places |= {values[name] for name in ("id", "name") if values.get(name)}
        if tag == "aside":
            self._depth += 1
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
            if self._depth:
                self.navigation.append(values["href"])
        if tag == "link" and STYLES & set(values.get("rel", "").split()):
            self.loads.append(values["href"])
        if values.get(LOADING.get(tag, "")):
            self.loads.append(values[LOADING[tag]])
        self.loads += re.findall(r"url\(['\"]?([^'\")]+)", values.get("style", ""))
        self.loads += [part.split()[0] for part in values.get("srcset", "").split(",") if part.strip()]

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "aside"


@pytest.fixture(scope="module")
def pages(site) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(site.rglob("*.html")) if "_static" not in path.parts}


def file_of(page: Page, link: str) -> Path:
    """The file that a relative link leads to; the page itself for `#place`."""
    path = urllib.parse.unquote(urllib.parse.urlsplit(link).path)
    return (page.path.parent / path).resolve() if path else page.path.resolve()


def is_outside(link: str) -> bool:
    return bool(urllib.parse.urlsplit(link).scheme or link.startswith("//"))


def test_every_lesson_has_its_pages(site):
    for folder, lessons in {"lessons": [*LESSONS, CLOSING], "exercises": LESSONS, "mistakes": LESSONS}.items():
        for lesson in lessons:
            assert (site / folder / f"{lesson.stem}.html").exists(), f"{folder}/{lesson.stem}"


def test_no_link_is_broken(pages):
    by_file = {path.resolve(): page for path, page in pages.items()}
    broken = []
    for page in pages.values():
        for link in page.links:
            place = urllib.parse.unquote(urllib.parse.urlsplit(link).fragment)
            target = file_of(page, link)
            if is_outside(link):
                continue
            if not target.is_file() or (place and target in by_file and place not in by_file[target].places):
                broken.append(f"{page.path.name}: {link}")
    assert not broken


def test_links_to_the_outside_are_https(pages):
    outside = {link for page in pages.values() for link in page.links if is_outside(link)}
    assert outside
    assert {link for link in outside if not link.startswith(("https://", "data:", "mailto:"))} == set()
    hosts = {urllib.parse.urlsplit(link).hostname or "" for link in outside}
    assert not [host for host in hosts if host.startswith(("localhost", "127.", "10.", "192.168."))]


def test_all_that_a_page_loads_is_in_the_site(pages, site):
    for page in pages.values():
        for link in page.loads:
            if not link.startswith("data:"):
                assert not is_outside(link), f"{page.path.name} loads {link}"
                assert file_of(page, link).is_file(), f"{page.path.name} loads {link}, which is not there"
    for style in site.rglob("*.css"):
        for link in re.findall(r"url\(['\"]?([^'\")]+)", style.read_text(encoding="utf-8")):
            assert link.startswith(("data:", "#")) or (style.parent / link.split("?")[0].split("#")[0]).exists(), (
                style,
                link,
            )
        assert "@import" not in style.read_text(encoding="utf-8")


def test_no_page_weighs_3_megabytes(pages):
    """A page with all that it loads at first."""
    weights = {}
    for page in pages.values():
        files = {file_of(page, link) for link in page.loads if not link.startswith("data:")}
        weights[page.path.name] = sum(file.stat().st_size for file in {page.path.resolve(), *files})
    assert {name: weight for name, weight in weights.items() if weight > 3 * MEGABYTE} == {}


def search_index(site: Path) -> dict:
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("Search.setIndex(").rstrip().removesuffix(")"))


def test_solutions_are_found_neither_by_search_nor_in_the_navigation(pages, site):
    index = search_index(site)
    solutions = {number for number, name in enumerate(index["docnames"]) if "solutions/" in name}
    for words in (index["terms"], index["titleterms"]):
        assert "softmax" in words
        found = {number for each in words.values() for number in ([each] if isinstance(each, int) else each)}
        assert not found & solutions
    assert not {number for places in index["alltitles"].values() for number, _place in places} & solutions
    for page in pages.values():
        assert not [link for link in page.navigation if "solution" in link], page.path.name
        if "exercises" not in page.path.parts and "solutions" not in page.path.parts:
            assert not [link for link in page.links if re.search(r"solutions/\d", link) and not is_outside(link)], (
                page.path
            )


def test_each_page_has_a_title_of_its_own(pages):
    titles = [re.search("<title>(.*?)</title>", path.read_text(encoding="utf-8"), re.DOTALL)[1] for path in pages]
    assert len(set(titles)) == len(titles)
