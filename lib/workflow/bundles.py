"""Bundles: finished trainings of a run in one small file, to be taken into the same run on another machine.

A bundle is a zip with fixed dates, sorted names and ``manifest.json``, which says the format's version, the sha256 of
every other member, and for every training its key (settings, code, data, machine). The same results give the same
bytes. The members hold packed arrays and tables (:mod:`lib.workflow.packed`); nothing is ever unpickled.

It needs NumPy and the standard library only, so that it also runs where trainings were made without this pipeline.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lib.workflow import packed
from lib.workflow.bundle_format import (
    ARM_NAME,
    EVALUATIONS,
    EXACT,
    FORMAT,
    IN_MANIFEST,
    LABELS,
    MANIFEST,
    PRECISION,
    SAFE,
    SCORE_BITS,
    SECTIONS,
    WEIGHT_BITS,
    WEIGHTS,
    Bundle,
    BundleError,
    Training,
    has_labels,
    manifest_of,
    member_of,
    opened,
    parsed,
)
from lib.workflow.files import code_digest, file_digest, load_arrays, read_json, save_arrays, stable_json, whole_files
from lib.workflow.packed_tables import table, untable
from lib.workflow.streams import Packed, join, split
from lib.workflow.trainings import FILES


@dataclass(frozen=True)
class Summary:
    """What :func:`pack` did: the trainings, what was left out and why, and bytes in all and by file name."""

    trainings: tuple[Training, ...]
    left_out: tuple[str, ...]
    size: int
    sizes: Mapping[str, int]


def pack(
    run_folder: Path,
    target: Path,
    *,
    weights: str = "one",
    weight_arms: Collection[str] | None = None,
    shared: Collection[str] = (),
    score_bits: int = SCORE_BITS,
    weight_bits: int = WEIGHT_BITS,
) -> Summary:
    """Write the finished trainings below ``run_folder``/vision to the bundle ``target``.

    ``weights``: of ``one`` seed per arm (the lowest that has them), of ``none`` or of ``all``, and of ``weight_arms``
    only, if given. Arms that are ``shared`` have their files from another one's trainings: these count once, under that
    one's name. ``score_bits`` (0-10) of float16's mantissa are kept of scores, about ``weight_bits`` (2-16) per
    weight; 32 rounds nothing (see :func:`lib.workflow.packed.scores` and :func:`~lib.workflow.packed.weights`).

    Raises :exc:`BundleError` where there is no finished training or one does not fit the others.
    """
    if weights not in WEIGHTS:
        raise BundleError(f"weights: unknown value {weights!r}; allowed: {', '.join(WEIGHTS)}")
    for name, bits, allowed in (("score_bits", score_bits, range(11)), ("weight_bits", weight_bits, range(2, 17))):
        if bits != EXACT and bits not in allowed:
            raise BundleError(f"{name}: {bits} is out of range; allowed: {allowed[0]} to {allowed[-1]}, or {EXACT}")
    arms = {path.name for path in (run_folder / "vision").glob("*") if any(path.glob("seed*"))}
    if unknown := sorted({*(weight_arms or ())} - arms):
        raise BundleError(f"weight_arms: {run_folder} has no arm {unknown[0]!r}; there are: {', '.join(sorted(arms))}")
    left_out: list[str] = []
    members: dict[str, bytes] = {}
    labels: dict[str, np.ndarray] = {}
    trainings, with_weights = [], set()
    for folder, arm, seed in _finished(run_folder, shared, left_out):
        files: list[str] = []
        for name in (*FILES, *EVALUATIONS):
            path = folder / name
            if name in IN_MANIFEST or not path.exists():
                continue
            if name in EVALUATIONS and path.stat().st_mtime_ns < _newest(folder):
                left_out.append(f"{path}: older than the training; run the workflow to make it again")
                continue
            if name == "weights.npz" and (weights == "none" or (weights == "one" and arm in with_weights)):
                continue
            if name == "weights.npz" and weight_arms is not None and arm not in weight_arms:
                continue
            content = _packed(path, labels, score_bits, weight_bits)
            if content is not None:
                files.append(name)
                members[f"vision/{arm}/seed{seed}/{name}"] = content
        if "weights.npz" in files:
            with_weights.add(arm)
        key, facts = read_json(folder / "key.json"), read_json(folder / "training.json")
        if (key.get("arm"), key.get("seed")) != (arm, seed):
            raise BundleError(
                f"{folder}/key.json: it is of arm {key.get('arm')!r}, seed {key.get('seed')!r}; train again"
            )
        kind = key["settings"]["model"]["kind"]
        before = key.pop("bundle", {})  # of a training that came in a bundle itself
        evaluations = {n: _origin(run_folder, folder / n, kind, before) for n in files if n in EVALUATIONS}
        rounded = {"scores": score_bits} | ({"weights": weight_bits} if "weights.npz" in files else {})
        rounded = {name: min(bits, before.get("bits", {}).get(name, bits)) for name, bits in rounded.items()}
        trainings.append(Training(arm, seed, key, facts, tuple(files), evaluations, rounded))
    if not trainings:
        why = f" ({left_out[0]})" if left_out else ""
        raise BundleError(f"{run_folder}: no finished training to pack{why}; run the workflow first")
    for name, array in labels.items():
        members[f"{LABELS}/{name}"] = join(packed.pack({LABELS: array}, score_bits=score_bits))
    _write(target, run_folder.name, trainings, members)
    sizes: dict[str, int] = {}
    for name, content in members.items():
        kind = LABELS if name.startswith(f"{LABELS}/") else name.rpartition("/")[2]
        sizes[kind] = sizes.get(kind, 0) + len(content)
    size = target.stat().st_size
    return Summary(tuple(trainings), tuple(left_out), size, {**sizes, MANIFEST: size - sum(sizes.values())})


def _finished(run_folder: Path, shared: Collection[str], left_out: list[str]) -> Iterator[tuple[Path, str, int]]:
    """Folder, arm and seed of every training that has all of its files, by arm and seed."""
    found = []
    for folder in (run_folder / "vision").glob("*/seed*"):
        arm, seed = folder.parent.name, folder.name.removeprefix("seed")
        if not seed.isdecimal() or not ARM_NAME.fullmatch(arm) or ".." in arm or arm in shared:
            continue
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            left_out.append(f"{folder}: not finished, there is no {', '.join(missing)}")
        else:
            found.append((arm, int(seed), folder))
    for arm, number, folder in sorted(found):
        yield folder, arm, number


def _newest(folder: Path) -> int:
    return max((folder / name).stat().st_mtime_ns for name in FILES)


def _origin(run_folder: Path, file: Path, kind: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """The digest of the code and the settings that an evaluation was made with, None where they are not known.

    One that came in a bundle, and is as it came, was made as ``before``, the training's note on that bundle, says.
    """
    came = before.get("evaluations", {}).get(file.name)
    if came and came["file"] == file_digest(file):
        return {name: came[name] for name in ("code", "settings")}
    stamp = run_folder / "inputs/code" / f"{EVALUATIONS[file.name]}.txt"
    settings = {}
    for pattern in SECTIONS[file.name]:
        section = pattern.format(kind=kind)
        settings[section] = _read_if_older(run_folder / f"inputs/settings/{section}.json", file, json.loads)
    return {"code": _read_if_older(stamp, file, code_digest), "settings": settings}


def _read_if_older(path: Path, file: Path, read: Callable[[str], Any]) -> Any:
    # These files are written when their content changes: one that is newer says nothing of how ``file`` was made.
    if not path.is_file() or path.stat().st_mtime_ns > file.stat().st_mtime_ns:
        return None
    return read(path.read_text(encoding="utf-8"))


def _packed(path: Path, labels: dict[str, np.ndarray], score_bits: int, weight_bits: int) -> bytes | None:
    """The member of a file, or None for weights that are not there; its labels go to ``labels``, equal for all."""
    try:
        if path.suffix == ".csv":
            return join([table(path.read_text(encoding="utf-8"), PRECISION[path.name])])
        arrays = load_arrays(path)
        if path.name == "weights.npz":
            return join(packed.pack(arrays, score_bits=EXACT, weight_bits=weight_bits)) if arrays else None
        own = arrays.get(LABELS, np.zeros(0, np.int64))
        if not np.array_equal(labels.setdefault(path.name, own), own) or labels[path.name].dtype != own.dtype:
            raise BundleError("its labels are not those of the other trainings: made on other data or another split")
        names = Packed({"kind": "names", "names": list(arrays)})
        rest = {name: array for name, array in arrays.items() if name != LABELS}
        return join([names, *packed.pack(rest, score_bits=score_bits)[1:]])
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise BundleError(f"{path}: cannot be packed ({' '.join(str(error).split())})") from error


def _write(target: Path, run: str, trainings: list[Training], members: dict[str, bytes]) -> None:
    manifest = {
        "format": FORMAT,
        "run": run,
        "trainings": [
            {"arm": t.arm, "seed": t.seed, "key": t.key, "training": t.facts, "files": list(t.files)}
            | {"evaluations": t.evaluations, "bits": t.bits}
            for t in trainings
        ],
        "members": {name: hashlib.sha256(content).hexdigest() for name, content in members.items()},
    }
    text = stable_json(manifest).encode()
    with whole_files(target) as (path,), zipfile.ZipFile(path, "w") as archive:
        archive.comment = hashlib.sha256(text).hexdigest().encode()
        for name, content in sorted({**members, MANIFEST: text}.items()):
            info = zipfile.ZipInfo(name)  # dated 1980
            info.create_system, info.external_attr = 3, 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED if name == MANIFEST else zipfile.ZIP_STORED
            archive.writestr(info, content)


def read(path: Path) -> Bundle:
    """The bundle at ``path``, once every member has been compared with its digest.

    Raises :exc:`BundleError` for a damaged, cut or altered one, and for one of a later format.
    """
    with opened(path) as archive:
        infos = archive.infolist()
        for info in infos:
            if not SAFE.fullmatch(info.filename):
                raise BundleError(f"{path}: {info.filename!r}: a name that no bundle has; the file is not used")
            if info.filename != MANIFEST and info.compress_type != zipfile.ZIP_STORED:
                raise BundleError(f"{path}: {info.filename}: compressed by zip, as no bundle is; the file is not used")
        names = [info.filename for info in infos]
        if len(set(names)) < len(names) or MANIFEST not in names:
            raise BundleError(f"{path}: {MANIFEST}: missing or there twice; this is not a bundle of make pack")
        manifest = manifest_of(path, archive)
        trainings, digests = parsed(path, manifest)
        if unlisted := sorted(set(names) - {MANIFEST} - set(digests)):
            raise BundleError(f"{path}: {unlisted[0]}: not listed in {MANIFEST}; the file is not used")
        for name, digest in digests.items():
            if name not in names:
                raise BundleError(f"{path}: {name}: missing; copy the bundle again")
            member_of(path, archive, name, digest)
    return Bundle(path, str(manifest["run"]), trainings, digests)


def decode(bundle: Bundle, training: Training, name: str) -> str | dict[str, np.ndarray]:
    """A file of a training: text, or arrays by name; those of weights that did not come along are none.

    Raises :exc:`BundleError` where the member cannot be decoded.
    """
    if name in IN_MANIFEST:
        return stable_json(training.key if name == "key.json" else training.facts)
    if name not in training.files:
        return {}
    member = f"{training.folder}/{name}"
    try:
        parts = split(bundle.member(member))
        if name.endswith(".csv"):
            return untable(parts[0])
        labels = {}
        if has_labels(name):
            labels = packed.unpack(split(bundle.member(f"{LABELS}/{name}")))
        return packed.unpack(parts, labels)
    except BundleError:
        raise
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise BundleError(f"{bundle.path}: {member}: {error}") from error


def verify(bundle: Bundle, training: Training) -> None:
    """Decode every file of a training, so that none is written before it is known that all can be.

    Raises :exc:`BundleError` where one cannot be decoded.
    """
    for name in training.files:
        decode(bundle, training, name)


def unpack(
    bundle: Bundle,
    training: Training,
    folder: Path,
    *,
    evaluations: Collection[str] | None = None,
    accepted_code: bool = False,
) -> list[Path]:
    """Write a training's files whole into ``folder``, in the formats that the rules write; the paths.

    ``evaluations``: which of its evaluation results come along, None for all. Where weights did not come along,
    weights.npz has no arrays. key.json says in addition, below ``bundle``, how values were rounded and what made the
    evaluations, and with ``accepted_code`` that the code is another than the run's.
    """
    chosen = training.evaluations if evaluations is None else evaluations
    names = [*FILES, *(name for name in EVALUATIONS if name in chosen and name in training.evaluations)]
    found = {name: decode(bundle, training, name) for name in names}
    # What an earlier run has said of its code and of its bundle does not hold for this one.
    key = {name: value for name, value in training.key.items() if name != "accepted_code"}
    if accepted_code:
        key["accepted_code"] = True
    targets, moment = [folder / name for name in names], time.time_ns()
    with whole_files(*targets) as paths:
        parts = dict(zip(names, paths, strict=True))
        for name, content in found.items():
            if isinstance(content, str):
                parts[name].write_text(content, encoding="utf-8")
            else:
                save_arrays(parts[name], **content)
        origins = {
            name: {**training.evaluations[name], "file": file_digest(parts[name])}
            for name in names
            if name in EVALUATIONS
        }
        about = {"format": FORMAT, "bits": training.bits, "has_weights": training.has_weights, "evaluations": origins}
        parts["key.json"].write_text(stable_json(key | {"bundle": about}), encoding="utf-8")
        for path in paths:
            os.utime(path, ns=(moment, moment))  # evaluations are not older than their training
    return targets
