"""docs/explanation/performance.md: the figures of one or more sessions, as tables and plots.

The page's text is written by people; what stands between two comments is written here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import bars, curves, results, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.results import Results

PUBLISHED: Final = Path(__file__).with_name("results") / "published.json"
_ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = _ROOT / "docs" / "explanation" / "performance.md"
_BEGIN: Final = "<!-- Written by `python -m bench report`: begin -->"
_END: Final = "<!-- Written by `python -m bench report`: end -->"
_FIRST: Final = f"# Performance\n\n{_BEGIN}\n{_END}\n"


def write(several: Sequence[Results], page: Path = PAGE, published: Path = PUBLISHED) -> None:
    """Write tables into *page* and plots beside it; keep what they are made of in *published*.

    Raises:
        BenchError: The sessions do not belong together.
    """
    joined = results.merged(several)
    results.save(joined, published)
    plots = page.with_suffix("")
    plots.mkdir(parents=True, exist_ok=True)
    drawn = {**bars.draw(joined), **curves.draw(joined)}
    for name, picture in drawn.items():
        (plots / f"{name}.svg").write_text(picture.svg, encoding="utf-8")
    pictures = [f"![{each.title}]({plots.name}/{name}.svg)" for name, each in drawn.items()]
    text = page.read_text(encoding="utf-8") if page.exists() else _FIRST
    page.write_text(placed(text, figures(joined, pictures)), encoding="utf-8")


def figures(joined: Results, pictures: Sequence[str]) -> str:
    """Write what the page shows: pictures, the table, the machine and the versions."""
    cases = [case for case in joined.cases if not case.curve]
    scale = "" if joined.scale == 1 else f"Everything is {joined.scale:g} of its usual size. "
    about = (
        f"{scale}Medians of {_rounds(joined)}, with minimum and maximum; ratios are to "
        "reposync in the same round."
    )
    place = ", ".join(f"{name} {value}" for name, value in joined.machine.items())
    versions = ", ".join(f"{name} {version}" for name, version in joined.versions.items())
    told = dict.fromkeys([*joined.notes, *(case.note for case in joined.cases if case.note)])
    notes = [f"{note[0].upper()}{note[1:]}." for note in told]
    parts = [*pictures, about, table.markdown(cases), f"Measured on: {place}.", f"{versions}."]
    return "\n\n".join([*parts, *notes])


def _rounds(joined: Results) -> str:
    """Say of how many rounds the medians are; sessions may have had more or fewer."""
    counts = {len(each.rounds) for case in joined.cases for each in case.tools if each.rounds}
    least, most = min(counts, default=0), max(counts, default=0)
    few = "" if least == most else f"{least} to "
    return f"{few}{most} round{'' if most == 1 else 's'}"


def placed(text: str, content: str) -> str:
    """Put *content* between the two comments in *text*, which gets them where it has none."""
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        before, after = f"{text.rstrip()}\n\n", "\n"
    return f"{before}{_BEGIN}\n\n{content}\n\n{_END}{after}"
