"""Pages that are published lie at another depth than those of a run: their links outward follow."""

from scripts.publish import published


def test_links_outward_lead_to_the_same_files_from_the_published_folder():
    page = (
        "[`lib/nn/optim.py`](../../../lib/nn/optim.py#L3-L9) and "
        '<a href="../../../lib/nn/optim.py#L3-L9">code</a>, <a href="../tables/x.csv">../tables/x.csv</a>, '
        "![plot](figures/x.svg)"
    )
    assert published(page) == (
        "[`lib/nn/optim.py`](../../lib/nn/optim.py#L3-L9) and "
        '<a href="../../lib/nn/optim.py#L3-L9">code</a>, <a href="tables/x.csv">../tables/x.csv</a>, '
        "![plot](figures/x.svg)"
    )
