"""A finished run described for machines, as an RO-Crate that says by which workflow its files were made.

Specifications: https://w3id.org/ro/crate/1.1, https://w3id.org/ro/wfrun/workflow/0.5.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from lib.report.texts import ENGLISH, Texts

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
TERMS = "https://w3id.org/ro/terms/workflow-run/context"  # has sha256, which RO-Crate 1.1 lacks
LICENSE = "https://spdx.org/licenses/MIT"
SUMMARIES = {
    "metrics.json": ("Numbers", "Every number that the report prints, by id, with unit, n, interval and source"),
    "claims.json": (
        "Verdicts",
        "Every claim of the original report with its verdict, the reason and the files it rests on",
    ),
    "runs.csv": (
        "Runs",
        "The value of every seed behind every number with several runs: experiment, metric (the id in metrics.json), "
        "seed, value and unit; percentages are fractions of one",
    ),
}
MEASURED = {  # what a table of measurements has a row for, by the beginning of its file's name
    "history": "The course of a training by epoch",
    "epochs": "The course of a training by epoch",
    "loss": "The loss of a training by iteration",
    "search": "The trials of a search for hyper-parameters",
    "trials": "The trials of a search for hyper-parameters",
}


def crate_of(
    run: str,
    folder: Path,
    files: Iterable[Path],
    workflow: Path,
    *,
    words: Texts,
    cited: Mapping[str, Any],
    snakemake: str,
    what: str,
) -> dict[str, Any]:
    """The crate's metadata.

    Parameters
    ----------
    folder : of the run, which is the crate; digests and sizes are of the ``files`` that lie there
    workflow : the Snakefile, a copy in that folder
    words : the report's texts, whose captions describe figures and tables
    cited : of ``CITATION.cff``
    snakemake : its version
    what : the kind of data that the run was made from
    """
    described = ROCrate(version="1.1")
    described.metadata.extra_contexts.append(TERMS)
    authors = described.add(entity(described, "#authors", "Organization", name=cited["authors"][0]["name"]))
    root = described.root_dataset
    root["name"] = f"Run {run!r} of a lab report on multilayer perceptrons and convolutional networks"
    root["description"] = f"Results on {what}, with the report made from them"
    root["creativeWorkStatus"] = what
    root["author"] = root["publisher"] = authors
    root["license"] = described.add(entity(described, LICENSE, "CreativeWork", name="MIT License"))
    # Not the day of the run: the same results are described by the same bytes.
    root["datePublished"] = str(cited["date-released"])
    root["conformsTo"] = [
        described.add(entity(described, profile, "CreativeWork", name=name, version=version))
        for profile, (name, version) in PROFILES.items()
    ]
    main_workflow = described.add_workflow(
        workflow,
        dest_path=str(workflow.relative_to(folder)),
        main=True,
        lang="snakemake",
        lang_version=snakemake,
        properties={
            **facts(workflow),
            "name": cited["title"],
            "description": cited["abstract"].strip(),
            "version": str(cited["version"]),
        },
    )
    described_files = [
        described.add_file(
            path, dest_path=str(path.relative_to(folder)), properties=facts(path) | told(path, folder, words)
        )
        for path in files
    ]
    made = {
        "name": f"Run {run!r}",
        "description": f"Everything from {what} to the report, by Snakemake",
        "agent": authors,
        "actionStatus": "http://schema.org/CompletedActionStatus",
    }
    root["mentions"] = described.add_action(main_workflow, identifier="#run", result=described_files, properties=made)
    return described.metadata.generate()


def entity(crate: ROCrate, identifier: str, kind: str, **properties: str) -> ContextEntity:
    """Something that the crate names and does not contain."""
    return ContextEntity(crate, identifier, properties={"@type": kind, **properties})


def told(path: Path, folder: Path, words: Texts) -> dict[str, str]:
    """Name and description of one file."""
    kind = path.suffix.removeprefix(".").upper()
    if caption := words.captions.get(path.stem):
        own = path.parent.name  # the folder of a language, or of all figures or tables
        language, kinds = (own, f"{kind}, {own}") if own in words.translated else (ENGLISH, kind)
        name = f"{caption.kind.capitalize()} {caption.number} ({kinds})"
        return {"name": name, "description": caption.text[language]}
    if path.name in SUMMARIES:
        name, description = SUMMARIES[path.name]
        return {"name": name, "description": description}
    if path.suffix == ".csv":
        what = path.relative_to(folder).with_suffix("").as_posix()
        kind = next((text for start, text in MEASURED.items() if path.stem.startswith(start)), "Measured values")
        return {"name": f"Measured: {what}", "description": f"{kind}: {what}"}
    language = path.stem.rpartition(".")[2]
    return {
        "name": f"Report ({language}, {kind})",
        "description": f"The whole report, in the language {language!r}, as {kind}",
    }


def facts(path: Path) -> dict[str, Any]:
    """Size in bytes, SHA-256 and media type of one file, in the vocabulary of schema.org."""
    content = path.read_bytes()
    return {
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
        "encodingFormat": mimetypes.guess_type(path.name)[0] or "text/plain",
    }
