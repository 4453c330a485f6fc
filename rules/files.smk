# Names of files that the rules of several sections share.

CORE_ARMS = tuple(CORE)  # of sections 2.7 and 2.8: mlp-rgb, mlp-gray, cnn-rgb, cnn-gray


def data_of(name):
    """The prepared data set of this run: real or sample."""
    return f"data/prepared/{run.section('data.source')}/{name}.npz"


def arm_files(name, *names):
    """One file of every seed of some arms."""
    return [results(file) for arm in names for file in paths.run_files(paths.ARM, arms.seeds(arm), name, arm=arm)]


def training_files(name):
    """One file of every training on CIFAR-10 that this run needs; arms that share a training have it once."""
    needed = [*CORE_ARMS, *(arm for study, c in controls().items() if study in EXPERIMENTS for arm in c.arms)]
    return list(dict.fromkeys(arm_files(name, *(arms.shared.get(arm, arm) for arm in needed))))
