# Names of files that the rules of several sections share.

from lib.data.stored import stored_digest
from lib.workflow.kept_times import keep_time
from lib.workflow.scheduler import ask_again

CORE_ARMS = tuple(CORE)  # of sections 2.7 and 2.8: mlp-rgb, mlp-gray, cnn-rgb, cnn-gray


def data_of(**sets):
    """Prepared data sets of this run, real or sample, among a rule's inputs: ``**data_of(data="mnist")``.

    With each comes a function that gives no file: it is asked before Snakemake compares times, and once more when the
    set has been prepared, and sees to it that the same content has the same time.
    """
    files = {key: f"data/prepared/{run.section('data.source')}/{name}.npz" for key, name in sets.items()}
    return files | {f"{key}_time": same_time(name, files[key]) for key, name in sets.items()}


def same_time(name, path):
    """For :func:`data_of`: see :mod:`lib.workflow.kept_times`."""

    def keep(wildcards):
        if run.files.may_write and (digest := stored_digest(path)):
            keep_time(Path(path), digest, Path(results(f"inputs/data/{name}.txt")))
            ask_again(workflow)
        return []

    return keep


def arm_files(name, *names):
    """One file of every seed of some arms."""
    return [results(file) for arm in names for file in paths.run_files(paths.ARM, arms.seeds(arm), name, arm=arm)]


def training_files(name):
    """One file of every training on CIFAR-10 that this run needs; arms that share a training have it once."""
    needed = [*CORE_ARMS, *(arm for study, c in controls().items() if study in EXPERIMENTS for arm in c.arms)]
    return list(dict.fromkeys(arm_files(name, *(arms.shared.get(arm, arm) for arm in needed))))
