"""The files of a run that must be the same from run to run."""

from __future__ import annotations

import re
from pathlib import Path

from lib.report.markdown import VOLATILE_BEGIN, VOLATILE_END

# What differs from run to run, and nothing else: seconds, memory, machine, folder, and the crate with digests of these.
VOLATILE = re.compile(
    r"^\.lock$|^\.running$|^inputs/(source|job\.sh)|^(benchmarks|logs|checkpoints)/|^(summaries|sections|tables)/(environment|runtime)\.|^ro-crate-metadata"
)
PARTS = re.compile(f"{re.escape(VOLATILE_BEGIN)}.*?{re.escape(VOLATILE_END)}", re.DOTALL)


def contents(results: Path) -> dict[str, bytes]:
    """Every file of a run but the volatile ones, pages without their volatile part."""
    found = {}
    for path in sorted(results.rglob("*")):
        name = path.relative_to(results).as_posix()
        if not path.is_file() or VOLATILE.search(name):
            continue
        content = path.read_bytes()
        if name.startswith("report/report."):
            text, parts = PARTS.subn("", content.decode())
            assert parts, f"{name} has no volatile part"
            content = text.encode()
        found[name] = content
    return found
