"""Pages and notebook cells in a real browser: nothing in its console, no request, nothing that axe finds wrong, in
light and dark, on a telephone and on paper.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import ekssim
import pytest
from ekssim.pages import cell, page

CHROMIUM = next((path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None)
if CHROMIUM is None:
    pytest.skip("no Chromium is installed (apt-get install chromium)", allow_module_level=True)
sync_api = pytest.importorskip("playwright.sync_api", reason="needs ekssim[browser]")
pytest.importorskip("axe_playwright_python", reason="needs ekssim[browser]")

CHURN = "scenarios/one_minute_cronjobs.yaml"
KINDS = ("run", "comparison", "sweep", "sizing")
# What the notebook around a cell is like: its classes, and its colours.
THEMES = {"light": ("#ffffff", "#111111"), "dark": ("#111111", "#e0e0e0")}
# Rules about whole pages, which a cell is none of.
OF_PAGES = ("region", "landmark-one-main", "page-has-heading-one", "bypass", "document-title", "html-has-lang")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        # The sandbox needs rights that containers do not give.
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def documents() -> dict[str, dict[str, Any]]:
    churn = ekssim.load(CHURN)
    forms = [one.with_set({"run.for": "30m"}) for _, one in churn.variants()[:4]]
    return {
        "run": churn.run(seed=7).to_dict(),
        "comparison": ekssim.compare(*forms, replications=2).to_dict(),
        "sweep": churn.sweep({"run.for": ["20m", "30m"], "run.seed": [1, 2]}).to_dict(),
        "sizing": json.loads((Path(__file__).parent / "data" / "sizing.json").read_text("utf-8")),
    }


class Opened:
    """A page in the browser, with what it said and asked for."""

    def __init__(self, browser: Any, path: Path, **context: Any) -> None:
        # The policy of the page keeps foreign scripts out: axe too, unless told otherwise.
        self.context = browser.new_context(bypass_csp=True, **context)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def faults(self, without: tuple[str, ...] = ()) -> list[str]:
        """What axe finds wrong, everything collapsible opened."""
        self.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        self.page.evaluate((resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8"))
        rules = {rule: {"enabled": False} for rule in without}
        found = self.page.evaluate("options => axe.run(document, options)", {"rules": rules})
        assert found["passes"], "axe has looked at nothing"
        return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "page.html"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_quiet_alone_and_accessible(
    browser: Any, documents: dict[str, Any], tmp_path: Path, kind: str, scheme: str
) -> None:
    path = written(tmp_path, page(documents[kind]))
    with Opened(browser, path, color_scheme=scheme, viewport={"width": 1280, "height": 900}) as opened:
        assert opened.faults() == []
        assert opened.said == []
        assert opened.asked == [path.as_uri()]
        background = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(255, 255, 255)") == (scheme == "light")


def test_axe_would_find_a_fault(browser: Any, tmp_path: Path) -> None:
    """Text that hardly shows, and a picture without a name: a check that finds nothing here finds nothing anywhere."""
    text = page({"verdict": "none", "waiting": {}})
    bad = text.replace(
        "</main>", '<p style="color:#eee;background:#fff">hardly to be seen</p><svg role="img" width="9"></svg></main>'
    )
    with Opened(browser, written(tmp_path, bad)) as opened:
        found = " ".join(opened.faults())
        assert "color-contrast" in found and "svg-img-alt" in found


@pytest.mark.parametrize("kind", KINDS)
def test_a_telephone_need_not_scroll_sideways(
    browser: Any, documents: dict[str, Any], tmp_path: Path, kind: str
) -> None:
    with Opened(browser, written(tmp_path, page(documents[kind])), viewport={"width": 360, "height": 740}) as opened:
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("kind", KINDS)
def test_the_keyboard_reaches_what_can_be_opened_or_scrolled(
    browser: Any, documents: dict[str, Any], tmp_path: Path, kind: str
) -> None:
    with Opened(browser, written(tmp_path, page(documents[kind])), viewport={"width": 700, "height": 900}) as opened:
        wanted = opened.page.evaluate(
            """() => [...document.querySelectorAll('summary, .scroll')]
                .filter(one => one.checkVisibility()).length"""
        )
        opened.page.keyboard.press("Tab")
        assert opened.page.evaluate("document.activeElement.className") == "skip"
        reached = 0
        for _ in range(wanted):
            opened.page.keyboard.press("Tab")
            reached += opened.page.evaluate("document.activeElement.matches('summary, .scroll')")
        assert reached == wanted > 0


def test_pictures_are_in_their_place_and_have_their_lines(
    browser: Any, documents: dict[str, Any], tmp_path: Path
) -> None:
    with Opened(browser, written(tmp_path, page(documents["run"])), viewport={"width": 1280, "height": 900}) as opened:
        boxes = opened.page.evaluate(
            """() => [...document.querySelectorAll('svg.chart')].map(svg => {
                const place = svg.getBoundingClientRect();
                return [...svg.querySelectorAll('path, text')].every(one => {
                    const box = one.getBoundingClientRect();
                    return box.left >= place.left - 3 && box.right <= place.right + 3
                        && box.top >= place.top - 3 && box.bottom <= place.bottom + 3;
                }) && svg.querySelectorAll('path').length > 0;
            })"""
        )
        assert len(boxes) >= 5 and all(boxes)


@pytest.mark.parametrize("kind", KINDS)
def test_paper_has_all_of_it_in_black_on_white(
    browser: Any, documents: dict[str, Any], tmp_path: Path, kind: str
) -> None:
    pypdf = pytest.importorskip("pypdf", reason="needs ekssim[browser]")
    with Opened(browser, written(tmp_path, page(documents[kind])), color_scheme="dark") as opened:
        paper = opened.page.pdf(format="A4", print_background=True)
        opened.page.emulate_media(media="print")
        assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert opened.page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    read = pypdf.PdfReader(io.BytesIO(paper))
    text = " ".join(sheet.extract_text() for sheet in read.pages)
    assert 1 <= len(read.pages) < 20
    assert "What it rests on" in text or "The runs" in text
    # What is collapsed on the screen is on paper too.
    letters = "".join(text.split())  # words may be broken where the paper ends
    if kind == "run":
        for assumption in documents[kind]["assumptions"]:
            assert "".join(assumption["what"].split()) in letters
    if kind == "sizing":
        assert "packingknowsnozones" in letters


@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_takes_its_colours_from_the_notebook(
    browser: Any, documents: dict[str, Any], tmp_path: Path, kind: str, theme: str
) -> None:
    background, colour = THEMES[theme]
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title></head>'
        f'<body style="background:{background};color:{colour}">{cell(documents[kind])}</body></html>'
    )
    # Against what the reader's system prefers: the notebook's own theme counts.
    other = "light" if theme == "dark" else "dark"
    with Opened(browser, written(tmp_path, text), color_scheme=other) as opened:
        assert opened.faults(OF_PAGES) == []
        assert opened.said == []
        wanted = opened.page.evaluate("getComputedStyle(document.body).color")
        assert opened.page.evaluate("getComputedStyle(document.querySelector('.ekssim h1')).color") == wanted


def test_an_exported_notebook_shows_results(browser: Any, documents: dict[str, Any], tmp_path: Path) -> None:
    nbconvert = pytest.importorskip("nbconvert", reason="needs ekssim[notebooks]")
    nbformat = pytest.importorskip("nbformat", reason="needs ekssim[notebooks]")
    result = ekssim.Result(documents["run"])
    shown = nbformat.v4.new_output(
        "execute_result", {"text/html": result._repr_html_(), "text/plain": repr(result)}, execution_count=1
    )
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("result", outputs=[shown], execution_count=1)])
    text, _ = nbconvert.HTMLExporter().from_notebook_node(book)
    # The exporter's own page loads scripts from elsewhere: none is let through, and ours needs none.
    with Opened(browser, written(tmp_path, text), offline=True) as opened:
        assert opened.page.locator(".ekssim.cell svg.chart").count() >= 5
        assert opened.page.locator(".ekssim.cell .badge.fail").first.is_visible()
        place = opened.page.locator(".ekssim.cell svg.chart").first.bounding_box()
        assert place["width"] > 200 and place["height"] > 100
