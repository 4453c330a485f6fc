# Regenerates the whole lab report: data, experiments, figures, tables, and the report in Chinese and English.
#
#   snakemake --cores 2                                       the report on MNIST and CIFAR-10: results/main/report/
#   snakemake --cores 2 --configfile presets/demo.yaml        the same on small sample data: results/demo/report/
#   snakemake --cores 2 -n                                    what would run, and why

import os
import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.0")
sys.path.insert(0, workflow.basedir)

from lib.claims.schema import summaries_read
from lib.experiments.names import ARMS
from lib.experiments.search import FIRST_FRESH_SEED
from lib.report.texts import LANGUAGES, load_texts
from lib.report.texts import SECTIONS as NUMBERS
from lib.workflow.arm_settings import CORE
from lib.workflow.combinations import MAIN_OPTIMIZERS
from lib.workflow.job import RUNNER
from lib.workflow.lock import check_writable, hold
from lib.workflow.interface import command_of, inputs_of, run_script
from lib.workflow.run import Run
from lib.workflow.schema import load_claims, load_configuration


configfile: "config.yaml"


report: "report/workflow.rst"


run = Run(load_configuration(config, reversed(workflow.configfiles)), root=Path(workflow.basedir))
for folder in ("data", run.folder):
    check_writable(Path(folder))
run.write_settings()

results, logs, benchmarks = run.results, run.logs, run.benchmarks
code_of, settings, section_for, version_of = run.code_of, run.settings, run.section_for, run.version_of

# With conda or containers, their Python runs the scripts; else the one that runs Snakemake.
os.environ.update(run.environment(not workflow.deployment_settings.deployment_method))

# A training for which no GPU is free waits in Snakemake, where it holds no core, unless the user says how many GPUs there
# are. Not on a cluster: its executor is not known here yet, but only with one are there nodes.
if workflow.is_main_process and workflow.resource_settings.nodes is None and (slots := run.gpu_slots()):
    workflow.global_resources.setdefault("gpu", slots)


onstart:
    run.lock = hold(Path(run.folder))
    if workflow.local_exec:
        os.environ[RUNNER] = str(os.getpid())
        # The limit on jobs per second wakes the scheduler once a second for every job that has ended: a quarter of a core
        # after 130 of them, taken from the trainings. It is meant for clusters.
        workflow.scheduler.job_rate_limiter = None


wildcard_constraints:
    seed=r"\d+",
    lang="|".join(LANGUAGES),


# The sections of the report, in its order, between what they share and what joins them.
include: "rules/common.smk"
include: "rules/data.smk"  # 2.2
include: "rules/gradients.smk"  # 2.3
include: "rules/overfit.smk"  # 2.4
include: "rules/optimizers.smk"  # 2.5
include: "rules/mnist.smk"  # 2.6
include: "rules/cifar.smk"  # 2.7
include: "rules/studies.smk"  # figures, tables and numbers of all of them, and experiments of 2.7, 2.8 and 3
include: "rules/report.smk"


rule all:
    default_target: True
    input:
        rules.report.input,


run.write_rules(workflow.rules)
