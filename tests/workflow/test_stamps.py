"""A stamp must change with behaviour, and with nothing else."""

import ast
import re
from pathlib import Path

import pytest

from lib.catalogue.experiments import controls
from lib.workflow.stamps import SourceTree, portable_digest

FILES = {
    "lib/__init__.py": "",
    "lib/base.py": "LIMIT = 3\n",
    "lib/pack/__init__.py": "",
    "lib/pack/inner.py": "from lib.base import LIMIT\n\ndef f():\n    return LIMIT\n",
    "lib/pack/relative.py": "from . import inner\nfrom .inner import f\n",
    "lib/late.py": "def g():\n    from lib.base import LIMIT\n    return LIMIT\n",
    "lib/apart.py": "X = 1\n",
    "scripts/__init__.py": "",
    "scripts/direct.py": "from lib.pack.inner import f\n",
    "scripts/relative.py": "import lib.pack.relative\n",
    "scripts/late.py": "from lib import late\n",
    "scripts/apart.py": "import lib.apart\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def stamps(project: Path) -> dict[str, str]:
    tree = SourceTree(project)
    return {name: tree.stamp(f"scripts.{name}") for name in ("direct", "relative", "late", "apart")}


def changed(project: Path, name: str, text: str) -> set[str]:
    before = stamps(project)
    (project / name).write_text(text)
    after = stamps(project)
    return {key for key in before if before[key] != after[key]}


def test_an_edit_changes_the_stamps_of_everything_that_imports_it_however_indirectly(project):
    assert changed(project, "lib/base.py", "LIMIT = 4\n") == {"direct", "relative", "late"}


def test_an_edit_leaves_other_stamps_alone(project):
    assert changed(project, "lib/apart.py", "X = 2\n") == {"apart"}


@pytest.mark.parametrize(
    "text",
    [
        "# a comment\nLIMIT = 3\n",
        '"""A docstring."""\n\nLIMIT = 3\n',
        "LIMIT   =   (3)\n",
    ],
)
def test_comments_docstrings_and_layout_change_nothing(project, text):
    assert changed(project, "lib/base.py", text) == set()


def test_a_docstring_in_a_function_changes_nothing_but_another_string_does(project):
    inner = 'from lib.base import LIMIT\n\ndef f():\n    """Why."""\n    return LIMIT\n'
    assert changed(project, "lib/pack/inner.py", inner) == set()
    assert changed(project, "lib/pack/inner.py", inner.replace("return LIMIT", 'return "LIMIT"')) == {
        "direct",
        "relative",
    }


def test_a_new_import_is_followed_without_anyone_listing_it(project):
    (project / "lib/apart.py").write_text("from lib.late import g\nX = 1\n")
    assert changed(project, "lib/base.py", "LIMIT = 5\n") == {"direct", "relative", "late", "apart"}


def test_code_of_a_parent_package_counts(project):
    assert changed(project, "lib/pack/__init__.py", "import math\n") == {"direct", "relative"}


def test_a_module_that_a_script_is_told_to_load_counts_with_what_it_imports(project):
    def stamp() -> str:
        return SourceTree(project).stamp("scripts.apart", "lib.late")

    before = stamp()
    assert before != SourceTree(project).stamp("scripts.apart")
    (project / "lib/base.py").write_text("LIMIT = 4\n")
    assert stamp() != before


def test_a_module_that_does_not_exist_is_named(project):
    with pytest.raises(ValueError, match=r"^there is no module lib\.gone$"):
        SourceTree(project).stamp("scripts.apart", "lib.gone")


def test_scripts_may_lie_in_other_packages(project):
    (project / "own/scripts").mkdir(parents=True)
    (project / "own/scripts/more.py").write_text("from lib.late import g\n")
    tree = SourceTree(project, ("lib", "own.scripts"))
    assert set(tree.closure("own.scripts.more")) == {"lib", "lib.base", "lib.late", "own.scripts.more"}
    with pytest.raises(ValueError, match=r"there is no module scripts\.direct"):
        tree.stamp("scripts.direct")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("from lib.base import *\n", "star import"),
        ("import importlib\nm = importlib.import_module('lib.base')\n", "dynamic import"),
        ("m = __import__('lib.base')\n", "dynamic import"),
    ],
)
def test_an_import_that_would_escape_is_refused_with_file_and_line(project, text, message):
    (project / "lib/apart.py").write_text(text)
    with pytest.raises(ValueError, match=rf"apart\.py:\d+: {message}"):
        SourceTree(project).stamp("scripts.apart")


