"""The HTML pages in a real browser, by keyboard and mouse, wide, narrow, dark and on paper: ``make test-browser``.

``REPORT`` names the folder of the pages, the demo's by default. Chromium, Java and npm must be there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import matplotlib
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from scripts.print_report import chromium

ROOT = Path(__file__).parents[2]
REPORT = ROOT / os.environ.get("REPORT", "results/demo/report")
MODULES = Path(__file__).parent / "node_modules"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
PAPER = {"width": 718, "height": 1000}  # A4 less two margins of 10 mm, in CSS pixels

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[..., Browser]]:
    with sync_playwright() as playwright:
        path = chromium(playwright)
        yield partial(playwright.chromium.launch, executable_path=path, args=["--no-sandbox", "--disable-gpu"])


@pytest.fixture(scope="module")
def browser(launch) -> Iterator[Browser]:
    started = launch()
    yield started
    started.close()


@pytest.fixture(params=["en", "zh"])
def file(request: pytest.FixtureRequest) -> Path:
    path = REPORT / f"report.{request.param}.html"
    assert path.is_file(), f"{path} is missing: run `make demo`, or name another folder in REPORT"
    return path


class Opened:
    """A page, what it asked for and what it complained of."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page, self.requests, self.complaints = page, [], []
        page.on("request", self._requested)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(file.as_uri())

    def _requested(self, request: Request) -> None:
        if not request.url.startswith("data:"):
            self.requests.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@pytest.fixture
def opened(browser: Browser, file: Path) -> Iterator[Opened]:
    context = browser.new_context(viewport=DESK, offline=True)
    yield Opened(context.new_page(), file)
    context.close()


def test_page_opens_from_disk_without_network_or_complaint(opened, file):
    assert opened.requests == [file.as_uri()]
    assert opened.complaints == []
    assert file.stat().st_size < 5e6


def test_every_link_within_the_page_resolves(opened):
    missing = opened.page.evaluate(
        """() => [...document.querySelectorAll('a[href^="#"]')].map(a => decodeURIComponent(a.hash.slice(1)))
            .filter(name => !document.getElementById(name))"""
    )
    assert missing == []
    assert opened.page.locator('a[href^="#"]').count() > 50


def test_every_link_to_a_file_beside_the_page_resolves(opened, file):
    links = opened.page.eval_on_selector_all("a[href]", "found => found.map(a => a.getAttribute('href'))")
    beside = {link.partition("#")[0] for link in links if ":" not in link and not link.startswith("#")}
    assert {link for link in beside if not (file.parent / link).exists()} == set()
    assert len(beside) > 20


def test_every_picture_has_a_size_and_says_what_it_shows(opened):
    pictures = opened.page.evaluate(
        """() => [...document.querySelectorAll('main img, main svg[role=img]')].map(one => {
            const box = one.getBoundingClientRect();
            return [box.width, box.height, one.getAttribute('alt') || one.getAttribute('aria-label') || ''
                || (one.getAttribute('aria-labelledby') && 'labelled')];
        })"""
    )
    assert len(pictures) > 15
    assert [one for one in pictures if min(one[:2]) < 50 or not one[2]] == []


def test_where_from_opens_by_mouse_and_by_keyboard(opened):
    controls = opened.page.locator("details.origin")
    assert controls.count() > 30
    controls.nth(0).locator("summary").click()
    assert controls.nth(0).get_attribute("open") is not None
    controls.nth(1).locator("summary").focus()
    opened.page.keyboard.press("Enter")
    assert controls.nth(1).get_attribute("open") is not None
    assert controls.nth(1).locator("dl").is_visible()


def test_the_pointer_reads_the_values_of_curves(opened):
    picture = opened.page.locator("img[data-curves]").first
    picture.scroll_into_view_if_needed()
    [axes, *_] = json.loads(picture.get_attribute("data-curves"))
    left, top, right, bottom = axes["box"]
    size = picture.bounding_box()
    picture.hover(position={"x": (left + right) / 2 * size["width"], "y": (top + bottom) / 2 * size["height"]})
    shown = opened.page.locator(".values")
    assert shown.is_visible()
    lines = shown.inner_text().splitlines()
    assert lines[0].startswith(axes["name"])
    assert [line.partition(": ")[0] for line in lines[1:]] == [curve["name"] for curve in axes["curves"]]
    opened.page.mouse.move(2, 2)
    assert shown.is_hidden()


