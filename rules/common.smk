# What all rules share: names of files, and figures and tables with their captions. Wants: run.

from lib.workflow.scheduler import start_with_module

run.plan(workflow)
run.write_settings()

results, logs, benchmarks = run.results, run.logs, run.benchmarks
code_of, settings, section_for, version_of = run.code_of, run.settings, run.section_for, run.version_of
run_script, command_of, inputs_of = run.scripts.run, run.scripts.command, run.scripts.inputs
TEXTS, CAPTIONS, OUTLINE = run.report.text_files, run.report.texts.captions, run.report.texts.outline
EXPERIMENTS = run.section("claims.experiments")
COMMON, DATASETS, TRAININGS = {}, [], []  # what all studies take; the data sets; trainings whose device is told
STUDIES = {}  # by name: which files scripts/draw_NAME.py and scripts/summarise_NAME.py take, by the names of arguments

run.write_job_environment()


onstart:
    run.begin(workflow)


start_with_module(workflow, run.begin)


wildcard_constraints:
    seed=r"\d+",
    lang="|".join(OUTLINE.languages),


def figure_files(name):
    """A figure as pixels and as vectors."""
    png, svg = multiext(results(f"report/figures/{name}"), ".png", ".svg")
    return [png, shown(name, svg)]


def table_files(*names):
    """Tables as CSV."""
    return [shown(name, results(f"tables/{name}.csv")) for name in names]


def shown(name, path):
    """A figure or table with its caption for ``snakemake --report``, below the section of the report that has it."""
    if name not in CAPTIONS:
        return path
    caption = CAPTIONS[name]
    return report(
        path,
        caption=run.report.note(name, caption.text.values()),
        category=run.report.heading(caption.section),
        # Padded, so that the report, which sorts them as text, has Table 8 before Table 10.
        labels={"name": f"{caption.kind.capitalize()} {caption.number:2}", "shows": name.replace("_", " ")},
    )


def captions_of(study, kind):
    """The figures or tables of a study, in the order of the report."""
    return [c.id for c in CAPTIONS.values() if c.kind == kind and c.study == study]


def seeds(experiment):
    """The seeds of an experiment."""
    return range(run.section(f"seeds.{experiment}"))
