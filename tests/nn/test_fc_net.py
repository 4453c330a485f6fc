"""The whole network: gradients, published numbers, precision, state, files."""

import itertools
import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lib.nn.fc_net import FullyConnectedNet
from lib.nn.gradient_check import eval_numerical_gradient, rel_error

COMBINATIONS = list(itertools.product([None, "batchnorm", "layernorm"], [1.0, 0.7], [0.0, 3.14]))


def small_network(normalization, keep, reg, **options):
    """A float64 network with random biases, gammas and betas too, and a batch for it."""
    rng = np.random.default_rng(11)
    network = FullyConnectedNet(
        [9, 8],
        input_dim=12,
        num_classes=5,
        dropout_keep_ratio=keep,
        normalization=normalization,
        reg=reg,
        **{"weight_scale": 0.5, "dtype": np.float64, "seed": rng, **options},
    )
    for name, array in network.params.items():
        if not name.startswith("W"):
            array += 0.3 * rng.standard_normal(array.shape)
    X, y = rng.standard_normal((7, 3, 4)), rng.integers(5, size=7)
    network.freeze_dropout(7)
    return network, X, y


def is_zero_by_theory(name, normalization):
    """Batch norm takes any constant out again: the gradient of a bias before it is 0, up to rounding."""
    return normalization == "batchnorm" and name in ("b1", "b2")


def torch_loss(network, X, y):
    """The same network in PyTorch, with the same weights and masks: its loss, and its tensors by name."""
    tensors = {name: torch.from_numpy(array.copy()).requires_grad_() for name, array in network.params.items()}
    x = torch.from_numpy(X).reshape(len(X), -1)
    penalty = torch.zeros((), dtype=torch.float64)
    for i in range(1, network.num_layers + 1):
        x = x @ tensors[f"W{i}"] + tensors[f"b{i}"]
        penalty = penalty + 0.5 * network.reg * (tensors[f"W{i}"] ** 2).sum()
        if i == network.num_layers:
            break
        if network.normalization == "batchnorm":
            x = F.batch_norm(x, None, None, tensors[f"gamma{i}"], tensors[f"beta{i}"], training=True)
        if network.normalization == "layernorm":
            x = F.layer_norm(x, x.shape[1:], tensors[f"gamma{i}"], tensors[f"beta{i}"])
        x = torch.relu(x)
        if network.dropout_params:
            param = network.dropout_params[i - 1]
            x = x * torch.from_numpy(param["mask"]) / param["p"]
    return F.cross_entropy(x, torch.from_numpy(y)) + penalty, tensors


@pytest.mark.parametrize(("normalization", "keep", "reg"), COMBINATIONS)
def test_network_gradients_match_autograd(normalization, keep, reg):
    network, X, y = small_network(normalization, keep, reg)
    loss, gradients = network.loss(X, y)
    expected, tensors = torch_loss(network, X, y)
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    assert gradients.keys() == network.params.keys()
    for name, tensor in tensors.items():
        if is_zero_by_theory(name, normalization):
            assert max(np.abs(gradients[name]).max(), tensor.grad.abs().max()) < 1e-14
        else:
            assert rel_error(gradients[name], tensor.grad.numpy()) <= 1e-10, name


@pytest.mark.parametrize(("normalization", "keep", "reg"), COMBINATIONS)
def test_network_gradients_match_centred_differences(normalization, keep, reg):
    network, X, y = small_network(normalization, keep, reg)
    _, gradients = network.loss(X, y)
    for name, array in network.params.items():
        numerical = eval_numerical_gradient(lambda _: network.loss(X, y)[0], array)
        if is_zero_by_theory(name, normalization):
            assert np.abs(numerical).max() < 1e-8
        else:
            assert rel_error(gradients[name], numerical) <= 1e-6, name


def test_initial_losses_of_the_published_gradient_check():
    """One legacy generator for data and both networks; 2.3005 and 7.0521 are published to four decimals."""
    rng = np.random.RandomState(231)
    n, d, hidden, c = 2, 15, [20, 30], 10
    X, y = rng.randn(n, d), rng.randint(c, size=n)
    losses = []
    for reg in (0, 3.14):
        network = FullyConnectedNet(hidden, d, c, reg=reg, weight_scale=5e-2, dtype=np.float64, seed=rng)
        losses.append(round(network.loss(X, y)[0], 4))
    assert losses == [2.3005, 7.0521]


def test_weights_come_from_a_legacy_generator_layer_by_layer():
    network = FullyConnectedNet([4], 3, 2, weight_scale=0.1, dtype=np.float64, seed=np.random.RandomState(5))
    rng = np.random.RandomState(5)
    np.testing.assert_array_equal(network.params["W1"], 0.1 * rng.randn(3, 4))
    np.testing.assert_array_equal(network.params["W2"], 0.1 * rng.randn(4, 2))


