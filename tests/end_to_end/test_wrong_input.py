"""What is wrong with a file or beside it is one line that names it, or does no harm."""

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Project, copy_project
from tests.end_to_end.test_resources import PLAIN_USER, snakemake


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return copy_project(tmp_path_factory.mktemp("wrong") / "project")


@pytest.fixture
def put(project: Project) -> Iterator[Callable[[str, bytes], None]]:
    """Write files of the project; afterwards they are as they were."""
    kept: dict[Path, bytes | None] = {}

    def write(name: str, content: bytes) -> None:
        path = project.folder / name
        kept[path] = path.read_bytes() if path.exists() else None
        path.write_bytes(content)

    yield write
    for path, content in kept.items():
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "snakefile"),
    [("config.yaml", "Snakefile"), ("examples/smallest/config.yaml", "examples/smallest/Snakefile")],
)
def test_a_configuration_in_another_encoding_is_named(project, put, name, snakefile):
    put(name, "run: main\n".encode("utf-16"))
    done = project.snakemake("-n", "-s", snakefile)
    assert done.returncode != 0
    assert done.stdout.splitlines()[-1] == f"{name}: not UTF-8: invalid start byte at byte 0; save it as UTF-8"
    assert "Traceback" not in done.stdout


def test_the_command_below_a_figure_makes_the_run_whatever_its_name(project):
    target = "results/abc/report/report.en.html"
    done = project.snakemake("-n", "--printshellcmds", "--config", "run=abc", "--", target)
    [options] = re.findall(r"scripts\.render_report .*--options='([^']*)'", done.stdout)
    assert options == "--configfile presets/test.yaml --config run=abc"
    again = project.plain_snakemake("-n", *shlex.split(options), "--", target)
    assert again.returncode == 0, again.stdout[-3000:]


def test_what_editors_and_file_managers_leave_does_no_harm(project, put):
    for name in (
        "report/.DS_Store",
        "report/Thumbs.db",
        "report/sections/.overfit.en.md.j2.swp",
        "lib/figures/._axes.py",
        "lib/studies/._conv_init.py",
        "lib/experiments/._overfit.py",
        "scripts/._fetch.py",
    ):
        put(name, b"\0\xff")
    done = project.snakemake("-n")
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("name", ["report/style.css", "report/claims.yaml", "report/sections/overfit.en.md.j2"])
def test_a_text_of_the_report_in_another_encoding_is_named(project, put, name):
    put(name, (project.folder / name).read_bytes() + b"# \xe9\n")
    done = project.snakemake("-n")
    assert done.returncode != 0
    assert done.stdout.splitlines()[-1].startswith(f"{name}: not UTF-8: ")
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize(
    "name",
    [
        "config.yaml",
        "report/sections/overfit.en.md.j2",
        "lib/data/sources.yaml",
        "lib/nn/optim.py",
        "results/test/inputs/snakefile.txt",
    ],
)
def test_a_file_that_cannot_be_read_is_named(project, name):
    path = project.folder / name
    if not path.exists():
        assert project.snakemake("-n").returncode == 0
    mode = path.stat().st_mode
    path.chmod(0)
    try:
        done = snakemake(project, start=tuple(PLAIN_USER))
    finally:
        path.chmod(mode)
    assert done.returncode != 0
    told = f"{name}: cannot be read (Permission denied); it must be a file that you have the right to read"
    assert done.stdout.splitlines()[-1] == told
    assert "Traceback" not in done.stdout
