"""Fetch a data set from the first mirror that has it: DATA_MIRROR, then the configuration's, then the public ones."""

import os
from functools import partial

from lib.data.content import check_cifar10
from lib.data.fetch import FetchError, fetch, mirror_list
from lib.data.sources import load_sources
from lib.workflow.job import InputFile, OutputFile, run_job


def main(sources: InputFile, dataset: str, raw: list[OutputFile]) -> None:
    # The rules hand the configured mirrors over like DATA_MIRROR: where a file came from is not part of what it is.
    configured = os.environ.get("CONFIGURED_MIRRORS", "").split("\n")
    destination = raw[0].parent if dataset == "mnist" else raw[0]
    listed = load_sources(sources)
    check = partial(check_cifar10, source=listed[dataset]) if dataset == "cifar10" else None
    try:
        fetch(dataset, listed, destination, mirror_list([m for m in configured if m]), check_content=check)
    except FetchError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    run_job(main)
