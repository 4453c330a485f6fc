"""Listings are the code that ran: the same lines as the source files, found without running them."""

import ast
from pathlib import Path

import pytest

from lib.report.listings import listing

ROOT = Path(__file__).resolve().parents[2]

SOURCE = '''raise RuntimeError("importing this module is an error")


def plain(x):
    """Double.

    More words.
    """

    # a comment that stays
    return 2 * x


class Rule:
    @staticmethod
    def step(x):
        """One line."""
        return x


def only_docstring():
    """Nothing else."""
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "code.py").write_text(SOURCE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", ["affine_forward", "batchnorm_backward", "softmax_loss"])
def test_listing_equals_the_lines_it_names(name):
    found = listing("lib.nn.layers", name, ROOT, docstring=True)
    lines = (ROOT / found.path).read_text(encoding="utf-8").splitlines()
    assert found.path == "lib/nn/layers.py"
    assert found.code == "\n".join(lines[found.first - 1 : found.last]) + "\n"
    assert lines[found.first - 1].startswith(f"def {name}(")


def test_short_listing_is_the_same_code_without_its_docstring():
    long = ast.parse(listing("lib.nn.layers", "affine_forward", ROOT, docstring=True).code).body[0]
    short = ast.parse(listing("lib.nn.layers", "affine_forward", ROOT).code).body[0]
    assert isinstance(long, ast.FunctionDef)
    long.body = long.body[1:]
    assert ast.dump(short) == ast.dump(long)


def test_comments_stay_and_nothing_is_imported(project):
    found = listing("pkg.code", "plain", project)
    assert found.code == "def plain(x):\n    # a comment that stays\n    return 2 * x\n"
    assert (found.first, found.last) == (4, 11)


def test_methods_come_with_decorators_and_without_their_indent(project):
    assert listing("pkg.code", "Rule.step", project).code == "@staticmethod\ndef step(x):\n    return x\n"


def test_a_body_that_is_a_docstring_alone_is_kept(project):
    assert '"""Nothing else."""' in listing("pkg.code", "only_docstring", project).code


def test_what_is_missing_is_named(project):
    with pytest.raises(ValueError, match="no module 'pkg.nothing'"):
        listing("pkg.nothing", "f", project)
    with pytest.raises(ValueError, match=r"no function or class 'gone' in pkg/code\.py"):
        listing("pkg.code", "gone", project)
