"""The guide: its aliases give the names that the notebooks import."""

import importlib
import sys

import pytest

from tests.nn.course.guide import aliases, run_aliases

NAMES = {
    "cs231n.layers": "affine_forward affine_backward relu_forward relu_backward dropout_forward dropout_backward"
    " batchnorm_forward batchnorm_backward batchnorm_backward_alt layernorm_forward layernorm_backward softmax_loss"
    " svm_loss",
    "cs231n.layer_utils": "affine_relu_forward affine_relu_backward",
    "cs231n.optim": "sgd sgd_momentum rmsprop adam",
    "cs231n.gradient_check": "eval_numerical_gradient eval_numerical_gradient_array grad_check_sparse rel_error",
    "cs231n.classifiers.fc_net": "FullyConnectedNet TwoLayerNet",
    "cs231n.solver": "Solver",
}


@pytest.mark.parametrize("module", NAMES)
def test_the_names_are_there(module):
    found = importlib.import_module(module)
    assert found.__name__.startswith("lib.nn.")
    for name in NAMES[module].split():
        assert callable(getattr(found, name)), name


def test_a_star_import_brings_them_too():
    namespace = {}
    exec("from cs231n.layers import *\nfrom cs231n.classifiers.fc_net import *", namespace)
    assert namespace.keys() >= {"affine_forward", "svm_loss", "TwoLayerNet"}


def test_the_aliases_are_about_a_dozen_lines():
    lines = [line for line in aliases().splitlines() if line.strip()]
    assert len(lines) <= 16


def test_the_course_s_own_folder_keeps_its_other_modules(tmp_path, monkeypatch):
    package = tmp_path / "cs231n"
    (package / "classifiers").mkdir(parents=True)
    for name in ("__init__.py", "classifiers/__init__.py", "layers.py"):
        (package / name).write_text("", encoding="utf-8")
    (package / "data_utils.py").write_text("WHOSE = 'the course'\n", encoding="utf-8")
    for name in [name for name in sys.modules if name.split(".")[0] == "cs231n"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    run_aliases()
    assert importlib.import_module("cs231n.data_utils").WHOSE == "the course"
    assert callable(importlib.import_module("cs231n.layers").svm_loss)
