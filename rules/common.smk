# Names of files that several rules share.

TEXTS = [run.captions("report/captions.yaml")]
TEXTS += [run.file(f"report/{name}.yaml") for name in ("labels", "reference_values", "references")]
TITLES = {"mnist": "MNIST", "cifar": "CIFAR-10"}  # of sections, where capitals are not enough
CAPTIONS = load_texts(Path(TEXTS[0]).parent).captions
REFERENCE = run.file("report/reference_values.yaml")
OVERFIT_ARM = "overfit/{network}/seed{seed}"
OPTIMIZER_ARM = "optimizers/{optimizer}/seed{seed}"
MNIST_VARIANT = "mnist/{variant}/seed{seed}"
SEARCH_ARM = "search/{optimizer}/seed{seed}"
ARM = "vision/{arm}/seed{seed}"


def figure_files(name):
    """A figure as pixels and as vectors."""
    png, svg = multiext(results(f"report/figures/{name}"), ".png", ".svg")
    return [png, shown(name, svg)]


def table_files(*names):
    """Tables as CSV."""
    return [shown(name, results(f"tables/{name}.csv")) for name in names]


def shown(name, path):
    """A figure or table with its caption for ``snakemake --report``, below the section of the report that has it."""
    if name not in CAPTIONS:  # its experiment is not in this run
        return path
    caption = CAPTIONS[name]
    title = TITLES.get(caption.section, caption.section.capitalize())
    return report(
        path,
        caption=run.note(name, (caption.text["en"], caption.text["zh"])),
        category=f"{NUMBERS[caption.section]} {title}",
        # Padded, so that the report, which sorts them as text, has Table 8 before Table 10.
        labels={"name": f"{caption.kind.capitalize()} {caption.number:2}", "shows": name.replace("_", " ")},
    )


def data_of(name):
    """The prepared data set of this run: real or sample."""
    return f"data/prepared/{run.section('data.source')}/{name}.npz"


def overfit_files(name):
    """One file of every network and seed."""
    return expand(results(f"{OVERFIT_ARM}/{name}"), network=OVERFIT_NETWORKS, seed=range(run.section("seeds.overfit")))


def optimizer_files(name):
    """One file of every optimiser and seed."""
    return expand(results(f"{OPTIMIZER_ARM}/{name}"), optimizer=OPTIMIZERS, seed=range(run.section("seeds.optimizers")))


def mnist_files(name, variant=""):
    """One file of every seed."""
    return expand(results(f"mnist/{variant}seed{{seed}}/{name}"), seed=range(run.section("seeds.mnist")))


def arm_files(name, *arms):
    """One file of every seed of some arms."""
    return [results(f"vision/{arm}/seed{seed}/{name}") for arm in arms for seed in run.seeds_of(arm)]


def training_files(name):
    """One file of every training on CIFAR-10 that this run needs; arms that share a training have it once."""
    arms = [*CORE, *(arm for experiment in run.section("claims.experiments") for arm in ARMS.get(experiment, ()))]
    return list(
        dict.fromkeys(
            results(f"vision/{run.shared.get(arm, arm)}/seed{seed}/{name}")
            for arm in arms
            for seed in run.seeds_of(arm)
        )
    )
