"""Small files tell Snakemake what a job depends on: they change when it does, and not before."""

import json
import os
import shlex
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lib.workflow.run import ROOT, Run
from lib.workflow.stamps import SourceTree

CONFIG: dict[str, Any] = {
    "run": "mine",
    "report": {"author": "A."},
    "claims": {"experiments": []},
    "machine": {"side_by_side": 2},
    "training": {"epochs": 3, "models": {"small": {"width": 5}}},
}
FILES = {
    "report/labels.yaml": "{}",
    "report/sections.yaml": "{title: {en: T}, languages: [en], sections: {one: 1}}",
    "report/captions.yaml": "{}",
    "report/style.css": "body {}",
    "own/report/style.css": "main {}",
    "sources.yaml": "first: {url: a}\nsecond: {url: b}\n",
    "report/sections/one.en.md.j2": "# 1 The **first** part\n\n{{ setup('training.epochs') }}\n",
    "lib/__init__.py": "",
    "scripts/train.py": "import lib\n\ndef main(data: InputFile) -> None: ...\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def run_of(project: Path, config: dict[str, Any] | None = None, **more: Any) -> Run:
    return Run(config or CONFIG, project, working_directory=project, **more)


def written_by(project: Path, run: Run) -> set[str]:
    """The small files that a start writes, all older ones set back to the beginning of 1970."""
    inputs = project / "results/mine/inputs"
    for path in inputs.rglob("*"):
        os.utime(path, (1, 1))
    run.write_settings()
    run.code_of("train")
    run.file("sources.yaml")
    run.report.file("style.css")
    written = {path for path in inputs.rglob("*") if path.is_file() and path.stat().st_mtime > 1}
    return {path.relative_to(inputs).as_posix() for path in written}


def test_only_the_file_of_what_has_changed_is_written_again(project):
    assert len(written_by(project, run_of(project))) > 5
    assert written_by(project, run_of(project)) == set()
    more = {**CONFIG, "training": {**CONFIG["training"], "epochs": 4}}
    assert written_by(project, run_of(project, more)) == {"settings/training.json"}
    (project / "scripts/train.py").write_text(FILES["scripts/train.py"] + "# a comment\n", encoding="utf-8")
    assert written_by(project, run_of(project, more)) == set()
    (project / "scripts/train.py").write_text(FILES["scripts/train.py"] + "LIMIT = 3\n", encoding="utf-8")
    assert written_by(project, run_of(project, more)) == {"code/train.txt"}


def test_every_section_has_its_file_at_whatever_depth(project):
    run = run_of(project, derived={"arm": {"wide": {"width": 9}}})
    run.write_settings()
    found = {
        key: json.loads((project / run.settings(key)).read_text())
        for key in ("training", "training.models.small", "arm.wide")
    }
    assert found == {"training": CONFIG["training"], "training.models.small": {"width": 5}, "arm.wide": {"width": 9}}
    assert run.section("arm.wide.width") == 9


def test_what_decides_no_result_is_in_no_settings_file(project):
    config = {**CONFIG, "data": {"mirrors": ["https://me:secret@host/"], "split": {"seed": 0}}}
    run = run_of(project, config, kept_out=("data.mirrors", "machine"))
    run.write_settings()
    files = {path.stem: path.read_text() for path in (project / "results/mine/inputs/settings").iterdir()}
    assert {name.partition(".")[0] for name in files} == {"claims", "data", "report", "training"}
    assert json.loads(files["data"]) == {"split": {"seed": 0}}
    assert {Path(path).stem for path in run.all_settings} == {"claims", "data", "report", "training"}
    assert {Path(path).stem for path in run.settings_used("one")} == {"claims", "training"}
    assert run.section("data.mirrors") == ["https://me:secret@host/"]


def test_a_report_in_a_folder_of_its_own_takes_what_it_lacks_from_the_shared_one(project):
    run = run_of(project, folders=("own/report", "report"))
    assert (project / run.report.file("style.css")).read_text() == "main {}"
    assert (project / run.report.file("labels.yaml")).read_text() == "{}"
    with pytest.raises(SystemExit, match=r"^own/report/page\.html: no such file$"):
        run.report.file("page.html")


def test_an_entry_of_a_file_is_apart_from_the_others(project):
    run = run_of(project)
    assert (project / run.entry("sources.yaml", "second")).read_text() == "second:\n  url: b\n"
    with pytest.raises(ValueError, match=r"^sources\.yaml: there is no 'third'; there are: first, second$"):
        run.entry("sources.yaml", "third")


def test_files_of_a_module_lie_below_its_prefix(project):
    run = run_of(project, moved="lab/{}".format)
    assert run.file("sources.yaml") == "results/mine/inputs/files/sources.yaml"  # Snakemake puts the prefix before it
    assert (project / "lab" / run.file("sources.yaml")).is_file()
    assert run.checkpoints == "lab/results/mine/checkpoints"
    assert run.scripts.run("train").startswith(". lab/results/mine/inputs/job.sh && python -m scripts.train ")


def test_words_of_a_reports_own_folder_lie_over_the_shared_ones(project):
    shared = "first: {en: shared, zh: 共用}\nsecond: {en: shared, zh: 共用}\n"  # more languages than the report has
    (project / "report/labels.yaml").write_text(shared, encoding="utf-8")
    (project / "own/report/labels.yaml").write_text("second: {en: own}\n", encoding="utf-8")
    for name in ("sections", "captions"):
        (project / f"own/report/{name}.yaml").write_text((project / f"report/{name}.yaml").read_text())
    words = run_of(project, folders=("own/report", "report")).report.texts.labels["en"]
    assert (words["first"], words["second"]) == ("shared", "own")


def test_only_words_and_styles_are_taken_from_the_shared_folder(project):
    (project / "report/references.yaml").write_text("a: {text: A, url: b}\n", encoding="utf-8")
    for name in ("sections", "captions"):
        (project / f"own/report/{name}.yaml").write_text((project / f"report/{name}.yaml").read_text())
    run = run_of(project, folders=("own/report", "report"))
    assert not run.report.texts.bibliography
    with pytest.raises(SystemExit, match=r"^own/report/sections/one\.en\.md\.j2: no such file$"):
        run.report.template_files("one")


def test_a_section_that_the_configuration_lacks_is_named(project):
    with pytest.raises(ValueError, match=r"no section 'traning'"):
        run_of(project).settings("traning")
    assert run_of(project).settings("arm.{arm}") == "results/mine/inputs/settings/arm.{arm}.json"


def test_two_snakefiles_do_not_write_the_same_run(project):
    run_of(project).write_settings()
    with pytest.raises(SystemExit, match=r"^results/mine: the run of Snakefile; give this one another name"):
        run_of(project, snakefile="own/Snakefile").write_settings()


def test_jobs_take_the_python_of_snakemake_unless_they_have_one_of_their_own(project):
    for deployed in (False, True):
        run = run_of(project, deployed=deployed)
        run.write_job_environment()
        lines = (project / run.job_environment).read_text(encoding="utf-8").splitlines()
        assert any(line.startswith("export PATH=") for line in lines) is not deployed


def test_a_folder_that_python_cannot_be_told_is_named(project):
    place = project / "a:b"
    run = Run(CONFIG, project, working_directory=place)
    with pytest.raises(SystemExit, match=r"a:b/.*: PYTHONPATH cannot have a ':' in a path; work in another folder$"):
        run.write_job_environment()


def test_jobs_execute_the_code_of_the_stamps_whatever_is_edited_between(project):
    code = project / "scripts/train.py"
    for stamp_first in (True, False):
        code.write_text(FILES["scripts/train.py"], encoding="utf-8")
        run = run_of(project)
        steps = [lambda run=run: run.code_of("train"), run.write_job_environment]
        steps[not stamp_first]()
        code.write_text(FILES["scripts/train.py"] + "LIMIT = 3\n", encoding="utf-8")
        steps[stamp_first]()
        name = (project / "results/mine/inputs/source.txt").read_text().strip()
        copy = project / "results/mine/inputs/source" / name
        assert (copy / "scripts/train.py").read_text(encoding="utf-8") == FILES["scripts/train.py"]
        assert SourceTree(copy).stamp("scripts.train") == (project / run.code_of("train")).read_text()


def test_jobs_draw_also_where_jupyter_has_named_a_backend_of_its_own(project):
    run = run_of(project)
    run.write_job_environment()
    draw = "from lib.report.figures import png_bytes, Figure; print(len(png_bytes(Figure())))"
    done = subprocess.run(
        ["sh", "-c", f". {run.job_environment} && PYTHONPATH={shlex.quote(str(ROOT))} python -c {shlex.quote(draw)}"],
        cwd=project,
        env={**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"},
        capture_output=True,
        text=True,
    )
    assert int(done.stdout) > 100, done.stderr


class Files(list):
    """Files of a rule, as Snakemake has them, all with one name."""

    def _get_names(self):
        return [("file", (0, len(self)))]


def rule(name: str, inputs: list[str], outputs: list[str]) -> SimpleNamespace:
    return SimpleNamespace(name=name, input=Files(inputs), output=Files(outputs), benchmark=None)


def test_a_result_that_no_rule_makes_is_named_with_the_rule_that_reads_it(project):
    made, read = "results/mine/a/{seed}.csv", "results/mine/a/3.csv"
    run_of(project).write_rules([rule("make", [], [made]), rule("read", [read], ["results/mine/b.csv"])])
    with pytest.raises(SystemExit, match=r"^rule read: no rule makes results/mine/c\.csv, which it reads$"):
        run_of(project).write_rules([rule("read", ["results/mine/c.csv"], ["results/mine/b.csv"])])
