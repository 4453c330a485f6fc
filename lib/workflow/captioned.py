"""The figures or tables of a job against those that it was asked for: the ones with a caption."""

from __future__ import annotations

from collections.abc import Iterable


def check_captioned(kind: str, verb: str, made: Iterable[str], captioned: Iterable[str]) -> None:
    """Raises ValueError unless both are the same; it names those without a caption and those that are missing."""
    extra, lacking = sorted({*made} - {*captioned}), sorted({*captioned} - {*made})
    faults = [f"{verb} without a caption: {', '.join(extra)}"] if extra else []
    faults += [f"captioned but not {verb}: {', '.join(lacking)}"] if lacking else []
    if faults:
        raise ValueError(f"{kind} {'; '.join(faults)}")
