"""The whole pipeline on the smallest preset: it gives the report, reruns what a change asks for, and fails clearly.

All of it is one file, so that a parallel run of the tests makes the finished project once.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil

import pytest
import yaml

from lib.report.html import page_problems
from lib.vision.exported import load
from tests.end_to_end.expected import EXPERIMENTS

LANGUAGES = ("zh", "en")
# What any change of a result or of code leads to: the pages, and the appendices that record code and run times.
WRITING = {"render_report", "package_run", "collect_metrics", "collect_runtime", "render_environment"}
WRITING |= {"trace_provenance", "translate_figures_zh"}
DECIDING = {"decide_claims", "collect_claims", "render_claims", "render_overview", "render_errata", "render_discussion"}
TRAININGS = {"train_vision", "train_mnist", "train_optimizer", "overfit", "search_mnist"}
TRAININGS |= {"train_mnist_variant", "search_rates", "rank_optimizer", "overfit_cnn"}
OPTIMIZER_FIGURES = {"draw_optimizers", "draw_search_budget", "draw_printed_adam"}


# The report


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


# What reruns


@contextlib.contextmanager
def lost_snakemake_folder(finished):
    kept, aside = finished.folder / ".snakemake", finished.folder / "snakemake-aside"
    shutil.move(kept, aside)
    try:
        yield
    finally:
        shutil.rmtree(kept, ignore_errors=True)
        shutil.move(aside, kept)


def test_nothing_reruns_without_a_change(finished):
    assert finished.would_run() == set()


def test_an_optimiser_reruns_what_imports_it_and_no_pytorch_training(finished, edit):
    edit("lib/nn/optim.py", "def sgd(", "DECOY = 1\n\n\ndef sgd(")
    rules = finished.would_run()
    assert {"train_optimizer", "train_mnist", "search_mnist", "overfit"} <= rules
    assert not rules & {"train_vision", "evaluate_vision", "inspect_filters", "prepare_sample", "check_gradients"}


def test_a_figure_module_redraws_and_trains_nothing(finished, edit):
    edit("lib/figures/optimizers.py", '"Training loss"', '"Loss in training"')
    rules = finished.would_run()
    assert "draw_optimizers" in rules
    assert rules <= OPTIMIZER_FIGURES | WRITING


def test_a_template_is_rendered_again_and_trains_nothing(finished, edit):
    edit("report/sections/overfit.en.md.j2", "### Which settings succeed", "### Settings that succeed")
    assert finished.would_run() == {"render_overfit", "render_report", "package_run"}


def test_a_caption_or_the_style_sheet_trains_and_draws_nothing(finished, edit):
    path = finished.folder / "report/style.css"
    edit("report/style.css", path.read_text()[:40], "/* changed */" + path.read_text()[:40])
    assert finished.would_run() == {"render_report", "package_run"}


def test_a_comment_or_a_docstring_reruns_nothing(finished, edit):
    edit("lib/nn/solver.py", "import numpy as np\n", "import numpy as np  # a comment\n")
    edit("lib/vision/training.py", '"""The training loop:', '"""The loop of a training:')
    assert finished.would_run() == set()


def test_a_comment_in_code_that_a_section_lists_is_printed_and_nothing_trains(finished, edit):
    edit("lib/nn/optim.py", "import numpy as np\n", "import numpy as np\n\n# The lines below have other numbers now.\n")
    assert finished.would_run() == {"render_optimizers", "render_printed_adam", "render_report", "package_run"}


def test_new_file_times_alone_rerun_nothing_even_without_the_snakemake_folder(finished):
    for folder in ("lib", "scripts", "report", "rules"):
        for path in (finished.folder / folder).rglob("*"):
            os.utime(path)
    os.utime(finished.folder / "config.yaml")
    assert finished.would_run() == set()
    with lost_snakemake_folder(finished):
        assert finished.would_run() == set()


def test_prepared_data_too_large_for_checksums_may_be_touched_also_without_the_snakemake_folder(finished):
    too_large = ("--max-checksum-file-size", "1000000")
    for data in (finished.folder / "data/prepared/sample").iterdir():
        os.utime(data)
    assert finished.would_run(*too_large) == set()
    for data in (finished.folder / "data/prepared/sample").iterdir():
        os.utime(data)
    with lost_snakemake_folder(finished):
        assert finished.would_run(*too_large) == set()


def test_whatever_was_removed_of_a_finished_report_is_made_again_and_nothing_trains(finished, tmp_path):
    makers = {
        "report/figures/cifar_bars.svg": "draw_cifar",
        "report/figures/zh/cifar_bars.svg": "translate_figures_zh",
        "tables/mnist_results.csv": "summarise_mnist",
        "summaries/network.json": "summarise_network",
        "sections/purpose.zh.md": "render_purpose",
        "sections/references.used.json": "render_references",
        "claims/overfit.json": "decide_claims",
        "summaries/environment.json": "describe_environment",
        "summaries/runtime.json": "collect_runtime",
        "summaries/provenance.json": "trace_provenance",
        "data/summary.json": "describe_data",
    }
    for place, name in enumerate(makers):
        shutil.move(finished.folder / "results/test" / name, tmp_path / str(place))
    try:
        rules = finished.would_run()
    finally:
        for place, name in enumerate(makers):
            shutil.move(tmp_path / str(place), finished.folder / "results/test" / name)
    assert rules >= set(makers.values())
    assert not rules & (TRAININGS | {"prepare_sample", "evaluate_vision"})


def test_overfit_settings_rerun_the_overfit_study_and_the_report_only(finished, edit):
    edit("presets/test.yaml", "overfit:\n  training:\n", "overfit:\n  training:\n    batch_size: 20\n")
    rules = finished.would_run()
    study = {"overfit", "overfit_cnn", "draw_overfit", "summarise_overfit", "render_overfit"}
    assert study | {"render_report"} <= rules
    others = {"describe_environment", "render_cifar"}  # the configuration as a file, and the motive for the CNN
    assert rules <= study | others | DECIDING | WRITING


def test_the_margin_of_a_claim_is_decided_again_and_trains_nothing(finished, edit):
    text = (finished.folder / "report/claims.yaml").read_text(encoding="utf-8")
    margin = re.search(r"\bmargin: [\d.]+.*\n", text)
    head, tail = text[: margin.end()], text[margin.end() :]
    edit("report/claims.yaml", text, head.replace(margin[0], margin[0].replace("margin: ", "margin: 1")) + tail)
    rules = finished.would_run()
    assert {"decide_claims", "collect_claims", "render_claims", "render_report"} <= rules
    assert {rule for rule in rules if not rule.startswith("render_")} <= DECIDING | WRITING


def test_an_experiment_can_be_taken_out_and_nothing_trains(finished, edit):
    others = [name for name in EXPERIMENTS if name != "shuffled_pixels"]
    edit("config.yaml", "  experiments: all", f"  experiments: [{', '.join(others)}]")
    rules = finished.would_run()
    assert {"decide_claims", "render_gray", "render_report"} <= rules
    assert not rules & (TRAININGS | {"draw_cifar", "summarise_cifar", "evaluate_vision"})


def test_an_arm_of_an_experiment_trains_what_rests_on_it_alone(finished, edit):
    edit("presets/test.yaml", "arms:\n", "arms:\n  gray3_mlp: { training: { epochs: 3 } }\n")
    done = finished.snakemake("-n")
    assert re.search(r"^train_vision +1$", done.stdout, re.MULTILINE)
    rules = finished.would_run()
    assert {"summarise_gray_three_channels", "draw_gray_three_channels", "render_gray_three_channels"} <= rules
    assert not rules & {"summarise_cifar", "summarise_gray", "summarise_shuffled_pixels", "train_mnist"}


def test_one_more_seed_runs_only_that_seed(finished, edit):
    edit("presets/test.yaml", "  overfit: 2\n", "  overfit: 3\n")
    done = finished.snakemake("-n")
    assert re.search(r"^overfit +2$", done.stdout, re.MULTILINE)  # one per network
    assert not finished.would_run() & (TRAININGS - {"overfit"})


def test_a_change_is_seen_without_the_snakemake_folder(finished, edit):
    edit("lib/figures/optimizers.py", '"Training loss"', '"Loss in training"')
    with lost_snakemake_folder(finished):
        rules = finished.would_run()
    assert "draw_optimizers" in rules
    assert rules <= OPTIMIZER_FIGURES | WRITING


@pytest.mark.usefixtures("edit")
@pytest.mark.parametrize(
    ("package", "reruns"),
    [("matplotlib", "draw_mnist"), ("numpy", "train_mnist"), ("torch", "train_vision"), ("scipy", "")],
)
def test_another_version_of_a_library_reruns_what_it_changes_and_the_appendix_that_names_it(finished, package, reruns):
    (finished.folder / f"results/test/inputs/versions/{package}.txt").write_text("0.1\n")  # when it was run
    with lost_snakemake_folder(finished):  # its records know the version that is there
        rules = finished.would_run()
    assert {"describe_environment", "render_environment", *filter(None, [reruns])} <= rules
    assert bool(rules & TRAININGS) is reruns.startswith("train")
    assert reruns or rules <= {"describe_environment"} | WRITING


def test_an_experiment_that_gives_the_same_bytes_as_before_ends_the_rerun(finished, edit):
    old = "return log_spaced(*self.weight_scales, self.weight_scale_count)"
    new = "low, high = self.weight_scales\n        return log_spaced(low, high, self.weight_scale_count)"
    edit("lib/experiments/config/overfit.py", old, new)
    assert "overfit" in finished.would_run()
    stage = finished.snakemake("--until", "overfit", "overfit_cnn")
    assert stage.returncode == 0, stage.stdout[-3000:]
    assert finished.would_run() <= WRITING  # the appendix prints the digest of the code


# What goes wrong


def digests(finished) -> dict[str, str]:
    folder = finished.folder / "results/test"
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in (".lock", ".running"))
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files if "/inputs/" not in str(path)}


def test_an_unknown_key_is_one_line_and_runs_nothing(finished, edit):
    before = digests(finished)
    edit("presets/test.yaml", "seeds:\n", "seed: 3\nseeds:\n")
    done = finished.snakemake()
    assert done.returncode != 0
    assert "config.yaml + presets/test.yaml: seed: unknown key 'seed'; did you mean 'seeds'?" in done.stdout
    assert "Traceback" not in done.stdout
    assert digests(finished) == before


def test_where_a_figure_or_table_comes_from_begins_with_the_rule_that_made_it(finished):
    folder = finished.folder / "results/test"
    origins = json.loads((folder / "summaries/provenance.json").read_text(encoding="utf-8"))["facts"][
        "provenance.origins"
    ]
    assert origins.keys() == captions(finished).keys()
    for name, origin in origins.items():
        rule = origin["rules"][0]
        kind = captions(finished)[name]["kind"]
        assert rule.startswith(("draw_",) if kind == "figure" else ("summarise_", "collect_claims")), (name, rule)
        assert name in (folder / f"../../{origin['target']}").name


def test_snakemakes_own_report_has_every_figure_and_table_with_its_caption(finished):
    done = finished.snakemake("--report", "snakemake.html")
    assert done.returncode == 0, done.stdout[-3000:]
    path = finished.folder / "snakemake.html"
    page = path.read_text(encoding="utf-8")
    path.unlink()
    counts = {"figure": 0, "table": 0}
    for name, caption in captions(finished).items():
        kind = caption["kind"]
        counts[kind] += 1
        assert f'"name": "{kind.capitalize()} {counts[kind]:2}", "shows": "{name.replace("_", " ")}"' in page, name
    assert all(f'"labels": {{"language": "{language}"}}' in page for language in LANGUAGES)
    assert all(
        f'"{category}": {{' in page
        for category in ("2.6 MLP baseline on MNIST", "2.7 MLP against CNN on CIFAR-10 (PyTorch)", "The report")
    )
    assert "with its caption and the rule that made it" in page  # report/workflow.rst


def test_a_run_on_sample_data_is_not_published(finished):
    published = finished.folder / "docs/example/report.en.html"
    published.parent.mkdir(parents=True)
    published.touch()
    done = finished.snakemake("--", "publish")
    assert done.returncode != 0
    assert "data.source is 'sample': only a run on the real data is published; take another preset" in done.stdout
    assert published.is_file()
    shutil.rmtree(finished.folder / "docs")


def test_a_network_of_each_arm_leaves_with_a_model_card(finished):
    done = finished.snakemake("--", "export_weights")
    assert done.returncode == 0, done.stdout[-3000:]
    folder = finished.folder / "results/test/weights"
    card = (folder / "README.md").read_text(encoding="utf-8")
    metrics = json.loads((finished.folder / "results/test/metrics.json").read_text(encoding="utf-8"))
    for arm, metric in (("mlp-rgb", "cifar.test_accuracy.mlp"), ("cnn-gray", "gray.test_accuracy.cnn")):
        row = next(line for line in card.splitlines() if line.startswith(f"| `{arm}.safetensors` |"))
        assert f"| {100 * metrics[metric]['value']:.2f}% |" in row  # one seed, so this network's own
        assert load(folder / f"{arm}.safetensors").color == arm.rpartition("-")[2]
    assert "sample data" in card
    assert finished.would_run() == set()


@pytest.fixture
def offline(finished, edit):
    """The public mirrors of the finished project at an address where nobody listens."""
    path = finished.folder / "lib/data/sources.yaml"
    kept = path.read_bytes()
    text = path.read_text()
    for url in {word.strip("'\"") for word in text.split() if word.strip("'\"").startswith("https://")}:
        text = text.replace(url, "http://127.0.0.1:9/" + url.rpartition("/")[2])
    assert yaml.safe_load(text)
    path.write_text(text)
    yield finished
    path.write_bytes(kept)


def test_no_network_and_no_mirror_is_one_message_with_the_ways_out(offline):
    before = digests(offline)
    done = offline.snakemake("--config", "data={source: real}", "--", "data/prepared/real/cifar10.npz")
    assert done.returncode != 0
    assert "CIFAR-10 could not be fetched." in done.stdout
    assert "DATA_MIRROR=that/folder" in done.stdout
    assert "make demo" in done.stdout
    assert "Traceback" not in done.stdout
    assert digests(offline) == before


def test_a_mirror_with_a_password_leaves_it_nowhere_and_changes_no_report(offline, edit):
    edit("config.yaml", "  mirrors: []", "  mirrors: ['http://me:hunter2@127.0.0.1:9/x?token=hunter2']")
    assert not offline.would_run()
    done = offline.snakemake(
        *("--config", "data={source: real}", "--", "data/prepared/real/mnist.npz"),
        DATA_MIRROR="http://me:hunter2@127.0.0.1:7/y?token=hunter2",
    )
    assert done.returncode != 0
    assert "http://127.0.0.1:9/x  " in done.stdout
    assert "hunter2" not in done.stdout
    for folder in ("data", "results", ".snakemake"):
        for path in (offline.folder / folder).rglob("*"):
            assert path.is_dir() or b"hunter2" not in path.read_bytes(), path


def test_a_truncated_archive_is_named(offline, tmp_path):
    before = digests(offline)
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(b"\x1f\x8b" + bytes(1000))
    done = offline.snakemake(
        "--config", "data={source: real}", "--", "data/prepared/real/cifar10.npz", DATA_MIRROR=str(tmp_path)
    )
    assert done.returncode != 0
    assert "CIFAR-10 could not be fetched." in done.stdout
    assert str(tmp_path) in done.stdout
    assert "Traceback" not in done.stdout
    assert digests(offline) == before
