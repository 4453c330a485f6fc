# Names of files that the rules of several sections share.

from functools import partial

from lib.data.stored import stored_digest
from lib.workflow.kept_times import same_time
from lib.workflow.scheduler import ask_again

CORE_ARMS = tuple(CORE)  # of sections 2.7 and 2.8: mlp-rgb, mlp-gray, cnn-rgb, cnn-gray


def data_of(**sets):
    """Prepared data sets of this run among a rule's inputs, ``**data_of(data="mnist")``: the same ones rerun nothing."""
    files = {key: f"data/prepared/{run.section('data.source')}/{name}.npz" for key, name in sets.items()}
    again = partial(ask_again, workflow)
    return files | {f"{key}_time": same_time(run.files, path, stored_digest, again) for key, path in files.items()}


def arm_files(name, *names):
    """One file of every seed of some arms."""
    return [results(file) for arm in names for file in paths.run_files(paths.ARM, arms.seeds(arm), name, arm=arm)]


def training_files(name):
    """One file of every training on CIFAR-10 that this run needs; arms that share a training have it once."""
    needed = [*CORE_ARMS, *(arm for study, c in controls().items() if study in EXPERIMENTS for arm in c.arms)]
    return list(dict.fromkeys(arm_files(name, *(arms.shared.get(arm, arm) for arm in needed))))


def on_real_data(wildcards):
    """No file. Ends a run on sample data before Snakemake removes what is published."""
    if (source := run.section("data.source")) != "real":
        raise SystemExit(f"data.source is {source!r}: only a run on the real data is published; take another preset")
    return []
