"""The two networks are those of the report: shapes, counts, initial weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from lib.vision.config import ModelConfig
from lib.vision.models import Dropout, build_model, describe

MLP = ModelConfig("mlp", (512, 256), 0.5)
CNN = ModelConfig("cnn", (512,), 0.5, blocks=(64, 128, 256), block_dropout=(0.2, 0.3, 0.4))


def linear(inputs: int, outputs: int) -> int:
    return inputs * outputs + outputs


def test_mlp_has_the_parameters_that_its_widths_give():
    expected = linear(3072, 512) + 2 * 512 + linear(512, 256) + 2 * 256 + linear(256, 10)
    assert sum(p.numel() for p in build_model(3, MLP, seed=0).parameters()) == expected


def test_cnn_has_the_parameters_that_its_widths_give():
    convolutions = sum(9 * a * b + 2 * b for a, b in ((3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256)))
    expected = convolutions + linear(4096, 512) + 2 * 512 + linear(512, 10)
    assert sum(p.numel() for p in build_model(3, CNN, seed=0).parameters()) == expected


@pytest.mark.parametrize("config", [MLP, CNN])
@pytest.mark.parametrize("channels", [1, 3])
def test_scores_for_ten_classes_come_out(config, channels):
    model = build_model(channels, config, seed=0).eval()
    assert model(torch.zeros(2, channels, 32, 32)).shape == (2, 10)


def test_description_lists_shapes_parameters_and_receptive_fields():
    rows = describe(build_model(3, CNN, seed=0), (3, 32, 32))
    convolutions = [row for row in rows if row.kind == "Conv2d"]
    # r grows by (k - 1) * jump; the jump doubles after each pool: 3 5 | 10 14 | 24 32.
    assert [row.receptive_field for row in convolutions] == [3, 5, 10, 14, 24, 32]
    assert [row.output_shape for row in convolutions] == [
        (64, 32, 32),
        (64, 32, 32),
        (128, 16, 16),
        (128, 16, 16),
        (256, 8, 8),
        (256, 8, 8),
    ]
    assert sum(row.parameters for row in rows) == sum(p.numel() for p in build_model(3, CNN, seed=0).parameters())


def test_description_leaves_the_model_in_its_mode_and_without_hooks():
    model = build_model(3, MLP, seed=0)
    describe(model, (3, 32, 32))
    assert model.training
    assert not any(module._forward_hooks for module in model.modules())


def test_convolutions_start_from_he_normal_with_fan_out():
    weight = dict(build_model(3, CNN, seed=0).named_parameters())["features.11.weight"]
    assert weight.shape == (128, 128, 3, 3)
    # 147,456 draws: the standard deviation is known to 0.2%.
    assert float(weight.detach().std()) == pytest.approx(np.sqrt(2 / (128 * 9)), rel=0.01)


def test_the_control_starts_from_a_narrow_normal():
    config = ModelConfig("cnn", (512,), 0.5, (64, 128, 256), (0.2, 0.3, 0.4), conv_init="normal")
    weight = dict(build_model(3, config, seed=0).named_parameters())["features.11.weight"]
    assert float(weight.detach().std()) == pytest.approx(0.01, rel=0.01)


def test_without_batch_norm_the_convolutions_have_biases():
    config = ModelConfig("cnn", (16,), 0.0, (4,), (0.0,), batchnorm=False)
    model = build_model(3, config, seed=0)
    assert not any(isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d) for module in model.modules())
    assert "features.0.bias" in dict(model.named_parameters())


def test_weights_depend_on_the_seed_alone_and_no_global_state_moves():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, again, other = (build_model(3, MLP, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(before, torch.get_rng_state())
    weights = [model.layers[1].weight for model in (first, again, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_an_unknown_kind_is_named_with_what_is_allowed():
    with pytest.raises(ValueError, match="unknown model kind 'vit'; allowed: mlp, cnn"):
        build_model(3, ModelConfig("vit", (8,), 0.0), seed=0)


def test_shuffled_pixels_are_one_permutation_that_all_models_share():
    shuffled = replace(MLP, pixels="shuffled")
    model, other = build_model(3, shuffled, seed=0), build_model(1, replace(CNN, pixels="shuffled"), seed=5)
    order = model.layers[0].order
    assert sorted(order.tolist()) == list(range(32 * 32))
    assert order.tolist() != list(range(32 * 32))
    assert torch.equal(order, other.features[0].order)
    x = torch.rand(4, 3, 32, 32)
    moved = x.flatten(2)[:, :, order].view(x.shape)
    plain = build_model(3, MLP, seed=0).eval()  # the same weights: shuffling draws no random number of theirs
    assert torch.equal(model.eval()(x), plain(moved))
    last = x.contiguous(memory_format=torch.channels_last)
    assert torch.equal(model.layers[0](last), model.layers[0](x))


def test_an_unknown_order_of_pixels_is_named():
    with pytest.raises(ValueError, match="unknown order of pixels 'mixed'; allowed: ordered, shuffled"):
        build_model(3, replace(MLP, pixels="mixed"), seed=0)


@pytest.mark.parametrize("side", [16, 24, 31])
def test_a_cnn_takes_smaller_images_with_the_same_weights(side):
    model = build_model(3, CNN, seed=0).eval()
    assert model(torch.zeros(2, 3, side, side)).shape == (2, 10)


def test_at_half_the_size_the_last_pooling_leaves_the_values_as_they_are():
    model = build_model(3, CNN, seed=0).eval()
    images = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    assert torch.equal(model(images), model.classifier(model.features[:-2](images)))


@pytest.mark.parametrize("p", [0.05, 0.3, 0.5])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_dropout_keeps_its_share_and_hands_the_gradient_back_by_the_same_mask(p, dtype):
    torch.manual_seed(0)
    whole = torch.full((40, 32, 16, 16), 2.0, dtype=dtype).contiguous(memory_format=torch.channels_last)
    x = whole[:, 1::2].requires_grad_()  # in no usual order of memory
    out = Dropout(p)(x)
    out.sum().backward()
    kept = out != 0
    assert abs(kept.double().mean() - (1 - p)) < 5 * (p * (1 - p) / x.numel()) ** 0.5  # five standard errors
    rounding = torch.finfo(dtype).eps + 2**-17 / (1 - p)  # of the number, and of the share to 16 bits
    torch.testing.assert_close(out[kept], torch.full_like(out[kept], 2 / (1 - p)), rtol=rounding, atol=0)
    torch.testing.assert_close(x.grad, out.detach() / 2, rtol=rounding, atol=0)


def test_dropout_drops_single_values_and_repeats_from_a_seed():
    x = torch.ones(64, 48, 16, 16).contiguous(memory_format=torch.channels_last)
    torch.manual_seed(1)
    first, second = Dropout(0.5)(x), Dropout(0.5)(x)
    torch.manual_seed(1)
    assert torch.equal(Dropout(0.5)(x), first)
    assert not torch.equal(first, second)
    for others in ((1, 2, 3), (0, 2, 3), (0, 1, 3), (0, 1, 2)):  # by image, channel, row and column
        shares = (first != 0).double().mean(others)
        assert (shares - 0.5).abs().max() < 5 * 0.5 / (x.numel() / len(shares)) ** 0.5


@pytest.mark.parametrize("p", [0.0, 1e-6, 1.0])
def test_dropout_at_the_ends_is_pytorch_s(p):
    x = torch.rand(64, 64)
    torch.manual_seed(0)
    own = Dropout(p)(x)
    torch.manual_seed(0)
    assert torch.equal(own, torch.nn.functional.dropout(x, p))
    assert torch.equal(Dropout(0.5).eval()(x), x)
