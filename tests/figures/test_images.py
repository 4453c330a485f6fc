"""Image figures: every pixel of every image is in the files, unaltered."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from lib.figures.datasets import sample_grid
from lib.figures.filters import cifar_feature_maps, cifar_filters
from lib.figures.gray import gray_samples
from lib.figures.images import canvas, place, stretched, symmetric, to_rgb, whole_scale
from lib.figures.mnist import mnist_errors
from lib.figures.style import ORANGE, SKY
from tests.figures.reading import CLASSES, embedded, pixels, texts


def assert_in_png(picture: np.ndarray, fig, index: int, image: np.ndarray) -> None:
    """The drawn image ``index`` of ``fig`` is ``image``, each of its pixels an equal square of the PNG."""
    left, right, bottom, top = (round(2 * edge) for edge in fig.axes[0].images[index].get_extent())
    factor = (right - left) // image.shape[2]
    enlarged = np.repeat(np.repeat(to_rgb(image), factor, axis=0), factor, axis=1)
    np.testing.assert_array_equal(picture[top:bottom, left:right], enlarged)


@pytest.mark.parametrize("scale", [1, 2, 3, 7])
@pytest.mark.parametrize(("x", "y"), [(0, 0), (13, 29), (101, 57)])
def test_an_image_is_drawn_pixel_by_pixel(rng, scale, x, y):
    image = rng.integers(0, 256, (3, 11, 17), dtype=np.uint8)
    fig, ax = canvas(277, 181)
    place(ax, image, x, y, scale)
    assert_in_png(pixels(fig), fig, 0, image)
    np.testing.assert_array_equal(embedded(fig)[0], to_rgb(image))


@pytest.mark.parametrize("channels", [1, 3])
def test_sample_grid_shows_every_image_in_the_row_of_its_class(rng, channels):
    images = rng.integers(0, 256, (10, 4, channels, 32, 32), dtype=np.uint8)
    fig = sample_grid(images, CLASSES)
    picture, rasters = pixels(fig), embedded(fig)
    for index in range(40):
        image = images[divmod(index, 4)]
        assert_in_png(picture, fig, index, image)
        np.testing.assert_array_equal(rasters[index], to_rgb(image))
    assert texts(fig.axes[0]) == CLASSES
    for row, label in enumerate(fig.axes[0].texts):
        _, _, bottom, top = fig.axes[0].images[4 * row].get_extent()
        assert top < label.get_position()[1] < bottom


def test_sample_grid_gives_long_names_room(rng):
    images = rng.integers(0, 256, (2, 1, 1, 28, 28), dtype=np.uint8)
    fig = sample_grid(images, ["a", "a class with quite a long name indeed"])
    fig.draw_without_rendering()
    assert min(text.get_window_extent().x0 for text in fig.axes[0].texts) >= 0


def test_sample_grid_refuses_names_that_do_not_fit(rng):
    with pytest.raises(ValueError, match="2 classes of images, 10 class names"):
        sample_grid(np.zeros((2, 1, 1, 28, 28), np.uint8), CLASSES)


def test_gray_samples_pair_colour_and_gray(rng):
    rgb = rng.integers(0, 256, (10, 5, 3, 32, 32), dtype=np.uint8)
    gray = rng.integers(0, 256, (10, 5, 1, 32, 32), dtype=np.uint8)
    fig = gray_samples(rgb, gray, CLASSES, count=2)
    rasters = embedded(fig)
    assert len(rasters) == 40
    np.testing.assert_array_equal(rasters[0], to_rgb(rgb[0, 0]))
    np.testing.assert_array_equal(rasters[1], to_rgb(gray[0, 0]))
    np.testing.assert_array_equal(rasters[-1], to_rgb(gray[9, 1]))
    assert texts(fig.axes[0])[:4] == ["RGB", "Gray", "RGB", "Gray"]


def test_gray_samples_with_fewer_images_than_asked_for():
    fig = gray_samples(np.zeros((2, 1, 3, 32, 32), np.uint8), np.zeros((2, 1, 1, 32, 32), np.uint8), ["a", "b"])
    assert len(fig.axes[0].images) == 4


@pytest.mark.parametrize(("count", "channels"), [(64, 3), (10, 1), (1, 3), (13, 3)])
def test_filters_of_any_number_are_exact(rng, count, channels):
    filters = rng.normal(size=(count, channels, 3, 3))
    fig = cifar_filters(filters, ["edge"] * count)
    picture = pixels(fig)
    for index, weights in enumerate(filters):
        assert_in_png(picture, fig, index, symmetric(weights))
    assert len(fig.axes[0].images) == count


def test_64_filters_stand_in_eight_numbered_rows_of_eight(rng):
    fig = cifar_filters(rng.normal(size=(64, 3, 3, 3)), ["neither"] * 64)
    corners = [image.get_extent() for image in fig.axes[0].images]
    assert len({corner[0] for corner in corners}) == len({corner[3] for corner in corners}) == 8
    assert {"+0", "+7", "0", "8", "56"} <= set(texts(fig.axes[0]))


def test_each_filter_is_marked_by_its_kind(rng):
    kinds = ["edge", "neither", "edge and colour", "dead", "colour"]
    fig = cifar_filters(rng.normal(size=(5, 3, 3, 3)), kinds)
    picture, words = pixels(fig), [text for text in fig.axes[0].texts if text.get_text().isalpha()]
    assert [word.get_text() for word in words] == ["edges", "both", "dead", "colours"]
    corners = [image.get_extent() for image in fig.axes[0].images]
    for word, (left, right, bottom, _) in zip(words, (corners[i] for i in (0, 2, 3, 4)), strict=True):
        assert left < word.get_position()[0] < right and bottom < word.get_position()[1] < bottom + 10
    halves = [
        [to_hex(picture[round(2 * bottom) + 1, round(2 * x)][:3] / 255) for x in (left + 5, right - 5)]
        for left, right, bottom, _ in corners
    ]
    gray = "#9a9a9a"
    assert halves == [[SKY, SKY], [gray, gray], [SKY, ORANGE], [gray, gray], [ORANGE, ORANGE]]


@pytest.mark.parametrize("shape", [(4, 2, 3, 3), (0, 3, 3, 3), (4, 3, 3)])
def test_filters_that_cannot_be_shown_are_refused(shape):
    with pytest.raises(ValueError, match="need"):
        cifar_filters(np.zeros(shape), ["edge"] * 4)


def test_filters_are_scaled_around_mid_gray():
    weights = np.array([-2.0, -1.0, 0.0, 1.0]).reshape(1, 2, 2)
    assert symmetric(weights).ravel().tolist() == [1, 64, 128, 192]
    assert set(symmetric(np.zeros((3, 3, 3))).ravel()) == {128}
    assert symmetric(np.full((1, 1, 1), np.nan)).item() == 128


def test_feature_maps_run_from_black_to_white():
    assert stretched(np.array([[1.0, 2.0], [3.0, 5.0]])).ravel().tolist() == [0, 64, 128, 255]
    assert not stretched(np.full((2, 2), 3.0)).any()
    assert stretched(np.array([[np.nan, np.inf, 1.0]])).ravel().tolist() == [0, 0, 255]


@pytest.mark.parametrize("count", [64, 3])
def test_feature_maps_stand_beside_their_image(rng, count):
    image, maps = rng.integers(0, 256, (3, 32, 32), dtype=np.uint8), rng.uniform(size=(count, 32, 32))
    fig = cifar_feature_maps(image, maps, ["dead"] * count, class_name="cat")
    picture = pixels(fig)
    assert_in_png(picture, fig, 0, image)
    for index, one in enumerate(maps):
        assert_in_png(picture, fig, index + 1, stretched(one)[np.newaxis])
    assert "cat" in texts(fig.axes[0])
    fig.draw_without_rendering()
    assert max(text.get_window_extent().x1 for text in fig.axes[0].texts) <= fig.bbox.width


def test_errors_are_labelled_true_to_predicted_and_most_confident_first():
    scores = np.zeros((5, 3))
    scores[[0, 1, 2, 3, 4], [1, 0, 2, 1, 2]] = [1, 9, 5, 1, 7]
    labels = np.array([0, 1, 2, 1, 0])  # images 0, 1 and 4 are wrong, by 1, 9 and 7
    images = np.stack([np.full((1, 28, 28), value, np.uint8) for value in (10, 20, 30)])
    wrong = {"scores": scores, "labels": labels, "wrong_index": np.array([0, 1, 4]), "wrong_images": images}
    fig = mnist_errors(wrong, ["zero", "one", "two"])
    assert texts(fig.axes[0]) == ["one → zero", "zero → two", "zero → one"]
    assert [raster[0, 0, 0] for raster in embedded(fig)] == [20, 30, 10]


def test_errors_are_cut_at_the_size_of_the_grid(predictions):
    fig = mnist_errors(predictions, list("0123456789"), rows=2, columns=5)
    assert len(fig.axes[0].images) == 10


def test_no_errors_is_no_error():
    none = {
        "scores": np.eye(3),
        "labels": np.arange(3),
        "wrong_index": np.zeros(0, int),
        "wrong_images": np.zeros((0, 1, 28, 28), np.uint8),
    }
    assert "No test image" in texts(mnist_errors(none, list("012")).axes[0])[0]


def test_images_of_another_type_are_refused():
    with pytest.raises(ValueError, match="uint8"):
        to_rgb(np.zeros((3, 4, 4)))
    with pytest.raises(ValueError, match="uint8"):
        to_rgb(np.zeros((2, 4, 4), np.uint8))


@pytest.mark.parametrize(("size", "scale"), [(32, 2), (28, 2), (64, 1), (96, 1), (3, 21)])
def test_scales_are_whole(size, scale):
    assert whole_scale(size, 64) == scale
