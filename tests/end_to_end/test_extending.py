"""docs/extending.md, tried as written on a finished run: what is added is there, and nothing trains for it."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn

from lib.data.dataset import load_dataset
from lib.report.texts import experiments_of
from lib.report.yaml_files import read_yaml
from tests.end_to_end.conftest import ROOT, Project, copy_project

pytestmark = pytest.mark.long
ADDED = Path(__file__).parent / "added"  # whole files of what is added
TRAINING = {"train_vision", "train_mnist", "train_optimizer", "overfit", "overfit_cnn", "search_rates"}

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
      about: { zh: 测试准确率, en: the test accuracy }
"""
RULE = '''
def adagrad(w: np.ndarray, dw: np.ndarray, config: Config | None = None, *, out: np.ndarray | None = None):
    """Step by the gradient over the root of the sum of its squares; Duchi, Hazan & Singer (2011)."""
    settings = {"learning_rate": 1e-2, "epsilon": 1e-8}
    config, (learning_rate, epsilon) = _configure("adagrad", w, dw, config, settings, ("cache",))
    config["cache"] += dw**2
    return np.subtract(w, learning_rate * dw / (np.sqrt(config["cache"]) + epsilon), out=out), config


'''
SPLIT = "    split_seed: 0\n"
BARS_CAPTIONS = """mlp_normalisation_bars:
  kind: figure
  section: cifar
  experiment: mlp_normalisation
  format: svg
  zh: 有无批归一化的 MLP。
  en: The MLP with and without batch norm.
  alt:
    zh: 两条测试准确率的条形。
    en: Two bars of test accuracy.
mlp_normalisation_results:
  kind: table
  section: cifar
  experiment: mlp_normalisation
  zh: 有无批归一化的结果。
  en: Results with and without batch norm.
"""
COUNTS_TEXT = {
    "zh": '\n运行次数见{{ ref("gray_counts") }}。\n\n{{ figure("gray_counts", "两种模型一样多。") }}\n',
    "en": '\n{{ ref("gray_counts") }} counts the runs.\n\n{{ figure("gray_counts", "Both models have as many.") }}\n',
}
BARS_TEXT = """
{% if included("mlp_normalisation") %}
{{ ref("mlp_normalisation_bars") }}, {{ ref("mlp_normalisation_results") }}

{{ figure("mlp_normalisation_bars", "Batch norm is worth " ~ num("mlp_normalisation.gain") ~ " points to the MLP.") }}

{{ table("mlp_normalisation_results") }}
{% endif %}
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


def insert(project: Project, name: str, text: str, *, after: str) -> None:
    """Add text after a text that is there once."""
    project.replace(name, after, after + text)


def translate(project: Project, words: dict[str, str]) -> None:
    for english, chinese in words.items():
        insert(
            project,
            "report/figure_words.yaml",
            f'  {english}: {{ zh: "{chinese}" }}\n',
            after='  Epoch: { zh: "轮次" }\n',
        )


def copy_added(project: Project, name: str) -> None:
    shutil.copytree(ADDED / name, project.folder, dirs_exist_ok=True)


def planned_jobs(project: Project, rule: str) -> int:
    """How many jobs of a rule a dry run lists."""
    done = project.snakemake("-n")
    assert done.returncode == 0, done.stdout[-3000:]
    found = re.search(rf"^{rule} +(\d+)$", done.stdout, re.MULTILINE)
    return int(found[1]) if found else 0


def page(project: Project, language: str = "en", ending: str = "html") -> str:
    return (project.folder / f"results/test/report/report.{language}.{ending}").read_text(encoding="utf-8")


def run(project: Project, *arguments: str) -> None:
    planned = project.would_run(*arguments)
    assert planned
    assert not planned & TRAINING
    done = project.snakemake(*arguments)
    assert done.returncode == 0, done.stdout[-5000:]


def add_figure(project: Project) -> None:
    """Six edits in five files."""
    append(project, "lib/figures/gray.py", FIGURE)
    translate(project, {"Runs": "运行次数"})
    drawn = '        "gray_bars": gray_bars(read_accuracies(results)),\n'
    insert(project, "lib/figures/gray.py", drawn.replace("gray_bars", "gray_counts"), after=drawn)
    append(project, "report/captions.yaml", CAPTION, before="gray_results:")
    for language in ("zh", "en"):
        place = '{{ figure("gray_curves", shows) }}\n'
        insert(project, f"report/sections/gray.{language}.md.j2", COUNTS_TEXT[language], after=place)


def test_a_figure(project):
    add_figure(project)
    run(project, "--", "results/test/report/figures/gray_counts.svg")
    run(project)
    assert "Runs of each model." in page(project)
    assert "每种模型的运行次数。" in page(project, "zh")


def add_number_and_table(project: Project) -> None:
    project.replace("lib/summaries/gray.py", "    _table(summary, rows, tests)\n", NUMBER)
    append(project, "report/captions.yaml", TABLE_CAPTION, before="gray_three_channels_bars:")
    for language in ("zh", "en"):
        append(
            project,
            f"report/sections/gray.{language}.md.j2",
            '\n{{ num("gray.counted") }} ({{ ref("gray_counted") }})\n\n{{ table("gray_counted") }}\n',
        )


def test_a_number_and_a_table(project):
    add_number_and_table(project)
    run(project)
    assert "gray.counted" in json.loads((project.folder / "results/test/metrics.json").read_text(encoding="utf-8"))
    assert "| MLP |" in page(project, ending="md")
    assert (project.folder / "results/test/tables/gray_counted.csv").read_text(encoding="utf-8").startswith("model,")


def add_optimiser(project: Project) -> None:
    append(project, "lib/nn/optim.py", RULE, before="OPTIMIZERS: dict")
    insert(project, "lib/nn/optim.py", '    "adagrad": adagrad,\n', after='    "rmsprop": rmsprop,\n')
    insert(project, "lib/experiments/config/optimizers.py", '"adagrad", ', after="OptimizerName = Literal[")
    label = '    "adagrad": both("AdaGrad", "AdaGrad"),\n'
    insert(project, "lib/summaries/optimizers.py", label, after='    "rmsprop": both("RMSProp", "RMSProp"),\n')
    insert(project, "lib/figures/style.py", '    "adagrad": BLUE,\n', after='    "rmsprop": GREEN,\n')
    insert(project, "lib/figures/style.py", '    "adagrad": "AdaGrad",\n', after='    "rmsprop": "RMSProp",\n')
    insert(
        project,
        "config.yaml",
        "    adagrad: { learning_rate: 1.0e-2 }\n",
        after="    rmsprop: { learning_rate: 1.0e-4 }\n",
    )


def test_an_optimiser(project):
    add_optimiser(project)
    done = project.snakemake()
    assert done.returncode == 0, done.stdout[-5000:]
    assert re.search(r"\| AdaGrad \| ", page(project, ending="md"))
    metrics = json.loads((project.folder / "results/test/metrics.json").read_text(encoding="utf-8"))
    assert metrics["optimizers.val_accuracy.adagrad"]["source"] == [
        f"optimizers/adagrad/seed0/{file}.csv" for file in ("loss", "epochs")
    ]


def add_experiment(project: Project) -> None:
    """Seven new files and six edits."""
    copy_added(project, "experiment")
    section = """
