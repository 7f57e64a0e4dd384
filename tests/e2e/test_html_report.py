"""The report as a page, in a real browser: of a run of the installed command, and of large ones."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests import images
from tests.e2e.browser import PHONE, WIDE, chromium
from tests.e2e.command import run
from tests.unit.cli.filled import fill
from tests.unit.report.reports import as_html
from tests.unit.report.script import ended, outcome, run_of
from tests.unit.report.test_html import HOSTILE, hostile_run

from reposync.copy.outcome import Status

FILE = """\
registries:
  hub: {url: "oci:hub"}
  mirror: {url: "oci:mirror"}
stages:
  - id: databases
    from: {source: hub, repository: library/postgres}
    to: [{destination: mirror, repository: hub/postgres, tags: ["16.4", "17.0", "9.9"]}]
  - id: applications
    from: {source: hub, repository: team/*}
    to: [{destination: mirror, repository: "a-rather-long-prefix/for/all/of/them/{basename}"}]
  - id: release
    from: {source: hub, repository: team/shop}
    to: [{destination: mirror, repository: release/shop}]
    depends_on: [databases]
    on_dependency_failure: skip
"""
MANY = 10_000
STATUS, IMAGE, SENT = "td:nth-child(1)", "td:nth-child(3)", "td:nth-child(5)"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The page of a run in which much was copied, and something failed."""
    folder = tmp_path_factory.mktemp("run")
    graphs = {f"library/postgres:{tag}": images.multi_platform(tag) for tag in ("16.4", "17.0")}
    graphs |= {f"team/shop:2.{minor}.0": images.image(f"shop {minor}") for minor in range(12)}
    fill(folder / "hub", graphs)
    (folder / "cfg.yml").write_text(FILE)
    assert run("-c", "cfg.yml", "--report", "run.html", cwd=folder).returncode == 1
    return folder / "run.html"


@pytest.fixture(scope="module")
def browser(report):
    del report  # made before, since Playwright occupies the thread's event loop
    with chromium() as opened:
        yield opened


@pytest.fixture
def opened(browser):
    """Open a page in a tab of its own, closed at the end, and hear what it complains of."""
    contexts = []

    def opened(path, size=WIDE, **options):
        width, height = size
        viewport = {"width": width, "height": height}
        contexts.append(browser.new_context(viewport=viewport, **options))
        tab = contexts[-1].new_page()
        tab.said, tab.asked = [], []
        tab.on("console", lambda message: tab.said.append(message.text))
        tab.on("pageerror", lambda error: tab.said.append(str(error)))
        tab.on("dialog", lambda dialog: tab.said.append(dialog.message))
        tab.on("request", lambda request: tab.asked.append(request.url))
        tab.goto(path.as_uri())
        return tab

    yield opened
    for each in contexts:
        each.close()


def shown(tab, column):
    """Return the texts of a column of the images that are shown."""
    return tab.eval_on_selector_all(
        f"#images tbody tr:not([hidden]) {column}", "cells => cells.map(each => each.textContent)"
    )


def test_the_page_asks_for_nothing_and_its_policy_stops_nothing_of_it(opened, report):
    tab = opened(report)
    assert tab.asked == [report.as_uri()]
    assert tab.said == []
    assert tab.evaluate("document.documentElement.className") == "js"
    assert tab.inner_text("h1") == "Failed"


def test_what_failed_and_what_was_skipped_is_on_the_first_screen_with_what_helps(opened, report):
    tab = opened(report)
    for text in ("has no tag 9.9", "check the names of the tag", "stage databases failed"):
        box = tab.get_by_text(text).first.bounding_box()
        assert 0 < box["y"] < WIDE[1]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_nothing_is_cut_off_or_scrolls_sideways(opened, report, size):
    tab = opened(report, size)
    assert tab.evaluate("document.documentElement.scrollWidth") == size[0]
    wider = tab.evaluate(
        "Array.from(document.querySelectorAll('.scroll, p, code, dd')).filter("
        "each => each.scrollWidth > each.clientWidth + 1 && each.clientWidth).map("
        "each => each.textContent)"
    )
    assert wider == []


def test_images_are_filtered_by_words_and_by_how_they_ended(opened, report):
    tab = opened(report)
    assert len(shown(tab, STATUS)) == 15
    tab.fill("input[type=search]", "shop 2.1")
    tab.wait_for_selector("#images tr[hidden]", state="attached")
    assert [text.count("shop:2.1") for text in shown(tab, IMAGE)] == [2] * 3
    assert tab.inner_text("output") == "3 of 15 shown"
    tab.fill("input[type=search]", "")
    tab.wait_for_selector("#images tr[hidden]", state="detached")
    tab.uncheck("input[value=copied]")
    assert set(shown(tab, STATUS)) == {"failed"}


def test_tables_are_sorted_by_a_click_and_by_the_keyboard(opened, report):
    tab = opened(report)
    tab.click("#images th:nth-child(3) button")
    names = [text.partition("oci:mirror")[0].rpartition(":")[2] for text in shown(tab, IMAGE)]
    assert names[-12:] == [f"2.{minor}.0" for minor in range(12)]
    tab.focus("#images th:nth-child(5) button")
    tab.keyboard.press("Enter")
    sizes = tab.eval_on_selector_all(
        f"#images {SENT}", "cells => cells.map(each => Number(each.dataset.v))"
    )
    assert sizes == sorted(sizes, reverse=True)
    assert tab.get_attribute("#images th:nth-child(5)", "aria-sort") == "descending"
    assert tab.get_attribute("#images th:nth-child(3)", "aria-sort") is None


def test_the_page_is_readable_without_javascript(opened, report):
    tab = opened(report, java_script_enabled=False)
    assert len(tab.locator("#images tbody tr").all()) == 15
    assert not tab.locator(".filters").is_visible()
    assert tab.locator("#images tbody tr").first.inner_text().startswith("failed")


def test_a_dark_and_a_light_page_are_both_legible(opened, report):
    def contrast(scheme):
        """Return the contrast of text and page; WCAG 2.2, "relative luminance"."""
        tab = opened(report, color_scheme=scheme)
        colours = tab.evaluate(
            "[getComputedStyle(document.body).color, "
            "getComputedStyle(document.body).backgroundColor]"
        )
        one, other = sorted(map(luminance, colours))
        return (other + 0.05) / (one + 0.05), luminance(colours[1])

    def luminance(colour):
        channels = (int(each) / 255 for each in colour[4:-1].split(","))
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    (light, page), (dark, night) = contrast("light"), contrast("dark")
    assert min(light, dark) > 7
    assert night < 0.05
    assert page > 0.8


def test_what_others_say_does_nothing_in_a_browser(opened, tmp_path):
    path = tmp_path / "run.html"
    for text in (*HOSTILE, "<img src=x onerror=alert(1)>", "<base href='https://evil.example/'>"):
        path.write_text(as_html(hostile_run(text)))
        tab = opened(path)
        assert (tab.said, tab.asked) == ([], [path.as_uri()])
        assert tab.locator("img, base, main script, main style").count() == 0
        assert text in tab.locator("main").text_content()


def test_a_page_of_ten_thousand_images_can_be_filtered_and_sorted(opened, tmp_path):
    def image(number):
        status = Status.FAILED if number % 50 == 0 else Status.UP_TO_DATE
        return ended(replace(outcome(status, f"1.{number}.0"), bytes_sent=number))

    path = tmp_path / "run.html"
    path.write_text(as_html(run_of(*map(image, range(MANY)))))
    tab = opened(path)
    assert len(shown(tab, STATUS)) == MANY
    tab.click("#images th:nth-child(5) button")
    assert tab.locator(f"#images tbody tr:first-child {SENT}").get_attribute("data-v") == "9999"
    tab.uncheck("input[value=up-to-date]")
    assert tab.inner_text("output") == "200 of 10,000 shown"
    tab.fill("input[type=search]", "1.50.0")
    tab.locator("output", has_text="1 of 10,000").wait_for()


def test_a_printed_page_shows_every_image_and_no_filters(opened, report):
    tab = opened(report)
    tab.emulate_media(media="print")
    assert not tab.locator(".filters").is_visible()
    assert all(row.is_visible() for row in tab.locator("#images tbody tr").all())
    assert len(tab.pdf()) > 20_000
