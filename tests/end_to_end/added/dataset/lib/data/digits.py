"""The test part of the UCI digits (Alpaydin and Kaynak 1998): a gzipped CSV, 64 pixels from 0 to 16 and the label."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from lib.data.dataset import Dataset
from lib.data.digest import content_digest
from lib.data.sources import Source, load_sources


def prepare_digits(archive: Path | str, source: Source | None = None) -> Dataset:
    """The digits as (N, 1, 8, 8) uint8 in their order, the last ones for testing; ``ValueError`` if they are others."""
    source = source or load_sources()["digits"]
    with gzip.open(archive, "rt", encoding="ascii") as file:
        records = np.loadtxt(file, delimiter=",")
    count = source.counts["train"]
    if records.shape != (count + source.counts["test"], 65):
        raise ValueError(
            f"{archive}: {records.shape[0]} records of {records.shape[1]} values; delete it and fetch again"
        )
    images = np.floor(records[:, :64] * 255 / 16).astype(np.uint8).reshape(-1, 1, 8, 8)
    labels = records[:, 64].astype(np.int64)
    for split, part in (("train", slice(count)), ("test", slice(count, None))):
        if (found := content_digest(images[part], labels[part])) != source.content[split]:
            raise ValueError(f"{archive}: content digest of {split} is {found}, expected {source.content[split]}")
    return Dataset(
        name=source.name,
        x_train=images[:count],
        y_train=labels[:count],
        x_test=images[count:],
        y_test=labels[count:],
        class_names=tuple(str(digit) for digit in range(10)),
        source=source.title,
        is_sample=False,
    )
