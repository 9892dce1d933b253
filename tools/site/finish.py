"""What the theme leaves out for readers who hear a page: names for its parts, and headings that are headings."""

from pathlib import Path

_MENDED = {
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="On this page">',
    '<aside class="toc-drawer no-toc">': '<aside class="toc-drawer no-toc" aria-label="On this page">',
    '<p class="caption" role="heading">': '<p class="caption">',  # a heading without a level
    '<th class="head"><p></p></th>': "<td></td>",  # a corner of a table is no heading
    '<div id="search-results"></div>': '<h1>Search</h1>\n<div id="search-results"></div>',
}


def finish(folder: Path) -> None:
    """Mends every page of the site, and lets GitHub Pages keep the folders that begin with an underscore."""
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for theirs, ours in _MENDED.items():
            text = text.replace(theirs, ours)
        page.write_text(text, encoding="utf-8")
    (folder / ".nojekyll").touch()
