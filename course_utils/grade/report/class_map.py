"""The map of the model, coloured by the class, and the same as a table."""

from html import escape

from course_utils.lessons import LESSONS

from .page import percent
from .tally import Tally


def map_of(counts: Tally) -> str:
    """The section with the map."""
    if not counts.learners:
        return ""
    from transformers import BertConfig

    from course_utils.figures.class_map import class_map
    from course_utils.model import find_model

    shares = {topic: right / of if of else None for topic, (right, of) in counts.passing.items()}
    picture = class_map(BertConfig.from_pretrained(find_model()), shares)
    rows = "".join(
        _row(counts, lesson.topic, lesson.label, lesson.stem) for lesson in LESSONS if lesson in counts.lessons
    )
    head = "".join(
        f'<th scope="col"{look}>{words}</th>'
        for words, look in (
            ("lesson", ""),
            ("handed in", ' class="n"'),
            ("answers that pass", ' class="n"'),
            ("all of it right", ' class="n"'),
        )
    )
    return (
        '<section aria-labelledby="map"><h2 id="map">Where in the model</h2>'
        "<p>The redder a part, the fewer of the class’s answers to its lesson pass; what is not tried does not pass.</p>"
        f'<div class="map" tabindex="0" role="region" aria-label="Map of the model">{picture.svg}</div>'
        '<div class="sheet whole"><table class="list"><caption>The same in numbers</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _row(counts: Tally, topic: str, label: str, stem: str) -> str:
    handed, (right, of) = counts.handed.get(topic, 0), counts.passing[topic]
    name = f'<a href="#{stem}">{escape(label)}</a>' if handed else escape(label)
    passing = percent(right / of) if of else "–"
    return (
        f'<tr><th scope="row">{name}</th><td class="n">{handed:,} of {len(counts.records):,}</td>'
        f'<td class="n">{passing}</td><td class="n">{counts.whole.get(topic, 0):,}</td></tr>'
    )