def test_parameters_of_the_mnist_network():
    plain = FullyConnectedNet([256, 128, 64], 784, seed=0)
    rows = plain.describe()
    assert [row["parameters"] for row in rows] == [200960, 32896, 8256, 650]
    assert plain.parameter_count() == 242762
    normalised = FullyConnectedNet([256, 128, 64], 784, normalization="batchnorm", seed=0)
    assert normalised.parameter_count() == 243658
    assert normalised.parameter_count(include_norm=False) == 242762
    assert [row["parameters"] for row in normalised.describe(include_norm=False)] == [
        200960,
        32896,
        8256,
        650,
    ]
    assert normalised.describe()[1] == {
        "name": "hidden2",
        "input_size": 256,
        "output_size": 128,
        "activation": "relu",
        "weights": 32768,
        "biases": 128,
        "gamma_beta": 256,
        "parameters": 33152,
    }
    last = rows[-1]
    assert (last["name"], last["activation"], last["output_size"]) == ("output", "softmax", 10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("normalization", [None, "batchnorm", "layernorm"])
def test_precision_is_kept_throughout(normalization, dtype):
    """Also with a penalty and a weight scale that NumPy drew, and with samples of another precision."""
    drawn = np.float64(0.01)
    network, X, y = small_network(normalization, 0.7, drawn, dtype=dtype, weight_scale=drawn)
    loss, gradients = network.loss(X, y)
    running = [param[name] for param in network.bn_params for name in param.keys() - {"mode"}]
    assert len(running) == (4 if normalization == "batchnorm" else 0)
    arrays = [*network.params.values(), *gradients.values(), *running, network.scores(X)]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}
    assert isinstance(loss, float)


def test_float32_follows_float64_from_the_same_seed():
    results = []
    for dtype in (np.float32, np.float64):
        network, X, y = small_network("batchnorm", 0.7, 0.1, dtype=dtype)
        results.append(network.loss(X, y)[0])
    assert results[0] == pytest.approx(results[1], rel=1e-5)


