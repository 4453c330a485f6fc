"""Where results lie below the run's folder: the patterns that rules, scripts and sources share."""

from collections.abc import Iterable

GRADIENT_STEPS = "gradients/steps/seed{seed}.csv"
OVERFIT = "overfit/{network}/seed{seed}"
OVERFIT_CNN = "overfit_cnn/seed{seed}.json"
OPTIMIZER = "optimizers/{optimizer}/seed{seed}"
SEARCH_TRIALS = "search_budget/{optimizer}/trials{seed}.csv"
SEARCH_CHOSEN = "search_budget/{optimizer}/{criterion}/chosen.json"
SEARCH_RANKED = "search_budget/{optimizer}/{criterion}/seed{seed}"
MNIST = "mnist/seed{seed}"
MNIST_SEARCH = "mnist/searches/seed{seed}"
MNIST_VARIANT = "mnist/{variant}/seed{seed}"
BATCH_STATISTICS = "batch_statistics/{normalization}/seed{seed}.csv"
ARM = "vision/{arm}/seed{seed}"
ARCHITECTURE = "vision/architecture/{arm}.json"


def run_files(pattern: str, seeds: Iterable[int], *names: str, **values: str) -> tuple[str, ...]:
    """Files of several seeds: ``names`` in the folder that ``pattern`` describes, or without any that file itself."""
    folders = [pattern.format(seed=seed, **values) for seed in seeds]
    return tuple(f"{folder}/{name}" for folder in folders for name in names) if names else tuple(folders)
