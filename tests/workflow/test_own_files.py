"""What an editor or a file manager leaves is no file of the project; one that cannot be read is named."""

from pathlib import Path

import pytest

from lib.workflow.made_with import made_with
from lib.workflow.own_files import own_files, parse_own, read_own, read_own_bytes, read_own_yaml
from lib.workflow.stamps import SourceTree
from tests.workflow.another_user import another_user


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("lib/__init__.py", "lib/figures/axes.py", "scripts/draw.py", "report/text.md"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("")
    return tmp_path


STRAY = ("._axes.py", ".axes.py.swp", ".DS_Store", ".hidden/axes.py", "axes.py~", "#axes.py#")


@pytest.mark.parametrize("name", STRAY)
def test_hidden_files_and_backups_are_not_the_projects(project, name):
    before = made_with(project, ["lib/**/*"]), SourceTree(project).modules
    for folder in ("lib/figures", "report"):
        Path(folder, name).parent.mkdir(exist_ok=True)
        Path(folder, name).write_bytes(b"\0\xff")
    assert (made_with(project, ["lib/**/*"]), SourceTree(project).modules) == before
    assert own_files(project, "lib/**/*") == [project / "lib/__init__.py", project / "lib/figures/axes.py"]


def test_a_picture_among_the_texts_does_no_harm(project):
    Path("report/photo.png").write_bytes(b"\x89PNG\0\xff")
    assert set(made_with(project, [])) == {"report/photo.png", "report/text.md"}


def test_a_text_is_the_same_with_the_line_ends_of_windows(project):
    Path("report/text.md").write_bytes(b"a\nb\n")
    before = made_with(project, [])
    Path("report/text.md").write_bytes(b"a\r\nb\r\n")
    assert made_with(project, []) == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x = 1\ndef f(:\n", r"line 2: invalid syntax"),
        ("x = 'é'\n".encode("latin-1"), r"(line 1: )?\(unicode error\) .*"),
        (b"x = '\0'\n", r"source code (string )?cannot contain null bytes"),
    ],
)
def test_code_that_is_no_python_is_named(project, content, message):
    path = project / "lib/figures/axes.py"
    with pytest.raises(SystemExit, match=rf"^lib/figures/axes\.py: {message}$"):
        parse_own(content, path)
    path.write_bytes(content)
    with pytest.raises(SystemExit, match=rf"^lib/figures/axes\.py: {message}$"):
        SourceTree(project).stamp("lib.figures.axes")


def test_a_text_in_another_encoding_is_named(project):
    Path("report/text.md").write_bytes("é\n".encode("latin-1"))
    with pytest.raises(SystemExit, match=r"^report/text\.md: not UTF-8: .* at byte 0; save it as UTF-8$"):
        read_own(project / "report/text.md")


@pytest.mark.parametrize("read", [read_own, read_own_bytes, read_own_yaml])
@pytest.mark.parametrize("reason", ["Permission denied", "Is a directory", "No such file or directory"])
def test_a_file_that_cannot_be_read_is_named(here, monkeypatch, read, reason):
    monkeypatch.chdir(here)
    if reason == "Permission denied":
        Path("text.md").touch(mode=0o000)
    elif reason == "Is a directory":
        Path("text.md").mkdir()
    with another_user(), pytest.raises(SystemExit) as stopped:
        read(here / "text.md")
    assert (
        str(stopped.value) == f"text.md: cannot be read ({reason}); it must be a file that you have the right to read"
    )
