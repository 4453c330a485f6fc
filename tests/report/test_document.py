"""From sections to one Markdown file and one page that stands alone."""

from __future__ import annotations

import base64
import dataclasses
import re
from html import escape
from pathlib import Path

import pytest

from lib.report.html import page_problems, to_html
from lib.report.markdown import VOLATILE_BEGIN, VOLATILE_END, build_document, headings, parser, slug, to_markdown
from lib.report.origin import Origin
from lib.report.render import Context, render_section
from tests.report.conftest import ROOT

MNIST = """## 2.6 The MLP on MNIST

Test accuracy {{ num("mnist.test_accuracy") }} at a rate of {{ num("mnist.rate") }} {{ cite("kingma2015") }},
see {{ ref("mnist_curves") }} and {{ section_ref("references") }}.

$$\\begin{aligned} m &= \\beta_1 m + (1 - \\beta_1) g \\\\ w &= w - \\eta \\hat{m} \\end{aligned}$$

### Results

{{ figure("mnist_curves") }}
{{ figure("mnist_errors") }}
{{ table("mnist_results") }}
{{ listing("lib.nn.optim", "sgd") }}
### Results

第一行
第二行 ends
in English.
"""
RUNTIME = "## D. Run time\n\nSeconds."
REFERENCES = "## E. References\n\n{{ bibliography() }}"


@pytest.fixture
def sections(context: Context) -> dict[str, str]:
    templates = {"references": REFERENCES, "environment": RUNTIME, "mnist": MNIST}
    return {name: render_section(name, "en", text, context).text for name, text in templates.items()}


def built(sections: dict[str, str], context: Context, language: str = "en", *, is_sample: bool = False, **author: str):
    words, outline = context.texts.labels[language], context.texts.outline
    return build_document(sections, language, words, outline, author=author, is_sample=is_sample)


@pytest.fixture
def document(context: Context, sections):
    return built(sections, context, author="", student_number="", supervisor="")


def page(document, context: Context, folder: Path, origins: dict[str, str] | None = None) -> str:
    css = (ROOT / "report/style.css").read_text(encoding="utf-8")
    template = (ROOT / "report/pages/page.html.j2").read_text(encoding="utf-8")
    words = context.texts.labels[document.language]
    return to_html(document, words, css=css, page=template, folder=folder, origins=origins)


def test_sections_come_in_the_order_of_the_report(document):
    titles = [heading.title for heading in headings(document.body) if heading.level == 2]
    assert titles == ["2.6 The MLP on MNIST", "D. Run time", "E. References"]


def test_volatile_appendices_are_enclosed(document, context, figures):
    for text in (document.body, page(document, context, figures)):
        inside = text.split(VOLATILE_BEGIN)[1].split(VOLATILE_END)[0]
        assert "Seconds." in inside
        assert "Kingma" not in inside


def test_markdown_contents_lead_to_headings(document, context):
    text = to_markdown(document, context.texts.labels["en"])
    links = re.findall(r"^ *- \[.*\]\(#(.*)\)$", text, re.M)
    assert links == ["26-the-mlp-on-mnist", "results", "results-1", "d-run-time", "e-references"]
    assert set(links) <= {heading.slug for heading in headings(text)}


def test_slugs_are_those_of_github():
    assert slug("2.4 三层与五层：过拟合 50 张图像") == "24-三层与五层过拟合-50-张图像"
    assert slug("Batch norm, layer norm & `dropout`") == "batch-norm-layer-norm--dropout"


def test_a_section_that_the_report_lacks_is_named(context, sections):
    with pytest.raises(ValueError, match="unknown sections: elsewhere"):
        built({**sections, "elsewhere": "## Elsewhere"}, context)


def test_author_lines_are_left_out_where_empty(context, sections):
    document = built(sections, context, author="A. <Student>", student_number="", supervisor="B")
    assert document.authors == ("Author: A. <Student>", "Supervisor: B")


@pytest.mark.parametrize(
    "name",
    [
        "A. <b>Student</b>",
        "A*B* `C` __D__",
        "[A](http://b) ![C](d)",
        "A & B &amp; C",
        "$x$ \\ $y$",
        "A ~~B~~ | C",
        "#1 李雷",
    ],
)
def test_names_are_shown_as_they_are(context, sections, figures, name):
    document = built(sections, context, author=name, student_number="", supervisor="B")
    markdown = parser().render(to_markdown(document, context.texts.labels["en"]))
    for text in (markdown, page(document, context, figures)):
        [line] = re.findall(r"Author: (.*)<br>", text)
        assert line == escape(name)


def test_sample_data_are_announced(context, sections, figures):
    words = context.texts.labels["en"]
    document = built(sections, context, is_sample=True)
    assert "> **Sample data.** This report was made from the embedded sample data" in to_markdown(document, words)
    html = page(document, context, figures)
    assert html.count('<div class="banner"') == 1
    # on paper it has to be on every page
    printed = html.split("@media print")[1]
    assert re.search(r"\.banner \{ display: table-header-group", printed)


def test_the_page_stands_alone(document, context, figures):
    html = page(document, context, figures)
    assert page_problems(html) == []
    assert '<html lang="en">' in html
    assert '<div class="banner"' not in html


def test_images_are_inside(document, context, figures):
    html = page(document, context, figures)
    svg = (figures / "figures/mnist_curves.svg").read_bytes()
    assert f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}" in html
    # 400 pixels at 200 per inch are 2 inches: 192 CSS pixels
    assert re.search(r'<img alt="[^"]+" width="192" height="96" src="data:image/png;base64,', html)


