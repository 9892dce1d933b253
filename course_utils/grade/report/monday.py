"""What is worth teaching on Monday: the few things that cost the most learners something."""

from .finding import code_of, share, title, where
from .masking import Pseudonyms
from .page import counted
from .tally import Finding, Tally

_THINGS = 3


def chosen(counts: Tally) -> list[Finding]:
    """The findings to teach: mistakes with a name first, and of one exercise only its largest as long as there are others.

    In a class of several, what only one learner did is for a talk with that one.
    """
    enough = 2 if len(counts.learners) > 2 else 1
    common = [each for each in counts.findings + counts.unnamed if len(each.learners) >= enough]
    seen, first, later = set(), [], []
    for each in common:
        (later if each.exercise in seen else first).append(each)
        seen.add(each.exercise)
    named = [each for each in first if each.named] + [each for each in later if each.named]
    return [*named, *(each for each in first + later if not each.named)][:_THINGS]


def teach(counts: Tally, who: Pseudonyms) -> str:
    """The first section of the page."""
    things = chosen(counts)
    if not things:
        says = (
            "Nothing is handed in yet."
            if not counts.learners
            else "No mistake is shared by several learners: teach what comes next."
        )
        body = f"<p>{says}</p>"
    else:
        body = f'<ol class="monday">{"".join(_thing(each, counts, who) for each in things)}</ol>'
    return f'<section aria-labelledby="monday"><h2 id="monday">Teach this on Monday</h2>{body}</section>'


def _thing(finding: Finding, counts: Tally, who: Pseudonyms) -> str:
    head, rest = title(finding)
    learners = len(finding.learners)
    width = 100 * learners / finding.tried
    return (
        f'<li class="sheet whole"><h3>{head}</h3><p>{rest}</p>'
        f'<div class="cost"><span class="big">{counted(learners, "learner")}</span>'
        f'<span class="meter" aria-hidden="true"><span style="width:{width:.0f}%"></span></span><span>{share(finding)}</span></div>'
        f'<p class="small">{where(finding)}</p>{code_of(finding, counts, who)}</li>'
    )