def test_a_step_leaves_data_and_weights_alone():
    network, X, y = small_network(None, 0.7, 0.1)
    X = X.reshape(7, 12)
    copies = [X.copy(), *(array.copy() for array in network.params.values())]
    network.loss(X, y)
    for array, copy in zip([X, *network.params.values()], copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_a_network_without_hidden_layers_is_softmax_regression():
    network = FullyConnectedNet([], 12, 5, normalization="batchnorm", dropout_keep_ratio=0.5, seed=0)
    X = np.random.default_rng(0).standard_normal((4, 12)).astype(np.float32)
    np.testing.assert_allclose(network.scores(X), X @ network.params["W1"], rtol=1e-6)
    assert network.loss(X, np.arange(4))[1].keys() == {"W1", "b1"}


def test_scores_are_without_dropout_and_loss_without_labels_gives_them():
    network, X, _ = small_network("layernorm", 0.7, 0)
    network.freeze_dropout(None)
    state = network.get_state()
    scores = network.loss(X)
    np.testing.assert_array_equal(scores, network.scores(X))
    np.testing.assert_array_equal(scores, network.scores(X, mode="train"))
    assert str(state["rng"]) == str(network.get_state()["rng"])


def test_scores_from_batch_statistics_on_request_without_moving_the_running_ones():
    network, X, y = small_network("batchnorm", 1.0, 0)
    network.loss(X, y)
    before = network.get_weights()
    with_batch, with_running = network.scores(X, mode="train"), network.scores(X)
    assert np.abs(with_batch - with_running).max() > 0.1
    # A sample by itself is its own mean: nothing is left of it in mode "train", all of it in mode "test".
    alone = [network.scores(X[i : i + 1], mode="train") for i in range(2)]
    np.testing.assert_array_equal(alone[0], alone[1])
    np.testing.assert_allclose(network.scores(X[:1]), with_running[:1], rtol=1e-12)
    for name, array in network.get_weights().items():
        np.testing.assert_array_equal(array, before[name])
    # And the same scores are what the training loss saw.
    log_total = np.log(np.exp(with_batch).sum(axis=1))
    assert np.mean(log_total - with_batch[np.arange(7), y]) == pytest.approx(network.loss(X, y)[0], rel=1e-12)


def test_predictions_do_not_depend_on_the_batch_size():
    network, X, y = small_network("batchnorm", 1.0, 0)
    network.loss(X, y)
    expected = network.scores(X).argmax(axis=1)
    for batch_size in (1, 3, 100):
        np.testing.assert_array_equal(network.predict(X, batch_size), expected)
    assert network.predict(X[:0]).shape == (0,)


def test_dropout_masks_can_be_frozen_and_freed():
    network, X, y = small_network(None, 0.5, 0)
    assert network.loss(X, y)[0] == network.loss(X, y)[0]
    network.freeze_dropout(None)
    assert network.loss(X, y)[0] != network.loss(X, y)[0]


def test_the_seed_fixes_weights_and_masks():
    def losses(make_seed):
        seed = make_seed()
        network = FullyConnectedNet([30], 12, 5, dropout_keep_ratio=0.5, weight_scale=0.5, seed=seed)
        rng = np.random.default_rng(0)
        return [network.loss(rng.standard_normal((6, 12)), np.arange(6) % 5)[0] for _ in range(3)]

    for kind in (np.random.default_rng, np.random.RandomState, int):
        assert losses(lambda: kind(3)) == losses(lambda: kind(3))  # noqa: B023
        assert losses(lambda: kind(3)) != losses(lambda: kind(4))  # noqa: B023


def test_the_global_generator_is_neither_used_nor_moved():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    network, X, y = small_network("batchnorm", 0.7, 0.1)
    network.loss(X, y)
    network.predict(X)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("source", [np.random.default_rng, np.random.RandomState])
def test_state_brings_back_weights_statistics_and_coming_masks(source, tmp_path):
    def network_of(seed):
        return FullyConnectedNet([9, 8], 12, 5, dropout_keep_ratio=0.6, normalization="batchnorm", seed=source(seed))

    X, y = np.random.default_rng(0).standard_normal((7, 12)), np.arange(7) % 5
    network, other = network_of(1), network_of(2)
    network.loss(X, y)
    np.savez(tmp_path / "state.npz", **network.get_state())  # arrays only: goes through a file without pickle
    with np.load(tmp_path / "state.npz", allow_pickle=False) as file:
        other.set_state(dict(file))
    expected = [network.loss(X, y)[0], network.loss(X, y)[0]]
    assert [other.loss(X, y)[0], other.loss(X, y)[0]] == expected
    for name, array in network.get_weights().items():
        np.testing.assert_array_equal(array, other.get_weights()[name])


def test_state_is_a_copy():
    network, X, y = small_network("batchnorm", 1.0, 0)
    state = network.get_weights()
    network.params["W1"] += 1
    network.loss(X, y)
    network.set_weights(state)
    network.params["W1"] += 1
    assert (network.params["W1"] != state["W1"]).all()
    np.testing.assert_array_equal(network.bn_params[0]["running_mean"], 0)


@pytest.mark.parametrize("normalization", [None, "batchnorm", "layernorm"])
def test_a_saved_network_predicts_the_same(normalization, tmp_path):
    network, X, y = small_network(normalization, 0.7, 0.1, dtype=np.float32)
    network.loss(X, y)
    network.save(tmp_path / "network")  # no suffix is added to the name
    loaded = FullyConnectedNet.from_file(tmp_path / "network")
    np.testing.assert_array_equal(loaded.scores(X), network.scores(X))
    assert (loaded.sizes, loaded.reg, loaded.dropout_keep_ratio) == (network.sizes, 0.1, 0.7)


def test_a_saved_network_is_the_same_file_each_time(tmp_path):
    network, _, _ = small_network("batchnorm", 0.7, 0.1)
    network.save(tmp_path / "a")
    network.save(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_file_that_holds_no_network_says_so(tmp_path):
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(ValueError, match=r"other.npz: no network, it lacks 'settings'"):
        FullyConnectedNet.from_file(tmp_path / "other.npz")


def test_a_state_of_another_network_is_refused():
    network = FullyConnectedNet([9], 12, 5, normalization="batchnorm", seed=0)
    with pytest.raises(ValueError, match="W1 is float32 .12, 8., here float32 .12, 9."):
        network.set_state(FullyConnectedNet([8], 12, 5, normalization="batchnorm", seed=0).get_state())
    with pytest.raises(ValueError, match="W1 is float64"):
        network.set_state(
            FullyConnectedNet([9], 12, 5, normalization="batchnorm", dtype=np.float64, seed=0).get_state()
        )
    with pytest.raises(ValueError, match="beta1, gamma1, running_mean1, running_var1 in only one"):
        network.set_state(FullyConnectedNet([9], 12, 5, seed=0).get_state())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"normalization": "batch"}, "unknown normalization 'batch'; allowed: None, batchnorm, layernorm"),
        ({"dropout_keep_ratio": 0}, "dropout_keep_ratio is 0; allowed: above 0, up to 1"),
        ({"dropout_keep_ratio": 1.5}, "dropout_keep_ratio is 1.5"),
        ({"hidden_dims": [5, 0]}, r"layer sizes are \[12, 5, 0, 10\]; allowed: 1 or more"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(options, message):
    with pytest.raises(ValueError, match=message):
        FullyConnectedNet(**{"hidden_dims": [5], "input_dim": 12, **options})


def test_wrong_calls_are_one_clear_line():
    network, X, y = small_network(None, 1.0, 0)
    with pytest.raises(ValueError, match="unknown mode 'eval'; allowed: train, test"):
        network.scores(X, mode="eval")
    with pytest.raises(ValueError, match=r"got x \(7, 11\)"):
        network.loss(X.reshape(7, 12)[:, :11], y)
    with pytest.raises(ValueError, match="integers from 0 to 4"):
        network.loss(X, y + 5)


def test_the_random_state_in_the_state_is_json():
    network, _, _ = small_network(None, 1.0, 0)
    assert json.loads(str(network.get_state()["rng"]))["bit_generator"] == "PCG64"