def test_blocks_become_figures(document, context, figures):
    html = page(document, context, figures)
    kinds = re.findall(r'<figure id="([\w-]+)" class="(\w+)">', html)
    assert kinds == [
        ("fig-mnist-curves", "figure"),
        ("fig-mnist-errors", "figure"),
        ("tab-mnist-results", "table"),
        ("lst-lib-nn-optim-sgd", "listing"),
    ]
    blocks = re.findall(r"<figure .*?</figure>", html, re.S)
    assert all(block.count("<figcaption><strong>") == block.count("</figcaption>") == 1 for block in blocks)
    assert "<img" in blocks[0]
    assert "<table>" in blocks[2]
    assert re.search(r"<details><summary>Show or hide</summary>\s*<pre.*</pre>\s*</details>", blocks[3], re.S)
    assert re.search(r'<a href="../../../lib/nn/optim.py#L\d+-L\d+"><code>lib/nn/optim.py</code></a>', blocks[3])
    assert '<span class="k">def</span>' in blocks[3]
    assert not re.search(r"<p>\s*<figure|<p></p>", html)


def test_the_command_of_an_origin_can_be_typed_whatever_the_folder_is_called(context):
    origin = Origin("my lab/x.svg", ["draw"], [], [], code="", seeds="", device="")
    assert "snakemake --cores 2 --force -- &#x27;my lab/x.svg&#x27;</code>" in origin.html(context.texts.labels["en"])


def test_origins_stand_in_captions_and_open_without_a_script(document, context, figures):
    origin = Origin(
        target="results/main/tables/mnist_results.csv",
        rules=["summarise_mnist", "train_mnist"],
        inputs=["mnist/seed{seed}/result.json"],
        settings=["mnist.training"],
        code="0123456789ab",
        seeds="0-4",
        device="cpu",
        data="../tables/mnist_results.csv",
    )
    words = context.texts.labels["en"]
    html = page(document, context, figures, {"tab-mnist-results": origin.html(words, "--configfile presets/demo.yaml")})
    block = re.search(r'<figure id="tab-mnist-results".*?</figure>', html, re.S)[0]
    assert re.search(r"<figcaption><strong>.*<details.*</details></figcaption>", block, re.S)
    assert (
        "snakemake --cores 2 --force --configfile presets/demo.yaml -- results/main/tables/mnist_results.csv" in block
    )
    assert 'href="../tables/mnist_results.csv"' in block and "<small>" not in block
    assert "--configfile" not in origin.html(words)
    assert page_problems(html) == []


def test_headings_link_to_themselves_and_figures_can_be_enlarged(document, context, figures):
    html = page(document, context, figures)
    assert re.search(r'<h3 id="results">Results <a class="permalink" href="#results" aria-label="[^"]+">', html)
    assert html.count('<input type="checkbox" class="zoom" aria-label="') == html.count("<img ") == 2


def test_formulas_are_mathml(document, context, figures):
    html = page(document, context, figures)
    assert html.count("<math ") >= 3
    assert "$" not in re.sub(r'alttext="[^"]*"|<(style|script)>.*?</\1>', "", html, flags=re.S)
    assert re.search(r'<math [^>]*display="block".*?<mtable', html, re.S)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("步长为 $h$，", "M，"), ("某值（$h$）。", "（M）。"), ("a step $h$.", "M."), ("the $h$ here", None)],
)
def test_no_line_begins_with_the_stop_after_a_formula(context, figures, text, kept):
    html = page(built({"mnist": f"## MNIST\n\n{text}\n"}, context), context, figures)
    held = re.findall(r'<span class="whole">(.*?)</span>', re.sub(r"<math .*?</math>", "M", html, flags=re.S))
    assert held == ([kept] if kept else [])


def test_line_ends_between_chinese_characters_leave_no_space(document, context, figures):
    html = page(document, context, figures)
    assert "第一行第二行 ends\nin English." in html


def test_chinese_page_says_so(context, figures):
    sections = {"mnist": render_section("mnist", "zh", "## 2.6 MNIST\n", context).text}
    document = built(sections, context, "zh")
    html = page(document, context, figures)
    assert '<html lang="zh-CN">' in html
    assert "目录" in html


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("![a](figures/gone.svg)", "image figures/gone.svg: no such file"),
        ("![a](https://example.org/x.gif)", "not an SVG or PNG file"),
        ("$\\frac{a}{$", "formula"),
        ("$\\nosuchcommand x$", "not understood"),
    ],
)
def test_what_cannot_be_shown_is_an_error(document, context, figures, body, problem):
    with pytest.raises(ValueError, match=re.escape(problem)):
        page(dataclasses.replace(document, body=body), context, figures)


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="#x">x</a>', "link to nothing: #x"),
        ('<p id="a"></p><p id="a"></p>', "id a twice"),
        ('<img alt="a" src="https://example.org/a.png">', "img loads"),
        ('<img src="data:,">', "without alternative text"),
        ('<link rel="stylesheet" href="style.css">', "link loads style.css"),
        ('<script src="toc.js"></script>', "script loads toc.js"),
        ("<style>a { background: url(x.png) }</style>", "style sheet that loads"),
        ("<style>a { background: url( 'x.png' ) }</style>", "style sheet that loads"),
    ],
)
def test_page_problems_are_found(html, problem):
    assert any(problem in found for found in page_problems(html))


@pytest.mark.parametrize("url", ["data:,", "'data:,'", '"data:font/woff;base64,AA=="', " 'data:,'"])
def test_what_a_style_sheet_brings_along_is_no_problem(url):
    assert page_problems(f"<style>a {{ src: url({url}) }}</style>") == []
