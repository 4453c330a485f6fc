"""What Snakemake imports at every start, and in every job on a cluster."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_snakefile_imports_nothing_that_takes_as_long_as_all_the_rest():
    lines = re.findall(r"^from lib\..+$", (ROOT / "Snakefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) > 5
    code = "\n".join([*lines, "import sys", "print(*{'torch', 'scipy', 'matplotlib', 'sklearn'} & set(sys.modules))"])
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
