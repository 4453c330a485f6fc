"""A change reruns what depends on it, and nothing else: the main cases of the rerun contract."""

import os
import shutil

WRITING = {"render_report", "collect_metrics", "collect_runtime", "render_runtime"}
TRAININGS = {"train_vision", "train_mnist", "train_optimizer", "overfit", "search_mnist"}


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
    edit("lib/nn/optim.py", "from __future__ import annotations\n", "# a comment\nfrom __future__ import annotations\n")
    edit("lib/vision/training.py", '"""The training loop:', '"""The loop of a training:')
    assert finished.would_run() == set()


def test_new_file_times_alone_rerun_nothing(finished):
    for folder in ("lib", "scripts", "report", "rules"):
        for path in (finished.folder / folder).rglob("*"):
            os.utime(path)
    os.utime(finished.folder / "config.yaml")
    assert finished.would_run() == set()


def test_overfit_settings_rerun_the_overfit_study_and_the_report_only(finished, edit):
    edit("presets/test.yaml", "    validation_images: 100\n    epochs: 2\n  grid:", "    validation_images: 90\n    epochs: 2\n  grid:")
    assert finished.would_run() == (
        {"overfit", "draw_overfit", "summarise_overfit", "render_overfit"}
        | {"describe_environment", "render_environment"}
        | WRITING
    )


def test_one_more_seed_runs_only_that_seed(finished, edit):
    edit("presets/test.yaml", "  overfit: 2\n", "  overfit: 3\n")
    done = finished.snakemake("-n")
    assert "overfit                       2\n" in done.stdout  # one per network
    assert not finished.would_run() & (TRAININGS - {"overfit"})


def test_a_lost_snakemake_folder_changes_nothing(finished, edit):
    kept, aside = finished.folder / ".snakemake", finished.folder / "snakemake-aside"
    shutil.move(kept, aside)
    try:
        assert finished.would_run() == set()
        edit("lib/figures/optimizers.py", '"Training loss"', '"Loss in training"')
        assert finished.would_run() <= {"draw_optimizers"} | WRITING
    finally:
        shutil.rmtree(kept, ignore_errors=True)
        shutil.move(aside, kept)
