"""The whole pipeline gives the whole report, and says so when there is nothing to do."""

import json
import re

import pytest
import yaml

from lib.report.html import page_problems

LANGUAGES = ("zh", "en")


def report(finished, name: str) -> str:
    return (finished.folder / "results/test/report" / name).read_text(encoding="utf-8")


def captions(finished) -> dict[str, dict[str, str]]:
    return yaml.safe_load((finished.folder / "report/captions.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_and_table_is_in_both_formats(finished, language):
    markdown, html = report(finished, f"report.{language}.md"), report(finished, f"report.{language}.html")
    assert len(captions(finished)) > 30
    for name, entry in captions(finished).items():
        anchor = ("fig-" if entry["kind"] == "figure" else "tab-") + name.replace("_", "-")
        assert f'id="{anchor}"' in markdown, name
        assert f'id="{anchor}"' in html, name


def test_every_figure_is_there_as_pixels_and_as_vectors(finished):
    folder = finished.folder / "results/test/report/figures"
    for name in (name for name, entry in captions(finished).items() if entry["kind"] == "figure"):
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert "</svg>" in (folder / f"{name}.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_stand_alone(finished, language):
    assert page_problems(report(finished, f"report.{language}.html")) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_markdown_shows_only_figures_that_exist(finished, language):
    images = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", report(finished, f"report.{language}.md"))
    assert len(images) > 15
    assert all((finished.folder / "results/test/report" / image).is_file() for image in images)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_on_sample_data_says_so(finished, language):
    words = {"zh": "样例数据", "en": "sample data"}
    assert words[language] in report(finished, f"report.{language}.html").lower()


def test_metrics_hold_the_numbers_with_unit_and_source(finished):
    metrics = json.loads((finished.folder / "results/test/metrics.json").read_text(encoding="utf-8"))
    loss = metrics["gradients.loss.plain"]
    assert loss["value"] == pytest.approx(2.3005, abs=5e-5)
    assert loss["unit"] == "loss"
    assert loss["source"]
    assert metrics["gradients.loss.regularised"]["value"] == pytest.approx(7.0521, abs=5e-5)
    assert metrics["mnist.parameters"]["value"] > 0
    assert {"cifar.test_accuracy.mlp", "cifar.test_accuracy.cnn", "gray.test_accuracy.mlp"} <= metrics.keys()


def test_running_again_does_nothing_and_says_so(finished):
    done = finished.snakemake()
    assert done.returncode == 0
    assert "Nothing to be done" in done.stdout
