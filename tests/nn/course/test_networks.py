"""The notebook on fully connected networks: two layers, any number of them, update rules, and files."""

import pickle

import numpy as np
import pytest

from lib.nn.fc_net import FullyConnectedNet as Net


def rel_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


def test_two_layer_net_starts_scores_and_loses_as_asked():
    from cs231n.classifiers.fc_net import TwoLayerNet
    from cs231n.gradient_check import eval_numerical_gradient

    n, d, h, c, std = 3, 5, 50, 7, 1e-3
    x, y = np.random.randn(n, d), np.random.randint(c, size=n)  # noqa: NPY002
    model = TwoLayerNet(input_dim=d, hidden_dim=h, num_classes=c, weight_scale=std)
    assert model.params.keys() == {"W1", "b1", "W2", "b2"}
    assert abs(model.params["W1"].std() - std) < std / 10 and abs(model.params["W2"].std() - std) < std / 10
    assert not model.params["b1"].any() and not model.params["b2"].any()

    model.params["W1"] = np.linspace(-0.7, 0.3, num=d * h).reshape(d, h)
    model.params["b1"] = np.linspace(-0.1, 0.9, num=h)
    model.params["W2"] = np.linspace(-0.3, 0.4, num=h * c).reshape(h, c)
    model.params["b2"] = np.linspace(-0.9, 0.1, num=c)
    x = np.linspace(-5.5, 4.5, num=n * d).reshape(d, n).T
    w1, w2 = model.params["W1"], model.params["W2"]
    scores = np.maximum(0, x @ w1 + model.params["b1"]) @ w2 + model.params["b2"]
    np.testing.assert_allclose(model.loss(x), scores, rtol=1e-12)

    y = np.array([0, 5, 1])
    loss, _ = model.loss(x, y)
    assert loss == pytest.approx(3.4702243556, abs=1e-9)
    model.reg = 1.0
    assert model.loss(x, y)[0] == pytest.approx(26.5948426952, abs=1e-9)
    for reg in (0.0, 0.7):
        model.reg = reg
        _, gradients = model.loss(x, y)
        for name in sorted(gradients):
            numerical = eval_numerical_gradient(lambda _: model.loss(x, y)[0], model.params[name], verbose=False)
            assert rel_error(numerical, gradients[name]) < 1e-6, name


def test_weights_without_a_seed_are_the_course_s():
    from cs231n.classifiers.fc_net import FullyConnectedNet

    model = FullyConnectedNet([4, 3], input_dim=5, num_classes=2, weight_scale=0.1, dtype=np.float64)
    np.random.seed(231)  # noqa: NPY002
    for name, shape in (("W1", (5, 4)), ("W2", (4, 3)), ("W3", (3, 2))):
        np.testing.assert_array_equal(model.params[name], 0.1 * np.random.randn(*shape))  # noqa: NPY002


def test_initial_losses_of_the_published_check():
    from cs231n.classifiers.fc_net import FullyConnectedNet

    x, y = np.random.randn(2, 15), np.random.randint(10, size=(2,))  # noqa: NPY002
    losses = [
        FullyConnectedNet([20, 30], input_dim=15, num_classes=10, reg=reg, weight_scale=5e-2, dtype=np.float64).loss(
            x, y
        )[0]
        for reg in (0, 3.14)
    ]
    np.testing.assert_allclose(losses, [2.3005, 7.0521], atol=5e-5)


@pytest.mark.parametrize(
    ("rule", "memory", "step"),
    [
        ("sgd_momentum", {"velocity": (0.6, 0.9)}, lambda w, dw, v: (w + 0.9 * v - 1e-3 * dw, [0.9 * v - 1e-3 * dw])),
        (
            "rmsprop",
            {"cache": (0.6, 0.9)},
            lambda w, dw, c: (
                w - 1e-2 * dw / (np.sqrt(0.99 * c + 0.01 * dw**2) + 1e-8),
                [0.99 * c + 0.01 * dw**2],
            ),
        ),
    ],
)
def test_update_rules_on_evenly_spaced_numbers(rule, memory, step):
    from cs231n import optim

    w, dw = (np.linspace(a, b, 20).reshape(4, 5) for a, b in ((-0.4, 0.6), (-0.6, 0.4)))
    arrays = {name: np.linspace(*ends, 20).reshape(4, 5) for name, ends in memory.items()}
    expected, remembered = step(w, dw, *(array.copy() for array in arrays.values()))
    rate = 1e-3 if rule == "sgd_momentum" else 1e-2
    next_w, config = getattr(optim, rule)(w, dw, {"learning_rate": rate, **arrays})
    np.testing.assert_allclose(next_w, expected, rtol=1e-12)
    for name, array in zip(memory, remembered, strict=True):
        np.testing.assert_allclose(config[name], array, rtol=1e-12)


