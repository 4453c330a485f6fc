"""docs/extending.md, tried as written on a finished run: what is added is there, and nothing trains for it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Project

pytestmark = pytest.mark.long
TRAINING = {"train_vision", "train_mnist", "train_optimizer", "overfit", "search_rates"}

FIGURE = '''

@styled
def gray_counts(results: pd.DataFrame) -> Figure:
    """Number of runs of each model."""
    fig, (ax,) = panels(1, width=4.0, height=2.4)
    counts = results["model"].value_counts()
    for place_of_model, model in enumerate(ordered(results["model"])):
        bar(ax, place_of_model, [float(counts[model])], color=COLORS[model])
    ax.set(ylabel="Runs")
    return fig
'''
CAPTION = """gray_counts:
  kind: figure
  section: gray
  format: svg
  zh: 每种模型的运行次数。
  en: Runs of each model.
  alt:
    zh: 条形图，每种模型一条。
    en: Bars, one for each model.
"""
TABLE_CAPTION = """gray_counted:
  kind: table
  section: gray
  zh: 运行次数。
  en: Runs.
"""
NUMBER = """    counted = {model: float(len(tests[f"{model}-gray"])) for model in MODELS}
    summary.add("gray.counted", sum(counted.values()), "count", source=("vision/mlp-gray/seed0/test.npz",))
    columns = [Column("model", both("模型", "Model")), Column("runs", both("次数", "Runs"), "count")]
    listed = [{"model": MODELS[model], "runs": runs} for model, runs in counted.items()]
    summary.tables["gray_counted"] = Table(columns, listed, ("vision/mlp-gray/seed0/test.npz",))
    _table(summary, rows, tests)
"""
CLAIM = """
gray-has-runs:
  section: gray
  text: { zh: 灰度实验至少有一次运行。, en: There is a run on gray images. }
  parts:
    - kind: above
      metric: gray.test_accuracy.mlp
      limit: 0.0
      each: true
      min_seeds: 1
      about: { zh: 测试准确率, en: the test accuracy }
"""


@pytest.fixture
def project(pristine: Project, tmp_path: Path) -> Project:
    return pristine.copy(tmp_path / "project")


def append(project: Project, name: str, text: str, *, before: str = "") -> None:
    """Add text at the end of a file, or before a line of it."""
    path = project.folder / name
    old = path.read_text(encoding="utf-8")
    at = old.index(before) if before else len(old)
    path.write_text(old[:at] + text + old[at:], encoding="utf-8")


def page(project: Project, language: str = "en", ending: str = "html") -> str:
    return (project.folder / f"results/test/report/report.{language}.{ending}").read_text(encoding="utf-8")


def run(project: Project, *arguments: str) -> None:
    planned = project.would_run(*arguments)
    assert planned
    assert not planned & TRAINING
    done = project.snakemake(*arguments)
    assert done.returncode == 0, done.stdout[-5000:]


def test_a_figure(project):
    append(project, "lib/figures/gray.py", FIGURE)
    project.replace(
        "scripts/draw_gray.py", "import gray_bars, gray_curves", "import gray_bars, gray_counts, gray_curves"
    )
    project.replace(
        "scripts/draw_gray.py",
        "    gray_bars: list[OutputFile]\n",
        "    gray_bars: list[OutputFile]\n    gray_counts: list[OutputFile]\n",
    )
    project.replace(
        "scripts/draw_gray.py",
        "    write_figure(gray_bars(accuracies), job.gray_bars)\n",
        "    write_figure(gray_bars(accuracies), job.gray_bars)\n"
        "    write_figure(gray_counts(accuracies), job.gray_counts)\n",
    )
    project.replace(
        "rules/gray.smk",
        '        gray_bars=figure_files("gray_bars"),\n',
        '        gray_bars=figure_files("gray_bars"),\n        gray_counts=figure_files("gray_counts"),\n',
    )
    project.replace(
        "rules/gray.smk",
        'outputs="gray_samples gray_curves gray_bars",',
        'outputs="gray_samples gray_curves gray_bars gray_counts",',
    )
    append(project, "report/captions.yaml", CAPTION, before="gray_results:")
    for language in ("zh", "en"):
        project.replace(
            f"report/sections/gray.{language}.md.j2",
            '{{ figure("gray_bars") }}\n',
            '{{ figure("gray_bars") }}\n\n{{ figure("gray_counts") }}\n',
        )
    run(project, "--", "results/test/report/figures/gray_counts.svg")
    run(project)
    assert "Runs of each model." in page(project)
    assert "每种模型的运行次数。" in page(project, "zh")


def test_a_number_and_a_table(project):
    project.replace("lib/report/summaries/gray.py", "    _table(summary, rows, tests)\n", NUMBER)
    project.replace("rules/gray.smk", 'table_files("gray_results")', 'table_files("gray_results", "gray_counted")')
    append(project, "report/captions.yaml", TABLE_CAPTION, before="gray3_bars:")
    for language in ("zh", "en"):
        append(
            project,
            f"report/sections/gray.{language}.md.j2",
            '\n{{ num("gray.counted") }}\n\n{{ table("gray_counted") }}\n',
        )
    run(project)
    assert "gray.counted" in json.loads((project.folder / "results/test/metrics.json").read_text(encoding="utf-8"))
    assert "| MLP |" in page(project, ending="md")
    assert (project.folder / "results/test/tables/gray_counted.csv").read_text(encoding="utf-8").startswith("model,")


def test_a_claim(project):
    append(project, "report/claims.yaml", CLAIM)
    for language in ("zh", "en"):
        append(project, f"report/sections/gray.{language}.md.j2", '\n{{ verdict("gray-has-runs") }}\n')
    run(project)
    claims = json.loads((project.folder / "results/test/claims.json").read_text(encoding="utf-8"))
    assert "gray-has-runs" in str(claims)
    assert "There is a run on gray images." in page(project)


def test_a_language(project):
    project.replace("lib/report/texts.py", 'LANGUAGES = ("zh", "en")', 'LANGUAGES = ("zh", "en", "fr")')
    for template in (project.folder / "report/sections").glob("*.en.md.j2"):
        translated = template.read_text(encoding="utf-8").replace(
            "## 2.8 The same on gray", "## 2.8 La même chose en gris"
        )
        template.with_name(template.name.replace(".en.", ".fr.")).write_text(translated, encoding="utf-8")
    before = without_digests(page(project, "zh", "md"))
    run(project)
    assert '<html lang="fr"' in page(project, "fr")
    assert "La même chose en gris" in page(project, "fr", "md")
    assert without_digests(page(project, "zh", "md")) == before


def without_digests(text: str) -> str:
    """The list of languages is code, so that the digests of the appendix change with it."""
    return re.sub(r"`[0-9a-f]{12}`", "", text)
