"""Colour images to gray."""

from __future__ import annotations

import numpy as np

# Weights of red, green and blue in the luma of ITU-R BT.601, with the digits that torchvision uses.
LUMA = (0.2989, 0.587, 0.114)
_CHUNK = 4096  # images; bounds the float copies to some tens of MB


def to_gray(images: np.ndarray) -> np.ndarray:
    """Luma ``0.2989 R + 0.587 G + 0.114 B``, computed in float32 and cut to an integer, as torchvision does.

    Parameters
    ----------
    images : (N, 3, H, W) uint8 array

    Returns
    -------
    (N, 1, H, W) uint8 array

    Raises ``ValueError`` for any other shape or type. ITU-R BT.601-7, 2.5.1; the rounding is that of
    ``torchvision.transforms.functional.rgb_to_grayscale`` on uint8 tensors, so white becomes 254.
    """
    if images.ndim != 4 or images.shape[1] != 3 or images.dtype != np.uint8:
        raise ValueError(f"expected uint8 images of shape (N, 3, H, W), not {images.dtype} {images.shape}")
    red, green, blue = (np.float32(weight) for weight in LUMA)
    gray = np.empty((len(images), 1, *images.shape[2:]), dtype=np.uint8)
    for start in range(0, len(images), _CHUNK):
        part = images[start : start + _CHUNK].astype(np.float32)
        luma = red * part[:, 0] + green * part[:, 1] + blue * part[:, 2]
        gray[start : start + _CHUNK, 0] = luma.astype(np.uint8)
    return gray
