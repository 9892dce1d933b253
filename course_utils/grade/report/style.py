"""The look of the class page and of the list of similar answers, on top of `page.STYLE`."""

CLASS_STYLE = """
.lead { font-size: 1.1rem } .toc { list-style: none; display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; padding: 0; margin: 0.6rem 0 0; font-size: 0.95rem }
ol.monday { list-style: none; counter-reset: thing; padding: 0; margin: 0.8rem 0; display: grid; gap: 1rem }
ol.monday > li { counter-increment: thing; border-left: 6px solid var(--failed); min-width: 0 }
ol.monday h3 { margin: 0 0 0.3rem; font-size: 1.15rem; line-height: 1.35 } ol.monday h3::before { content: counter(thing) ". "; color: var(--failed) }
.cost { display: flex; flex-wrap: wrap; align-items: center; gap: 0.2rem 0.8rem; margin: 0.5rem 0 } .big { font-size: 1.15rem; font-weight: 700 }
.meter { display: inline-block; width: 9rem; height: 10px; border: 1px solid var(--failed); border-radius: 6px; overflow: hidden }
.meter > span { display: block; height: 100%; background: var(--failed) }
figure { margin: 0.6rem 0 0 } figcaption { margin-bottom: -0.2rem }
.map { overflow-x: auto; margin: 0.8rem 0 1rem } .map svg { display: block; min-width: 780px; max-width: 100%; height: auto }
@media (prefers-color-scheme: dark) { .map svg { filter: invert(0.92) hue-rotate(180deg) } }
.exercises { min-width: 44rem } .exercises .went { min-width: 11rem } .exercises tbody th code { font-weight: 600 } th .small, h3 .small { font-weight: 400 }
.stack { display: flex; height: 12px; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; margin-top: 0.35rem; gap: 1px }
.stack .passed, .swatch.passed { background: var(--passed) } .stack .part, .swatch.part { background: var(--part) }
.stack .failed, .swatch.failed { background: var(--failed) }
.stack .error, .swatch.error { background: repeating-linear-gradient(45deg, var(--error) 0 4px, var(--card) 4px 6px) }
.stack .not_attempted, .swatch.not_attempted { background: var(--card) }
.key { white-space: nowrap; margin-right: 0.8rem } .swatch { display: inline-block; width: 0.9em; height: 0.7em; border: 1px solid var(--muted); border-radius: 3px; margin-right: 0.35em }
.histogram { width: 100%; table-layout: fixed; max-width: 44rem } .histogram td { vertical-align: bottom; text-align: center; padding: 0 3px; height: 8rem; font-size: 0.9rem }
.histogram thead { display: table-footer-group } .histogram th { font-weight: 400; font-size: 0.78rem; color: var(--muted); border-top: 1px solid var(--muted); padding-top: 2px }
.histogram .column { display: block; background: var(--part); border-radius: 4px 4px 0 0; margin-top: 2px }
.finding { border-top: 1px solid var(--line) } .finding summary { display: flex; gap: 0.8rem; padding: 0.5rem 0; list-style: none; align-items: baseline }
.finding summary::-webkit-details-marker { display: none } .finding summary::after { content: "+"; margin-left: auto; color: var(--muted); font-weight: 700 }
.finding[open] summary::after { content: "–" } .finding b { font-weight: 600 } .finding .inside { padding: 0 0 0.8rem 3.3rem } .finding .inside p:empty { display: none }
.count { flex: none; min-width: 2.5rem; text-align: right; font-weight: 700; font-variant-numeric: tabular-nums }
@media (max-width: 40rem) { .finding .inside { padding-left: 0 } .histogram th { font-size: 0.62rem } .count { min-width: 1.6rem } .histogram td, .histogram th { padding-left: 1px; padding-right: 1px } }
@media print { .map, .finding .inside p { break-inside: avoid } .finding figure { display: none } .map svg { min-width: 0; max-height: 19cm; margin: 0 auto; filter: none } .exercises { min-width: 0; font-size: 9pt }
  .finding summary::after { content: "" } .finding { break-inside: avoid } details.finding::details-content { content-visibility: visible; block-size: auto } }
"""

SIMILAR_STYLE = """
main, header.top, footer.end { max-width: 76rem } .lead { font-size: 1.05rem; border-left: 5px solid var(--part); padding-left: 0.8rem }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem } .two figure { margin: 0; min-width: 0 } figcaption { font-weight: 600; font-size: 0.9rem }
.pair { border-top: 1px solid var(--line); margin-top: 1rem; break-inside: avoid } .pair h3 { margin-top: 0.8rem } .pair h3 .small { font-weight: 400 }
@media (max-width: 48rem) { .two { grid-template-columns: 1fr } }
"""
