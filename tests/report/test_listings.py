"""Listings are the code that ran: the same lines as the source files, found without running them."""

import ast
import re
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
    found = listing("lib.nn.layers", name, ROOT, whole=True)
    lines = (ROOT / found.path).read_text(encoding="utf-8").splitlines()
    assert found.path == "lib/nn/layers.py"
    assert found.code == "\n".join(lines[found.first - 1 : found.last]) + "\n"
    assert lines[found.first - 1].startswith(f"def {name}(")


def test_short_listing_is_the_same_code_without_its_docstring_and_checks():
    long = listing("lib.nn.layers", "affine_forward", ROOT, whole=True)
    short = listing("lib.nn.layers", "affine_forward", ROOT)
    assert (short.shortened, long.shortened) == (True, False)
    long_body, short_body = (ast.parse(found.code).body[0] for found in (long, short))
    assert isinstance(long_body, ast.FunctionDef)
    docstring, check, *long_body.body = long_body.body
    assert ast.get_docstring(ast.parse(ast.unparse(docstring))) and "check_affine" in ast.unparse(check)
    assert ast.dump(short_body) == ast.dump(long_body)


@pytest.mark.parametrize(
    ("module", "name", "lines"),
    [
        ("layers", "batchnorm_forward", ('mode = bn_param["mode"]', 'eps = bn_param.get("eps", 1e-5)')),
        ("layers", "batchnorm_backward", ("dbeta = dout.sum(axis=0)",)),
        ("layers", "softmax_loss", ("n = len(x)",)),
        ("gradient_check", "eval_numerical_gradient", ("gradient = np.zeros_like(x)",)),
        ("optim", "sgd", ("step = np.multiply(dw, learning_rate)",)),
        ("optim", "adam", ("m[:] = beta1 * m + (1 - beta1) * dw",)),
    ],
)
def test_checks_and_scratch_arrays_are_not_in_the_way(module, name, lines):
    code = listing(f"lib.nn.{module}", name, ROOT).code
    ast.parse(code)
    assert not re.search(r"check_|SCRATCH|^@", code)
    assert set(lines) <= {line.strip() for line in code.splitlines()}


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
