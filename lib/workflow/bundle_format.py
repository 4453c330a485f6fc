"""What a bundle is made of: its trainings, its manifest, its members (see :mod:`lib.workflow.bundles`)."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lib.workflow.trainings import FILES

FORMAT = 1
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 2**26  # bytes
IN_MANIFEST = ("training.json", "key.json")
# What may be made of a training, and the script that does it.
EVALUATIONS = {"test.npz": "evaluate_vision", "shifts.npz": "evaluate_shifts", "augmented.npz": "evaluate_augmented"}
# Sections of the configuration that decide an evaluation, beside its arm.
SECTIONS = {
    "test.npz": (),
    "shifts.npz": ("experiments.shifted_images",),
    "augmented.npz": ("experiments.augmented_validation", "cifar.recipes.original.{kind}"),
}
PRECISION = {"history.csv": "float64", "filters.csv": "float32"}
WEIGHTS = ("one", "none", "all")
SCORE_BITS, WEIGHT_BITS = 3, 4
EXACT = 32  # bits: nothing is rounded
LABELS = "labels"
ARM_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
SAFE = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


class BundleError(ValueError):
    """A bundle cannot be made or used; the text is one line that names the file and what is wrong with it."""


@dataclass(frozen=True)
class Training:
    """One training of a bundle.

    ``key`` is its key.json, ``facts`` its training.json; ``files`` are the names that are packed as members, weights
    only where they came along. ``evaluations``: by file name, the digest of the code that made it (None: not known)
    and the ``settings`` that decided it. ``bits``: of ``scores`` and ``weights``.
    """

    arm: str
    seed: int
    key: Mapping[str, Any]
    facts: Mapping[str, Any]
    files: tuple[str, ...]
    evaluations: Mapping[str, Mapping[str, Any]]
    bits: Mapping[str, int]

    @property
    def folder(self) -> str:
        """Where its files lie below the results of a run."""
        return f"vision/{self.arm}/seed{self.seed}"

    @property
    def has_weights(self) -> bool:
        """Whether its weights came along."""
        return "weights.npz" in self.files

    def __str__(self) -> str:
        return f"{self.arm} seed {self.seed}"


@dataclass(frozen=True)
class Bundle:
    """A bundle whose members have all been compared with their digests."""

    path: Path
    run: str
    trainings: tuple[Training, ...]
    digests: Mapping[str, str] = field(repr=False)

    def member(self, name: str) -> bytes:
        """The bytes of a member, compared with their digest again."""
        with opened(self.path) as archive:
            return member_of(self.path, archive, name, self.digests[name])


def manifest_of(path: Path, archive: zipfile.ZipFile) -> dict[str, Any]:
    """The manifest, if it is of this format."""
    if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        raise BundleError(f"{path}: {MANIFEST}: larger than any bundle's; the file is not used")
    text = member_of(path, archive, MANIFEST, archive.comment.decode("ascii", "replace"))
    try:
        manifest: dict[str, Any] = json.loads(text)
        version = manifest["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{path}: {MANIFEST}: not one of make pack ({error})") from error
    if version != FORMAT:
        raise BundleError(f"{path}: {MANIFEST}: format {version}, but this version of the project reads {FORMAT}")
    return manifest


def parsed(path: Path, manifest: Mapping[str, Any]) -> tuple[tuple[Training, ...], dict[str, str]]:
    """Trainings and digests of a manifest, once it names nothing but what a bundle can have."""
    try:
        trainings = tuple(
            Training(
                str(entry["arm"]),
                int(entry["seed"]),
                dict(entry["key"]),
                dict(entry["training"]),
                tuple(entry["files"]),
                dict(entry["evaluations"]),
                dict(entry["bits"]),
            )
            for entry in manifest["trainings"]
        )
        digests = {str(name): str(digest) for name, digest in manifest["members"].items()}
        for training in trainings:
            if not SAFE.fullmatch(training.folder) or not ARM_NAME.fullmatch(training.arm):
                raise ValueError(f"{training.arm!r} cannot be the name of an arm")
            needed = {*FILES} - {*IN_MANIFEST, "weights.npz"}
            if not needed <= {*training.files} <= {*FILES, *EVALUATIONS} - {*IN_MANIFEST}:
                raise ValueError(f"{training}: files {', '.join(training.files)}")
            if set(training.evaluations) != {*training.files} & {*EVALUATIONS}:
                raise ValueError(f"{training}: evaluations {', '.join(training.evaluations)}")
        listed = [f"{training.folder}/{name}" for training in trainings for name in training.files]
        expected = {*listed, *(f"{LABELS}/{name.rpartition('/')[2]}" for name in listed if has_labels(name))}
        if expected != set(digests) or len(set(listed)) < len(listed):
            raise ValueError("trainings and members do not fit together")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleError(f"{path}: {MANIFEST}: not one of make pack ({error})") from error
    return trainings, digests


def has_labels(name: str) -> bool:
    """Whether a file holds labels, which a bundle keeps once for all trainings."""
    return name.endswith(".npz") and not name.endswith("weights.npz")


def opened(path: Path) -> zipfile.ZipFile:
    """The zip file at ``path``."""
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError:
        raise BundleError(f"{path}: no such file; name one that make pack has written") from None
    except zipfile.BadZipFile as error:
        raise BundleError(f"{path}: not a bundle, or cut short ({error}); copy or pack it again") from error


def member_of(path: Path, archive: zipfile.ZipFile, name: str, digest: str) -> bytes:
    """The bytes of a member, compared with its digest."""
    try:
        content = archive.read(name)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError, NotImplementedError) as error:
        raise BundleError(f"{path}: {name}: damaged ({error}); copy or pack it again") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise BundleError(f"{path}: {name}: altered, its sha256 is not the one listed; copy or pack it again")
    return content