def test_a_claim_leads_to_its_figure_and_the_figure_back(opened):
    claim = opened.page.locator("p:has(a#claim-deeper-more-sensitive), a#claim-deeper-more-sensitive").first
    assert claim.count() == 1
    figure = opened.page.locator("#fig-overfit-grid")
    figure.locator(".origin summary").click()
    back = figure.locator(".origin a[href='#claim-deeper-more-sensitive']")
    assert back.is_visible()
    assert opened.page.locator("a[href='#fig-overfit-grid']").count() > 1  # one of them beside the claim


def test_the_values_of_a_figure_are_a_file(opened):
    figure = opened.page.locator("figure:has(img[data-curves])").first
    figure.locator(".origin summary").click()
    with opened.page.expect_download() as started:
        figure.locator(".origin a[download]").click()
    head, *rows = started.value.path().read_text(encoding="utf-8").splitlines()
    assert head == '"panel","series","x","y"'
    assert len(rows) > 3


def test_a_reader_without_scripts_sees_the_same_text(browser, file, opened):
    context = browser.new_context(viewport=DESK, offline=True, java_script_enabled=False)
    plain = context.new_page()
    plain.goto(file.as_uri())
    assert plain.locator("main").inner_text() == opened.page.locator("main").inner_text()
    context.close()


OVERFLOWING = """() => {
    const width = document.documentElement.clientWidth;
    const scrolls = one => one && one !== document.documentElement
        && (['auto', 'scroll', 'hidden'].includes(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
    return [...document.querySelectorAll('body *')]
        .filter(one => one.getBoundingClientRect().right > width + 1 && !scrolls(one.parentElement) && !scrolls(one))
        .map(one => `${one.tagName} ${one.className?.baseVal ?? one.className} ${one.textContent.trim().slice(0, 60)}`);
}"""


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_sticks_out_of_the_screen(opened, size):
    opened.page.set_viewport_size(size)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert opened.page.evaluate(OVERFLOWING) == []


def test_formulas_look_the_same_on_a_machine_with_one_font(launch, browser, file, tmp_path):
    shutil.copy(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSansMono.ttf", tmp_path)  # with none it crashes
    rules = '<include ignore_missing="yes">/etc/fonts/conf.d</include>'  # how edges are smoothed
    (tmp_path / "fonts.conf").write_text(f"<fontconfig><dir>{tmp_path}</dir>{rules}</fontconfig>")
    bare = launch(env={"FONTCONFIG_FILE": str(tmp_path / "fonts.conf")})
    looks = []
    for one in (browser, bare):
        page = one.new_page(viewport=DESK)
        page.goto(file.as_uri())
        page.evaluate(
            """() => document.body.replaceChildren(
                ...[...document.querySelectorAll('math[display=block]:not(:has(mtext))')].slice(0, 12))"""
        )
        assert page.locator("math").count() == 12
        looks.append(page.locator("body").screenshot())
    bare.close()
    assert looks[0] == looks[1]


def test_nothing_is_cut_off_on_paper(opened):
    opened.page.set_viewport_size(PAPER)
    opened.page.emulate_media(media="print")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]
    cut = opened.page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter(one => one.scrollWidth > one.clientWidth + 1
            && ['auto', 'scroll', 'hidden'].includes(getComputedStyle(one).overflowX) && one.clientWidth > 1)
            .map(one => `${one.tagName} ${one.className} ${one.scrollWidth} > ${one.clientWidth} ${
                one.textContent.trim().slice(0, 60)}`)"""
    )
    assert cut == []


def test_text_is_large_enough_on_a_phone(opened):
    opened.page.set_viewport_size(PHONE)
    small = opened.page.evaluate(
        """() => [...document.querySelectorAll('main p, main li, main td, main th, main summary, main figcaption')]
            .filter(one => parseFloat(getComputedStyle(one).fontSize) < 12)
            .map(one => `${getComputedStyle(one).fontSize} ${one.textContent.trim().slice(0, 60)}`)"""
    )
    assert small == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_problem(opened, scheme):
    opened.page.emulate_media(color_scheme=scheme)
    opened.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    opened.page.evaluate((MODULES / "axe-core/axe.min.js").read_text(encoding="utf-8"))
    found = opened.page.evaluate("axe.run({resultTypes: ['violations']})")
    assert found["passes"], "axe has checked nothing"
    serious = [entry for entry in found["violations"] if entry["impact"] in ("serious", "critical")]
    shown = [(entry["id"], [node["html"][:160] for node in entry["nodes"][:3]]) for entry in serious]
    assert shown == []


def test_the_validator_finds_no_error(file):
    jar = MODULES / "vnu-jar/build/dist/vnu.jar"
    done = subprocess.run(["java", "-jar", str(jar), "--errors-only", str(file)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
