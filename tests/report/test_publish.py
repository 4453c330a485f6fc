"""Pages that are published lie at another depth than those of a run: their links outward follow."""

import json
from pathlib import Path

from scripts.publish import main, published


def test_links_outward_lead_to_the_same_files_from_the_published_folder():
    page = (
        "[`lib/nn/optim.py`](../../../lib/nn/optim.py#L3-L9) and "
        '<a href="../../../lib/nn/optim.py#L3-L9">code</a>, <a href="../tables/x.csv">../tables/x.csv</a>, '
        "[all of it](../configuration.yaml), "
        "![plot](figures/x.svg)"
    )
    assert published(page) == (
        "[`lib/nn/optim.py`](../../lib/nn/optim.py#L3-L9) and "
        '<a href="../../lib/nn/optim.py#L3-L9">code</a>, <a href="tables/x.csv">../tables/x.csv</a>, '
        "[all of it](configuration.yaml), "
        "![plot](figures/x.svg)"
    )


def test_figures_are_published_in_the_form_and_the_language_in_which_a_page_shows_them(tmp_path: Path):
    names = ("zh/x.svg", "x.svg", "x.png", "y.svg", "y.png", "zh/z.svg", "z.svg")
    files = {name: tmp_path / "run/report/figures" / name for name in names}
    shown = {"zh": "![x](figures/zh/x.svg) ![y](figures/y.png)", "en": "![x](figures/x.svg) ![y](figures/y.png)"}
    pages = {tmp_path / f"run/report/report.{language}.md": text for language, text in shown.items()}
    others = [
        tmp_path / "run" / name for name in ("metrics.json", "claims.json", "made_with.json", "configuration.yaml")
    ]
    source = [f"mnist/seed{seed}/a.csv" for seed in range(12)]
    others[0].parent.mkdir(parents=True)
    metrics = json.dumps({"a": {"value": 1.0, "source": [*source, "mnist/b.csv"]}})
    texts = {**dict.fromkeys([*files.values(), *others], ""), **pages, others[0]: metrics}
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    folder = tmp_path / "example"
    main(list(pages), list(files.values()), [], *others, folder)
    published_files = {path.relative_to(folder / "figures").as_posix() for path in folder.rglob("figures/**/*.*")}
    assert published_files == {"zh/x.svg", "x.svg", "y.png"}
    # The files of all seeds have one name: hundreds of names would be most of the file.
    published_metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert published_metrics == {"a": {"value": 1.0, "source": ["mnist/b.csv", "mnist/seed*/a.csv"]}}
