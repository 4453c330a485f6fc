"""The documentation shows the project as it is."""

from __future__ import annotations

import runpy

from lib.report.yaml_files import read_yaml
from tests.end_to_end.conftest import ROOT

TOOL = runpy.run_path(str(ROOT / "docs/rulegraph.py"))


def test_the_picture_of_the_rules_is_that_of_the_workflow(finished):
    done = finished.snakemake("--rulegraph", "mermaid-js")
    assert done.returncode == 0, done.stdout[-3000:]
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    drawn = page.split(TOOL["BEGIN"])[1].split(TOOL["END"])[0]
    expected = [f"    {a} --> {b}" for a, b in TOOL["reduced"](TOOL["arrows"](done.stdout))]
    assert len(expected) > 40
    assert drawn.splitlines()[3:-1] == expected, "docs/architecture.md: draw it again with make rulegraph"


def test_an_arrow_that_others_imply_is_left_out():
    mermaid = "\n".join(
        ["id0[all]", "id1[train]", "id2[draw_mnist]", "id3[render_mnist]", "id4[render_report]"]
        + ["id1 --> id2", "id2 --> id3", "id1 --> id3", "id3 --> id4", "id4 --> id0"]
    )
    chain = [("draw_SECTION", "render_SECTION"), ("render_SECTION", "render_report"), ("train", "draw_SECTION")]
    assert TOOL["reduced"](TOOL["arrows"](mermaid)) == chain


def test_the_workflow_catalogue_finds_what_it_looks_for():
    usage = read_yaml(ROOT / ".snakemake-workflow-catalog.yml")["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert any(usage["software-stack-deployment"].values())
    rules = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "rules").glob("*.smk"))
    assert usage["software-stack-deployment"]["conda"] == ('"../environment.yml"' in rules)
    assert usage["report"] == ("report(" in rules)
    readme = (ROOT / "README.md").read_text(encoding="utf-8").lower()
    assert "snakemake" in readme and "workflow" in readme and not (ROOT / "workflow").exists()
