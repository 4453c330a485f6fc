"""A change reruns what depends on it, and nothing else: the main cases of the rerun contract."""

import contextlib
import os
import re
import shutil

# What any change of a result or of code leads to: the pages, and the appendices that record code and run times.
WRITING = {"render_report", "collect_metrics", "collect_runtime", "render_runtime"}
WRITING |= {"trace_provenance", "render_provenance"}
TRAININGS = {"train_vision", "train_mnist", "train_optimizer", "overfit", "search_mnist"}


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
    assert rules <= {"draw_optimizers"} | WRITING


def test_a_template_is_rendered_again_and_trains_nothing(finished, edit):
    edit("report/sections/overfit.en.md.j2", "### Set-up", "### The set-up")
    assert finished.would_run() == {"render_overfit", "render_report"}


def test_a_caption_or_the_style_sheet_trains_and_draws_nothing(finished, edit):
    path = finished.folder / "report/style.css"
    edit("report/style.css", path.read_text()[:40], "/* changed */" + path.read_text()[:40])
    assert finished.would_run() == {"render_report"}


def test_a_comment_or_a_docstring_reruns_nothing(finished, edit):
    edit("lib/nn/optim.py", "import numpy as np\n", "import numpy as np  # a comment\n")
    edit("lib/vision/training.py", '"""The training loop:', '"""The loop of a training:')
    assert finished.would_run() == set()


def test_new_file_times_alone_rerun_nothing_even_without_the_snakemake_folder(finished):
    for folder in ("lib", "scripts", "report", "rules"):
        for path in (finished.folder / folder).rglob("*"):
            os.utime(path)
    os.utime(finished.folder / "config.yaml")
    assert finished.would_run() == set()
    with lost_snakemake_folder(finished):
        assert finished.would_run() == set()


def test_overfit_settings_rerun_the_overfit_study_and_the_report_only(finished, edit):
    edit("presets/test.yaml", "overfit:\n  training:\n", "overfit:\n  training:\n    batch_size: 20\n")
    rules = finished.would_run()
    assert {"overfit", "draw_overfit", "summarise_overfit", "render_overfit", "render_report"} <= rules
    appendix = {"describe_environment", "render_environment"}  # it prints the configuration
    assert rules <= {"overfit", "draw_overfit", "summarise_overfit", "render_overfit"} | appendix | WRITING


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
    assert rules <= {"draw_optimizers"} | WRITING
