# Regenerates the whole lab report: data, experiments, figures, tables, and the report in Chinese and English.
#
#   snakemake --cores 2                                       the report on MNIST and CIFAR-10: results/main/report/
#   snakemake --cores 2 --configfile presets/demo.yaml        the same on small sample data: results/demo/report/
#   snakemake --cores 2 -n                                    what would run, and why

import os


include: "rules/start.smk"


from lib.catalogue.arms import Arms, CORE
from lib.catalogue.combinations import check, MAIN_OPTIMIZERS
from lib.catalogue.configuration import KEPT_OUT, whole_configuration
from lib.catalogue.doses import doses
from lib.catalogue.experiments import controls
from lib.experiments import paths
from lib.experiments.config.search_budget import CRITERIA, FIRST_FRESH_SEED
from lib.workflow.gpus import SLOTS, visible_gpus
from lib.workflow.run import Run
from lib.workflow.scheduler import limit


configfile: Run.configuration(workflow)


report: "report/workflow.rst"


run = Run.of(
    workflow,
    config,
    whole_configuration(),
    check,
    derive=lambda config: {"arm": Arms(config).settings, "trainings": doses(config)},
    kept_out=KEPT_OUT,
)
arms = Arms(run.config)

# Handed to the rules that fetch data and to those that use GPUs: none of this decides a result, so it is no parameter.
os.environ |= {
    "CONFIGURED_MIRRORS": "\n".join(run.section("data.mirrors")),
    SLOTS: str(run.section("machine.trainings_per_gpu")),
}
limit(workflow, "gpu", len(visible_gpus()) * run.section("machine.trainings_per_gpu"))


# The sections of the report, in its order, between what they share and what joins them.
include: "rules/common.smk"
include: "rules/files.smk"
include: "rules/data.smk"  # 2.2
include: "rules/gradients.smk"  # 2.3
include: "rules/overfit.smk"  # 2.4
include: "rules/optimizers.smk"  # 2.5
include: "rules/mnist.smk"  # 2.6
include: "rules/cifar.smk"  # 2.7, 2.8, 3
include: "rules/report.smk"  # figures, tables, numbers and verdicts of all of them; appendices A and B; the pages
include: "rules/publication.smk"  # appendices C and D; what becomes of a finished report


rule all:
    default_target: True
    input:
        rules.report.input,


run.write_rules(
    workflow.modifier.rules, beside=(*OTHER_SOURCE, "docs/", results("report/report.{lang}.pdf"), results("weights/"))
)