def test_every_module_of_the_project_can_be_followed():
    tree = SourceTree(Path(__file__).parents[2])
    scripts = [name for name in tree.modules if name.startswith("scripts.")]
    assert len({tree.stamp(name) for name in scripts}) == len(scripts) > 20


def closure(script: str) -> list[str]:
    return SourceTree(Path(__file__).parents[2]).closure(f"scripts.{script}")


def test_drawing_and_writing_are_no_part_of_a_training():
    others = ("lib.figures", "lib.report", "lib.summaries", "lib.studies", "lib.catalogue", "lib.workflow.schema")
    for script in ("train_vision", "train_mnist", "overfit", "train_optimizer"):
        assert not [module for module in closure(script) if module.startswith(others)]


def test_an_experiment_with_further_models_is_no_part_of_another():
    experiments = {f"lib.studies.{name}" for name in controls()}
    assert not experiments & set(closure("draw_study"))
    assert not experiments & set(closure("summarise_study"))
    tree = SourceTree(Path(__file__).parents[2])
    assert all(experiments & set(tree.closure(name)) == {name} for name in experiments)


def test_optimisers_are_part_of_what_trains_with_them_and_of_no_pytorch_training():
    assert "lib.nn.optim" in closure("train_mnist")
    assert "lib.nn.optim" in closure("train_optimizer")
    assert "lib.nn.optim" not in closure("train_vision")


def digest(code: str) -> str:
    return portable_digest(ast.parse(code))


def test_a_portable_digest_sees_code_and_nothing_else():
    code = 'def half(x: float, *, by: int = 2) -> str:\n    return f"{x / by:.{by}f}"\n'
    same = f'"""About."""\n# note\n{code}'.replace("    return", '    """Half."""\n\n    return')
    assert digest(code) == digest(same) != digest(code.replace("= 2", "= 3"))


def test_a_portable_digest_is_the_same_with_every_version_of_python():
    code = 'class A:\n    def half(self, x, *, by=2):\n        return f"{x / by!r:>{by}}"\n'
    assert digest(code) == "93781f209eb89c547fe9e14d38c84d2ff8ae427d096540b7c50adf7cb805f29d"


def test_what_is_remembered_gives_the_same_stamps_and_an_edit_is_noticed(project, tmp_path):
    remember = tmp_path / "kept/parsed.json"
    for _ in range(2):  # parsed, then remembered
        tree = SourceTree(project, remember=remember)
        assert {name: tree.stamp(f"scripts.{name}") for name in stamps(project)} == stamps(project)
        tree.save()
    (project / "lib/base.py").write_text("LIMIT = 4\n")
    (project / "lib/late.py").write_text("def g():\n    from lib.apart import X\n    return X\n")
    tree = SourceTree(project, remember=remember)
    assert {name: tree.stamp(f"scripts.{name}") for name in stamps(project)} == stamps(project)


def test_remembered_modules_are_not_parsed_again(project, tmp_path, monkeypatch):
    remember = tmp_path / "parsed.json"
    tree = SourceTree(project, remember=remember)
    tree.stamp("scripts.direct")
    tree.save()
    monkeypatch.setattr("lib.workflow.stamps.ast.parse", lambda *_, **__: pytest.fail("parsed again"))
    SourceTree(project, remember=remember).stamp("scripts.direct")


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"made_by": 1}', "another Python"])
def test_a_damaged_or_foreign_memory_is_not_used(project, tmp_path, damage):
    remember = tmp_path / "parsed.json"
    tree = SourceTree(project, remember=remember)
    expected = tree.stamp("scripts.direct")
    tree.save()
    text = remember.read_text().replace('"digest": "', '"digest": "0')  # what must not be taken over
    if damage == "another Python":
        remember.write_text(re.sub(r'"made_by": "[^"]*"', '"made_by": "another"', text))
    else:
        remember.write_text(damage)
    assert SourceTree(project, remember=remember).stamp("scripts.direct") == expected