label_noise: # 4.13, learning drawn labels by heart
  seeds: 2
  shares: [0, 0.5, 1]
  training: { images: 50, hidden: [20], weight_scale: 1.0e-2, learning_rate: 1.0e-2, epochs: 2, batch_size: 25 }
"""
    append(project, "config.yaml", section)
    insert(project, "report/sections.yaml", '  label_noise: "4.13"\n', after='  near_duplicates: "4.12"\n')
    append(project, "report/budget.yaml", "label_noise: 100\n")
    translate(project, {"Labels drawn": "随机标签"})
    captions = (ADDED / "experiment/captions.yaml").read_text(encoding="utf-8")
    append(project, "report/captions.yaml", captions, before="shuffled_pixels_bars:")
    included = 'include: "rules/label_noise.smk"  # 4.13\n'
    insert(project, "Snakefile", included, after='include: "rules/cifar.smk"  # 2.7, 2.8, 3\n')


def test_an_experiment(project):
    add_experiment(project)
    run(project)
    metrics = json.loads((project.folder / "results/test/metrics.json").read_text(encoding="utf-8"))
    found = metrics["label_noise.train_accuracy.1"]
    assert (found["n"], found["source"]) == (2, [f"label_noise/1/seed{seed}/history.csv" for seed in (0, 1)])
    assert "4.13 Labels drawn at random" in page(project)
    assert "4.13 随机标签" in page(project, "zh")
    for rule in ("draw_label_noise", "summarise_label_noise"):  # where its figure and its table come from
        assert f"Where from: rule <code>{rule}</code>" in page(project)

    project.replace("config.yaml", "  shares: [0, 0.5, 1]", "  shares: [0, 0.25, 1]")
    assert planned_jobs(project, "label_noise") == 2  # of the new share alone
    assert not project.would_run() & TRAINING
    project.replace("config.yaml", "  shares: [0, 0.25, 1]", "  shares: [0, 2]")
    done = project.snakemake("-n")
    assert done.returncode != 0
    assert "label_noise.shares.1: input should be less than or equal to 1, got 2" in done.stdout


def add_control(project: Project) -> None:
    """A new file and five edits."""
    copy_added(project, "controls")
    translate(project, {"batch norm": "批归一化", "none": "无"})
    arm = "  plain_mlp: { base: mlp, seeds: 2, model: { batchnorm: false } }\n"
    append(project, "config.yaml", arm, before="  gray3_mlp:")
    append(project, "report/captions.yaml", BARS_CAPTIONS, before="rate_drops:")
    for language in ("zh", "en"):
        append(project, f"report/sections/cifar.{language}.md.j2", BARS_TEXT)


def test_an_experiment_with_further_models_that_a_run_may_leave_out(project):
    add_control(project)
    assert planned_jobs(project, "train_vision") == 2  # its own
    done = project.snakemake()
    assert done.returncode == 0, done.stdout[-5000:]
    assert "Batch norm is worth" in page(project)
    assert "有无批归一化的 MLP。" in page(project, "zh")

    known = experiments_of(read_yaml(project.folder / "report/captions.yaml"))
    others = [name for name in known if name != "mlp_normalisation"]
    project.replace("config.yaml", "  experiments: all", f"  experiments: [{', '.join(others)}]")
    run(project)
    assert "Batch norm is worth" not in page(project)
    assert "The MLP with and without batch norm." not in page(project)


def add_data_set(project: Project) -> None:
    copy_added(project, "dataset")
    append(project, "rules/data.smk", (ADDED / "dataset/data.smk").read_text(encoding="utf-8"))
    append(project, "lib/data/sources.yaml", (ADDED / "dataset/sources.yaml").read_text(encoding="utf-8"))
    insert(project, "config.yaml", "  digits:\n    validation: 200 # the last images for training\n", after=SPLIT)
    insert(project, "lib/catalogue/configuration.py", "    digits: MnistSplit\n", after="    cifar10: SplitConfig\n")


def test_a_data_set(project):
    add_data_set(project)
    installed = Path(sklearn.__file__).parent / "datasets/data"
    target = "data/prepared/real/digits.npz"
    done = project.snakemake("--", target, DATA_MIRROR=str(installed))
    assert done.returncode == 0, done.stdout[-5000:]
    digits = load_dataset(project.folder / target)
    assert digits.x_train.shape == (1500, 1, 8, 8) and digits.x_test.shape == (297, 1, 8, 8)
    assert [int(np.bincount(digits.y_test, minlength=10).min()), len(digits.class_names)] == [27, 10]
    # No other data set is fetched or prepared for it, and nothing trains.
    assert not project.would_run() & ({"prepare_sample", "describe_data"} | TRAINING)

    (project.folder / "mirror").mkdir()
    with gzip.open(project.folder / "mirror/digits.csv.gz", "wb") as file:
        file.write(gzip.decompress((installed / "digits.csv.gz").read_bytes()).replace(b"16", b"15", 1))
    (project.folder / "data/raw/digits.csv.gz").unlink()
    project.replace("lib/data/sources.yaml", "https://raw.githubusercontent.com/", "http://127.0.0.1:9/")
    done = project.snakemake("--", target, DATA_MIRROR="mirror")
    assert done.returncode != 0
    assert "UCI digits could not be fetched." in done.stdout and "wrong digest: sha256" in done.stdout


def test_a_cluster(project, tmp_path):
    """The knobs of the profile for Slurm, taken out of their comments, reach Slurm with the job that they are for."""
    profile = project.folder / "profiles/slurm/config.yaml"
    head, mark, knobs = profile.read_text(encoding="utf-8").partition("# What a site needs to know")
    assert mark
    knobs = re.sub(r"^# ?", "", knobs.partition("\n")[2], flags=re.MULTILINE)
    profile.write_text(head + knobs, encoding="utf-8")
    # Slurm's programs: one account, and no job is taken.
    answers = {"sacctmgr": "echo my-account", "sbatch": f"echo $* >>{tmp_path}/submitted; exit 1", "scontrol": ""}
    for name, answer in answers.items():
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{answer}\n")
        program.chmod(0o755)

    (project.folder / "results/test/vision/mlp-rgb/seed0/weights.npz").unlink()
    done = project.snakemake(
        *("--profile", "profiles/slurm", "--retries", "0", "--slurm-init-seconds-before-status-checks", "1"),
        *("--config", "compute={device: cuda}", "--", "results/test/vision/mlp-rgb/seed0/weights.npz"),
        PATH=f"{tmp_path}/bin:{os.environ['PATH']}",
    )
    assert done.returncode != 0
    (submitted,) = (tmp_path / "submitted").read_text().splitlines()
    for option in ("-A my-account", "-p gpu", "-t 480", "--mem 4000", "--cpus-per-task=1", "--gpus=h100:1"):
        assert option in submitted


def add_claim(project: Project) -> None:
    append(project, "report/claims.yaml", CLAIM)
    for language in ("zh", "en"):
        append(project, f"report/sections/gray.{language}.md.j2", '\n{{ verdict("gray-has-runs") }}\n')


def test_a_claim(project):
    add_claim(project)
    run(project)
    claims = json.loads((project.folder / "results/test/claims.json").read_text(encoding="utf-8"))
    assert "gray-has-runs" in str(claims)
    assert "There is a run on gray images." in page(project)


def add_language(project: Project) -> None:
    project.replace("report/sections.yaml", "unfinished: []", "unfinished: [fr]")
    for template in (project.folder / "report/sections").glob("*.en.md.j2"):
        shutil.copy2(template, template.with_name(template.name.replace(".en.", ".fr.")))
    project.replace("report/sections/gray.fr.md.j2", "## 2.8 The same on gray", "## 2.8 La même chose en gris")


def test_a_language(project):
    add_language(project)
    before = page(project, "zh", "md")
    run(project)
    assert '<html lang="fr"' in page(project, "fr")
    assert "La même chose en gris" in page(project, "fr", "md")
    assert page(project, "zh", "md") == before


def test_what_was_added_leaves_the_tests_green(tmp_path):
    """Those without a run of the pipeline, in a copy of the project to which all of it was added."""
    project = copy_project(tmp_path / "project")
    for part in ("tests", "benchmarks"):
        shutil.copytree(ROOT / part, project.folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "pyproject.toml", project.folder)
    for add in (add_figure, add_number_and_table, add_experiment, add_control):
        add(project)
    place = '        "cifar": lambda: cifar.draw('
    drawn = '        "label_noise": lambda: label_noise.draw(made_label_noise(arms.parent)),\n'
    append(project, "tests/figures/conftest.py", drawn, before=place)
    append(
        project,
        "tests/figures/conftest.py",
        "from lib.studies import label_noise\nfrom tests.figures.made_label_noise import made_label_noise\n",
        before="from tests.figures.reading",
    )
    folders = [
        f"tests/{name}"
        for name in ["catalogue", "claims", "experiments", "figures", "report", "studies", "summaries", "workflow"]
    ]
    done = subprocess.run(
        # The copy has no published report, so that of this project is not looked at either.
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not test_published", *folders],
        cwd=project.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=3600,
    )
    assert done.returncode == 0, done.stdout[-5000:]
