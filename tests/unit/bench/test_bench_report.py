from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from bench import bars, curves, report, results, table
from bench.processes import BenchError
from bench.results import CaseResult, Measurement, Results, ToolResult

MIB = 2**20
MACHINE = {"processor": "a fast one", "cores": "2"}


def took(*wall_s):
    return tuple(Measurement(each, each / 2, 30 * MIB, 100, MIB) for each in wall_s)


def case(**changed):
    tools = (
        ToolResult("reposync", took(1.0, 2.0, 1.0)),
        ToolResult("skopeo", took(10.0, 40.0, 12.0)),
        ToolResult("crane", over_limit_s=100),
        ToolResult("regsync", failure="it broke"),
    )
    made = CaseResult("noop", "1,000 tags", 1000, 20, 0, tls=False, tools=tools)
    return replace(made, **changed)


def session(*cases, **changed):
    made = Results(MACHINE, {"reposync": "1.0"}, 3, 1, cases=cases)
    return replace(made, **changed)


def test_a_row_has_medians_with_their_spread_and_ratios_by_round():
    _, skopeo, _, _ = table.rows(case())
    assert skopeo == (
        "skopeo",
        "12.00 (10.00-40.00)",
        "12 (10-20)",
        "6.00 (5.00-20.00)",
        "12 (10-20)",
        "30",
        "100",
        "1.0",
        "1.0",
        "1.0",
    )


def test_a_tool_over_the_limit_has_what_it_is_over_at_least():
    _, _, crane, regsync = table.rows(case())
    assert crane[:3] == ("crane", "> 100", "> 100")
    assert regsync[:3] == ("regsync", "failed", "")
    assert "regsync failed: it broke" in table.text(case())


def test_without_reposync_there_are_no_ratios():
    alone = case(tools=(ToolResult("skopeo", took(1.0)),))
    assert {row[2] for row in table.rows(alone)} == {""}


def test_all_rows_of_a_table_have_as_many_cells():
    lines = table.markdown([case(), case(tls=True)]).splitlines()
    assert len(lines) == 10
    assert len({line.count("|") for line in lines}) == 1


def test_results_come_back_from_their_file_as_they_were(tmp_path):
    kept = session(case(), case(curve="tags", size=100))
    results.save(kept, tmp_path / "results" / "kept.json")
    assert results.load(tmp_path / "results" / "kept.json") == kept


def test_a_file_without_results_is_told(tmp_path):
    (tmp_path / "other.json").write_text("[]")
    with pytest.raises(BenchError, match="has no results"):
        results.load(tmp_path / "other.json")


def test_of_a_case_taken_twice_the_last_holds():
    again = case(summary="again")
    joined = results.merged([session(case(), case(tls=True)), session(again)])
    assert joined.cases == (again, case(tls=True))


def test_results_of_different_machines_do_not_mix():
    with pytest.raises(BenchError, match="different machines"):
        results.merged([session(case()), session(case(), machine={"cores": "64"})])


def test_a_report_says_of_how_many_rounds_its_medians_are():
    one = case(tls=True, tools=(ToolResult("reposync", took(1.0)),))
    assert "Medians of 3 rounds, " in report.figures(session(case()), [])
    assert "Medians of 1 round, " in report.figures(session(one), [])
    assert "Medians of 1 to 3 rounds, " in report.figures(session(case(), one), [])


def test_what_people_wrote_around_the_figures_stays():
    once = report.placed("# Performance\n\nText.\n", "figures")
    assert once.startswith("# Performance\n\nText.\n")
    again = report.placed(f"{once}\nMore text.\n", "other figures")
    assert "Text." in again
    assert again.endswith("More text.\n")
    assert "other figures" in again
    assert "\nfigures\n" not in again


def test_a_report_is_a_page_with_its_plots_and_keeps_what_it_is_made_of(tmp_path):
    page, published = (
        tmp_path / "docs" / "explanation" / "performance.md",
        tmp_path / "published.json",
    )
    growth = [case(curve="tags", size=size) for size in (100, 1000)]
    report.write([session(case(), *growth)], page, published)
    text = page.read_text()
    assert "a fast one" in text
    assert "| `noop` |" in text
    for name in ("wall", "cpu", "tags"):
        assert f"(performance/{name}.svg)" in text
        assert (page.with_suffix("") / f"{name}.svg").exists()
    assert results.load(published).cases[0] == case()


def test_every_plot_is_well_formed_and_names_its_tools():
    growth = [case(curve="repositories", size=size) for size in (1, 10, 100)]
    drawn = {**bars.draw(session(case())), **curves.draw(session(*growth))}
    assert [*drawn] == ["wall", "cpu", "repositories"]
    for picture in drawn.values():
        words = {element.text for element in ET.fromstring(picture.svg).iter()}
        assert {"reposync", "skopeo", picture.title} <= words
