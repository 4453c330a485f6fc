"""Section 2.7: for every test image, the training image that is most like it."""

from __future__ import annotations

import numpy as np

from lib.data.dataset import Dataset

_BLOCK = 500  # training images at a time: their products with 10,000 test images take 60 MB
_EXACT = 1024  # so many products of numbers from -128 to 127 add up to 2^24 at most, which float32 holds exactly
_SHOWN = 6  # pairs in each row of the figure


def find(data: Dataset, among: np.ndarray, threshold: float) -> dict[str, np.ndarray]:
    """Near-duplicates: test images whose correlation with some image trained on is at least ``threshold``.

    Parameters
    ----------
    among : (K,) indices of the training images to compare with

    Returns
    -------
    what :func:`nearest` returns, and

    ``near`` (N,) bool; ``compared``, K; ``labels``, ``nearest_labels`` (N,) of the test images and of the training
    images most like them; ``highest``, ``above``, ``below`` (at most 6 each), test images with the highest
    correlations, and of the others those next to the threshold; ``shown``, ``nearest_shown`` (M, C, H, W) uint8, the
    images of these three in turn and the training images most like them, mirrored where that is the likeness

    Raises ``ValueError`` if no other test image would be left.
    """
    found = nearest(data.x_test, data.x_train, among)
    near = found["correlation"] >= threshold
    if near.all():
        raise ValueError(
            f"experiments.near_duplicates.threshold: {threshold:g} is reached by all {len(near)} test images; take a"
            " higher one"
        )
    order = np.argsort(-found["correlation"], kind="stable")
    above, below = np.split(order, [near.sum()])
    first, rest = (above, below) if len(above) else (below, below[:0])  # without any, the most alike there are
    rows = {"highest": first[:_SHOWN], "above": above[_SHOWN:][-_SHOWN:], "below": rest[:_SHOWN]}
    shown = np.concatenate(list(rows.values()))
    others = data.x_train[found["index"][shown]]
    others = np.where(found["mirrored"][shown, None, None, None], others[..., ::-1], others)
    return {
        **found,
        "near": near,
        "compared": np.array(len(among)),
        "labels": data.y_test,
        "nearest_labels": data.y_train[found["index"]],
        **rows,
        "shown": data.x_test[shown],
        "nearest_shown": others,
    }


def nearest(test: np.ndarray, train: np.ndarray, among: np.ndarray) -> dict[str, np.ndarray]:
    """The largest correlation of every test image with any training image or its mirror image, and with which.

    Pearson's correlation over all values of two images, which the brightness and the contrast of either leave as it
    is; an image of one value throughout has the correlation 0 with any. Products are sums of whole numbers that
    float32 holds exactly in any order: neither threads nor processor change a bit of the result.

    Parameters
    ----------
    test, train : (N, C, H, W) and (M, C, H, W) uint8
    among : (K,) indices of the training images to compare with

    Returns
    -------
    ``correlation`` (N,) float32, ``index`` (N,) int64 into ``train``, ``mirrored`` (N,) bool; of images that are
    equally alike it is the first in blocks of 500, as they are before mirrored
    """
    images, scale, total = _centred(test)
    best = np.full(len(test), -np.inf)
    index, mirrored = np.zeros(len(test), np.int64), np.zeros(len(test), bool)
    for start in range(0, len(among), _BLOCK):
        block = among[start : start + _BLOCK]
        for is_mirror in (False, True):
            others, other_scale, other_total = _centred(train[block][..., ::-1] if is_mirror else train[block])
            found = np.outer(total, -other_total / images.shape[1])
            for part in range(0, images.shape[1], _EXACT):
                found += images[:, part : part + _EXACT] @ others[:, part : part + _EXACT].T
            found *= other_scale
            at = found.argmax(axis=1)
            largest = found[np.arange(len(found)), at]
            better = largest > best
            best[better], index[better], mirrored[better] = largest[better], block[at[better]], is_mirror
    return {"correlation": (best * scale).astype(np.float32), "index": index, "mirrored": mirrored}


def _centred(images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values less 128 (N, D), float32; by image one over the root of the squares about the mean, 0 for 0; and sums."""
    values = images.reshape(len(images), -1).astype(np.int32) - 128
    total = values.sum(axis=1)
    squares = np.einsum("nd,nd->n", values, values) - total**2 / values.shape[1]
    scale = np.divide(1, np.sqrt(squares), out=np.zeros(len(images)), where=squares > 0)
    return values.astype(np.float32), scale, total