def test_adam_on_evenly_spaced_numbers_in_its_sixth_step():
    from cs231n.optim import adam

    w, dw, m, v = (np.linspace(a, b, 20).reshape(4, 5) for a, b in ((-0.4, 0.6), (-0.6, 0.4), (0.6, 0.9), (0.7, 0.5)))
    mean, square = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
    expected = w - 1e-2 * (mean / (1 - 0.9**6)) / (np.sqrt(square / (1 - 0.999**6)) + 1e-8)
    next_w, config = adam(w, dw, {"learning_rate": 1e-2, "m": m, "v": v, "t": 5})
    np.testing.assert_allclose(next_w, expected, rtol=1e-12)
    np.testing.assert_allclose(config["m"], mean, rtol=1e-12)
    np.testing.assert_allclose(config["v"], square, rtol=1e-12)
    assert config["t"] == 6


def small(**options):
    return Net([4], 5, 3, **{"normalization": "batchnorm", "seed": 1, **options})


X = np.random.default_rng(0).standard_normal((6, 5))


@pytest.mark.parametrize("normalization", [None, "batchnorm", "layernorm"])
def test_load_fills_the_network_itself(normalization, tmp_path):
    net, other = small(normalization=normalization), small(normalization=normalization, seed=2, dtype=np.float64)
    net.loss(X, np.arange(6) % 3)
    net.save(tmp_path / "net.npz")
    assert other.load(tmp_path / "net.npz") is True
    np.testing.assert_allclose(other.scores(X), net.scores(X), rtol=1e-4)
    assert other.params["W1"].dtype == np.float64


def test_load_reads_the_course_s_files(tmp_path):
    net, other = small(normalization=None), small(normalization=None, seed=2)
    np.save(tmp_path / "course.npy", {name: array.astype(np.float64) for name, array in net.params.items()})
    assert other.load(str(tmp_path / "course.npy"))
    np.testing.assert_array_equal(other.scores(X), net.scores(X))
    with pytest.raises(ValueError, match="has weights alone"):
        Net.from_file(tmp_path / "course.npy")


def test_load_reads_what_numpy_1_wrote(tmp_path):
    """Which has other names for NumPy's inner package, and an older pickle."""
    net, other = small(normalization=None), small(normalization=None, seed=2)
    content = pickle.dumps(np.array(net.params, dtype=object), protocol=2)
    assert b"numpy._core" in content
    with open(tmp_path / "old.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|O", "fortran_order": False, "shape": ()})
        file.write(content.replace(b"numpy._core", b"numpy.core"))
    other.load(tmp_path / "old.npy")
    np.testing.assert_array_equal(other.scores(X), net.scores(X))


def test_load_says_that_the_course_s_files_lack_running_statistics(tmp_path):
    net, other = small(), small(seed=2)
    other.loss(X, np.arange(6) % 3)
    running = other.bn_params[0]["running_mean"].copy()
    np.save(tmp_path / "course.npy", net.params)
    with pytest.warns(UserWarning, match="no running statistics; those of this network stay"):
        other.load(tmp_path / "course.npy")
    np.testing.assert_array_equal(other.bn_params[0]["running_mean"], running)
    np.testing.assert_array_equal(other.params["W1"], net.params["W1"])


class Mine:
    def __reduce__(self):
        return (print, ("unpickled",))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"W1": Mine()}, "refused or broken: it asks for builtins.print"),
        ({"W1": 3}, "needed: a dictionary of arrays"),
        (np.ones(3), "but an array"),
        ({"W1": np.ones((5, 4))}, "another network"),
    ],
)
def test_load_refuses_other_files_and_changes_nothing(content, message, tmp_path, capsys):
    np.save(tmp_path / "file.npy", content, allow_pickle=True)
    net = small(normalization=None)
    before = net.get_weights()
    with pytest.raises(ValueError, match=message):
        net.load(tmp_path / "file.npy")
    assert not capsys.readouterr().out
    for name, array in net.get_weights().items():
        np.testing.assert_array_equal(array, before[name])
    (tmp_path / "text").write_text("no network", encoding="utf-8")
    with pytest.raises(ValueError, match="text: no network"):
        net.load(tmp_path / "text")
