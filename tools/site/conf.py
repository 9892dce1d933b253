"""What Sphinx is told. This file is copied beside the pages, and so are `static` and `extra`."""

from pathlib import Path

_STATIC = Path(__file__).parent / "static"

project = html_title = "Inside BERT"
language = "en"
extensions = ["myst_parser", "tools.site.mathml"]
exclude_patterns = ["extra", "static"]

# Only what the notebooks use: everywhere else a dollar or a quotation mark is shown as it is written.
myst_enable_extensions = ["dollarmath"]
myst_dmath_allow_digits = False
myst_heading_anchors = 4
smartquotes = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

html_theme = "furo"
html_math_renderer = "mathml"
html_static_path = ["static"]
html_extra_path = ["extra"]
html_css_files = sorted(path.name for path in _STATIC.glob("*.css"))
html_js_files = sorted(path.name for path in _STATIC.glob("*.js"))
html_copy_source = html_show_sourcelink = html_show_copyright = False
html_use_index = html_domain_indices = False


def leave_out_solutions(app) -> list:
    """Takes the solutions out of the search before it is written; nobody shall find them by accident."""
    app.builder.indexer.prune({name for name in app.env.all_docs if not name.startswith("solutions/")})
    return []


def setup(app) -> None:
    """Called by Sphinx."""
    app.connect("html-collect-pages", leave_out_solutions)
