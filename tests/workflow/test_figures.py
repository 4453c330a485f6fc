"""A job writes the figures that it was asked for, in both formats, or nothing."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from lib.report.figures import png_bytes, svg_bytes
from lib.workflow.figures import write_figures


def figures(*names: str) -> dict[str, Figure]:
    found = {name: Figure(figsize=(1, 1)) for name in names}
    for name, figure in found.items():
        figure.suptitle(name)
    return found


def targets(folder: Path, *names: str) -> list[Path]:
    return [folder / f"report/figures/{name}{ending}" for name in names for ending in (".png", ".svg")]


def test_every_figure_lies_in_both_files_of_its_own_name_in_whatever_order_they_come(tmp_path):
    paths = targets(tmp_path, "curves", "curves_more", "bars")
    write_figures(figures("bars", "curves_more", "curves"), paths[::-1])
    for name, figure in figures("bars", "curves_more", "curves").items():
        assert (tmp_path / f"report/figures/{name}.png").read_bytes() == png_bytes(figure)
        assert (tmp_path / f"report/figures/{name}.svg").read_bytes() == svg_bytes(figure)
    assert sorted(path.name for path in paths[0].parent.iterdir()) == sorted(path.name for path in paths)


@pytest.mark.parametrize(
    ("drawn", "captioned", "named"),
    [
        (("bars", "extra"), ("bars",), "drawn without a caption: extra"),
        (("bars",), ("bars", "more"), "captioned but not drawn: more"),
        (("old", "b", "a"), ("new", "a"), "drawn without a caption: b, old; captioned but not drawn: new"),
    ],
)
def test_figures_that_are_not_those_of_the_captions_are_named_and_nothing_is_written(tmp_path, drawn, captioned, named):
    with pytest.raises(ValueError) as error:
        write_figures(figures(*drawn), targets(tmp_path, *captioned))
    assert str(error.value) == f"figures {named}"
    assert list(tmp_path.iterdir()) == []


def test_a_figure_that_cannot_be_drawn_leaves_the_others_as_they_were(tmp_path):
    paths = targets(tmp_path, "bars", "curves")
    write_figures(figures("bars", "curves"), paths)
    before = {path: path.read_bytes() for path in paths}
    broken = {"bars": figures("other")["other"], "curves": figures("curves")["curves"]}
    broken["curves"].suptitle("$\\nothing$")  # no such symbol
    with pytest.raises(ValueError, match="nothing"):
        write_figures(broken, paths)
    assert {path: path.read_bytes() for path in paths[0].parent.iterdir()} == before
