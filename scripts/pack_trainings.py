"""Pack the finished trainings of a run into a bundle, to be taken into the same run on another machine."""

import argparse
from pathlib import Path

from lib.catalogue.arms import shared_arms
from lib.workflow.bundle_format import SCORE_BITS, WEIGHT_BITS, WEIGHTS
from lib.workflow.bundles import pack
from lib.workflow.files import read_json
from lib.workflow.job import run_job


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("folder", type=Path, help="the results of the run, such as results/paper")
    parser.add_argument("--bundle", type=Path, help="the file to write; bundle.zip in that folder if not given")
    parser.add_argument("--weights", choices=WEIGHTS, default="one", help="of one seed per arm (default), none or all")
    parser.add_argument("--weight-arms", nargs="+", metavar="ARM", help="of these arms only")
    parser.add_argument("--weight-bits", type=int, default=WEIGHT_BITS, help="per weight, 2 to 16, or 32: exact")
    parser.add_argument("--score-bits", type=int, default=SCORE_BITS, help="of mantissa, 0 to 10, or 32: exact")
    job = parser.parse_args()
    target = job.bundle or job.folder / "bundle.zip"
    trained = {path.parents[1].name for path in job.folder.glob("vision/*/seed*/key.json")}
    written = job.folder.glob("inputs/settings/arm.*.json")  # of the arms, and of sections of theirs
    settings = {path.stem.removeprefix("arm."): path for path in written if path.stem.count(".") == 1}
    arms = {arm: read_json(settings[arm]) for arm in sorted(settings, key=lambda arm: (arm not in trained, arm))}
    done = pack(
        job.folder,
        target,
        weights=job.weights,
        weight_arms=job.weight_arms,
        shared=shared_arms(arms),
        score_bits=job.score_bits,
        weight_bits=job.weight_bits,
    )
    for line in done.left_out:
        print(f"left out: {line}")
    sizes = ", ".join(f"{name} {size / 1e6:.2f}" for name, size in sorted(done.sizes.items()))
    print(f"{target}: {len(done.trainings)} trainings, {done.size / 1e6:.2f} MB ({sizes})")


if __name__ == "__main__":
    run_job(main)
