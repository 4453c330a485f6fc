# demo: the whole report on sample data; report: on MNIST and CIFAR-10; test: the tests; each sets up .venv itself.
# With PRESET=brief, report, publish, pdf and snakemake-report take presets/brief.yaml.
CORES ?= 2
PRESET ?=
PYTHON ?= python3
CHECK_PYTHON = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
BIN := .venv/bin
# Jupyter and Colab name a module of their own, which matplotlib refuses where it is not installed.
export MPLBACKEND := agg
SNAKEMAKE = $(BIN)/snakemake --cores $(CORES)
# With a view of how far it is (lib/terminal) in place of Snakemake's own messages, which go to its log.
SHOWN = PYTHONPATH=lib/terminal/plugin$${PYTHONPATH:+:$$PYTHONPATH} $(SNAKEMAKE) --logger report
PRESETS := main $(patsubst presets/%.yaml,%,$(wildcard presets/*.yaml))
ifneq ($(filter-out $(PRESETS),$(PRESET)),)
$(error PRESET=$(PRESET): there is no such preset; allowed: $(PRESETS))
endif
WITH_PRESET = $(if $(filter-out main,$(PRESET)),--configfile presets/$(PRESET).yaml --)
# As the preset names it, else config.yaml.
RUN_NAME = $(shell sed -n "s/^run: *['\"]*\([A-Za-z0-9_.-]*\).*/\1/p" config.yaml $(patsubst %,presets/%.yaml,$(filter-out main,$(PRESET))) | tail -n 1)

.PHONY: demo report plan test test-workflow test-long test-lowest test-newest test-browser test-crate test-slurm test-release bench lint format publish weights snakemake-report pdf rulegraph pack take gpu-kit gpu-kit-test compare requirements clean

demo: override PRESET = demo
demo: .venv/ready
	@$(SHOWN) --configfile presets/demo.yaml
	@echo "The report is in results/$(RUN_NAME)/report/: report.zh.html, report.en.html, report.zh.md, report.en.md"

report: plan
	@$(SHOWN) --logger-report-jobs $(PLAN) $(WITH_PRESET)
	@echo "The report is in results/$(RUN_NAME)/report/: report.zh.html, report.en.html, report.zh.md, report.en.md"
	@$(BIN)/python -m scripts.compare_runs --brief results/$(RUN_NAME) docs/example || true

# How long the report will take here: the machine is measured for some seconds.
PLAN := build/plan.json
plan: .venv/ready
	@$(BIN)/python -m scripts.plan_run --cores $(CORES) --jobs $(PLAN) $(if $(PRESET),--preset $(PRESET))

# What runs whole programs, each for long, is apart: the workflow as a user runs it in copies of the project, environments that
# make sets up, the kit for a GPU machine, the notebooks.
PROGRAMS := tests/end_to_end tests/workflow/test_makefile.py tests/benchmarks/test_gpu_kit.py tests/notebooks
test: .venv/ready-dev
	$(BIN)/python -m pytest -n $(CORES) --dist worksteal $(addprefix --ignore ,$(PROGRAMS))

test-workflow: .venv/ready-dev
	$(BIN)/python -m pytest -n $(CORES) --dist loadfile $(PROGRAMS)

# Every test, the long campaigns and other versions included, and docs/reliability.md from what they did: hours.
test-long: .venv/ready-dev
	$(BIN)/python -m pytest -n $(CORES) --dist loadfile -m "not browser and not slurm and not release" --junitxml=.pytest_cache/record.xml; \
		status=$$?; $(BIN)/python tests/reliability.py .pytest_cache/record.xml docs/reliability.md && exit $$status

# The unit tests and the workflow (preset test) with exactly the lower bounds of requirements.txt, and with the newest
# versions there are, each in an environment of its own in build/ that is removed after success; it takes 8 GB. What was
# installed stays written in build/test-lowest.txt and build/test-newest.txt. PYTHON=python3.13 takes another Python.
OTHER = build/$@-environment
test-lowest: WANTED = sed 's/>=/==/' requirements.txt requirements-dev.txt
test-newest: WANTED = cat requirements.txt requirements-dev.txt
test-lowest test-newest:
	@$(CHECK_PYTHON)
	$(PYTHON) -m venv --clear $(OTHER)
	$(WANTED) > $(OTHER)/requirements.txt
	$(OTHER)/bin/python -m pip install --quiet --disable-pip-version-check -r $(OTHER)/requirements.txt
	$(OTHER)/bin/python -m pip freeze --disable-pip-version-check > build/$@.txt
	$(OTHER)/bin/python -m pytest -n $(CORES) --dist loadfile -k "not end_to_end or test_pipeline"
	rm -r $(OTHER)

# The pages in Chromium, with axe-core and the HTML validator: those of the demo, or of the folder REPORT.
REPORT ?= results/demo/report
test-browser: .venv/ready-dev
	npm install --prefix tests/browser --no-audit --no-fund --silent
	REPORT=$(REPORT) $(BIN)/python -m pytest -m browser tests/browser

# The crate of the demo, or of the run in the folder CRATE, against the profiles that it names: without a network, once the
# validator is there. It has an environment of its own, since it wants older packages than .venv has.
CRATE ?= results/demo
VALIDATOR := build/crate-validator
test-crate:
	test -x $(VALIDATOR)/bin/rocrate-validator || { $(PYTHON) -m venv $(VALIDATOR) && \
		$(VALIDATOR)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/crate/requirements.txt; }
	$(VALIDATOR)/bin/python tests/crate/validate.py $(CRATE)

# The test preset through a real Slurm on this machine, which is installed first: Debian or Ubuntu, as root.
test-slurm: .venv/ready-dev
	command -v slurmctld >/dev/null || { apt-get update -qq && apt-get install -y -qq slurm-wlm munge; }
	$(BIN)/python -m pytest -m slurm -s tests/slurm

# Before a release: that docs/example/ was made by this code, after `make report` and `make publish`.
test-release: .venv/ready-dev
	$(BIN)/python -m pytest -m release

# Speed and memory, on a machine that does nothing else: docs/benchmarks.md. After `make report` it has all its parts.
bench: .venv/ready-dev
	$(BIN)/python -m benchmarks.run
	$(BIN)/python docs/readme.py

lint: .venv/ready-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/snakefmt --check Snakefile rules examples
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/snakemake --lint --configfile presets/test.yaml

format: .venv/ready-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/snakefmt Snakefile rules examples

# Copy the finished report on the real data to docs/example/, with what its jobs took on this machine, for `make plan` on
# others, and with a picture of its first screen for the README.
publish: .venv/ready-dev
	$(SNAKEMAKE) $(WITH_PRESET) publish
	$(BIN)/python -m scripts.plan_run --cores $(CORES) --record docs/example/times.json $(if $(PRESET),--preset $(PRESET))
	$(BIN)/python docs/readme.py
	$(BIN)/python docs/first_screen.py docs/example/report.en.html docs/example.png

# One network of each arm of the comparison as safetensors, with a model card: results/main/weights/.
weights: .venv/ready-dev
	@$(SHOWN) $(or $(WITH_PRESET),--) export_weights

# Snakemake's own report of a finished run: the rules, what each took, every figure and table with its caption.
snakemake-report: .venv/ready
	$(SNAKEMAKE) --report results/$(RUN_NAME)/snakemake.html $(WITH_PRESET)

# The report as PDF, by Chromium.
pdf: .venv/ready-dev
	$(SNAKEMAKE) $(WITH_PRESET) pdf

# The finished trainings of RUN in one file, results/RUN/bundle.zip or BUNDLE, for the same run on another machine.
# WEIGHTS=one (of one seed per arm; none, all), WEIGHT_ARMS="mlp-rgb cnn-rgb", WEIGHT_BITS and SCORE_BITS: what is kept.
RUN ?= $(RUN_NAME)
PACK = $(if $(BUNDLE),--bundle "$(BUNDLE)") $(if $(WEIGHTS),--weights $(WEIGHTS)) $(if $(WEIGHT_ARMS),--weight-arms $(WEIGHT_ARMS))
PACK += $(if $(WEIGHT_BITS),--weight-bits $(WEIGHT_BITS)) $(if $(SCORE_BITS),--score-bits $(SCORE_BITS))
pack: .venv/ready
	$(BIN)/python -m scripts.pack_trainings results/$(RUN) $(strip $(PACK))

# Trainings from another machine into the run that they were made for, or that of PRESET; the next run makes the rest.
# make take BUNDLE=file. ACCEPT_CODE=1: also what other code has made; REPLACE=1: also in place of finished trainings.
TAKE = $(if $(PRESET),--preset $(PRESET)) --cores $(CORES) $(if $(ACCEPT_CODE),--accept-code) $(if $(REPLACE),--replace)
take: .venv/ready
	@test -n "$(BUNDLE)" || { echo "BUNDLE is missing: make take BUNDLE=file, a file that make pack has written" >&2; exit 1; }
	$(BIN)/python -m scripts.take_bundle "$(BUNDLE)" $(strip $(TAKE))

# A kit for a bare GPU machine (docs/gpu.md): build/gpu-kit/, with CIFAR-10 in PIECES files; making these takes a quarter
# of an hour. With PIECES=0 code and settings alone are made anew.
PIECES ?= 3
gpu-kit: .venv/ready
	$(SNAKEMAKE) --configfile presets/paper.yaml -- data/prepared/real/cifar10.npz
	$(BIN)/python -m benchmarks.gpu.kit build/gpu-kit --pieces $(PIECES) --python $(KIT_PYTHON)
KIT_PYTHON ?= 3.12

# The kit from end to end with tiny settings, on the CPU and without this project's packages.
gpu-kit-test: .venv/ready-dev
	$(BIN)/python -m pytest tests/benchmarks/test_gpu_kit.py tests/benchmarks/test_pieces.py

# Whether two runs agree: make compare A=results/main B=docs/example. Both side by side in build/compare/.
compare: .venv/ready
	@test -n "$(A)" -a -n "$(B)" || { echo "A or B is missing: make compare A=results/main B=docs/example" >&2; exit 2; }
	@$(BIN)/python -m scripts.compare_runs "$(A)" "$(B)"

# requirements.txt, requirements-dev.txt and environment.yml, from pyproject.toml.
requirements:
	$(PYTHON) docs/requirements.py

# Draw the rules of the demo into docs/architecture.md.
rulegraph: .venv/ready
	$(SNAKEMAKE) --configfile presets/demo.yaml --rulegraph mermaid-js 2>/dev/null | $(BIN)/python docs/rulegraph.py

clean:
	rm -rf results .snakemake .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# requirements.lock only says which versions are known to work together. A PyTorch that is already installed in .venv
# (a CPU build, say) is kept if it is recent enough: run `make .venv/ready LOCK=` to install without the lock.
LOCK ?= requirements.lock
LOCKED = $(if $(LOCK),-c $(LOCK))
# pip's own bars on a terminal, elsewhere nothing but what goes wrong; where all is there already, nothing in either case.
PIP_INSTALL = $(BIN)/python -m pip install --disable-pip-version-check
PIP = $(PIP_INSTALL) $(if $(MAKE_TERMOUT),,--quiet)
install = $(PIP_INSTALL) --quiet --no-index -r $(1) $(LOCKED) 2>/dev/null || $(PIP) -r $(1) $(LOCKED)
# The build of PyTorch: cpu, cuda, or default, which is what the package index gives. On Linux that is one for NVIDIA's GPUs,
# with gigabytes of libraries, so cpu is taken where there is no such GPU.
TORCH ?= $(if $(filter Linux,$(shell uname -s)),$(if $(wildcard /dev/nvidiactl /proc/driver/nvidia),cuda,cpu),default)
ifeq ($(filter $(TORCH),cpu cuda default),)
$(error TORCH=$(TORCH): there is no such build of PyTorch; allowed: cpu, cuda, default)
endif
TORCH_INDEX ?= https://download.pytorch.org/whl
define INSTALL_TORCH
$(BIN)/python -c 'import torch, torchvision' 2>/dev/null || { echo "PyTorch for the CPU, some 200 MB (TORCH=cuda for a GPU)" && \
	$(PIP) --no-deps --retries 1 --timeout 15 --index-url $(TORCH_INDEX)/cpu torch torchvision $(LOCKED) 2>/dev/null; } || \
	echo "$(TORCH_INDEX)/cpu cannot be used from here: PyTorch comes from the package index, for GPUs, some 3 GB"
endef
.venv/ready: requirements.txt requirements.lock
	@$(CHECK_PYTHON)
	@{ $(BIN)/python -m pip --version || $(BIN)/python -m ensurepip; } >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@$(if $(filter cpu,$(TORCH)),$(INSTALL_TORCH))
	@echo "Installing what the report needs"
	@$(call install,requirements.txt)
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.txt
	@echo "Installing what tests, checks and PDF need"
	@$(call install,requirements-dev.txt)
	@touch $@

# The scripts in .venv name their interpreter by its whole path: after the project was moved it is put right in them.
MADE_AT := $(shell sed -n 's/^command = .* -m venv \(--[^ ]* \)*//p' .venv/pyvenv.cfg 2>/dev/null)
ifneq ($(shell test -x $(BIN)/python || echo no),) # not there, or the Python that it leads to was removed
.venv/ready: no-python
else ifneq ($(filter-out $(realpath .venv),$(MADE_AT)),)
.venv/ready: | mend-venv
endif
MEND = import pathlib, sys; old, new = (place.encode() for place in sys.argv[1:]); here = pathlib.Path(sys.argv[2]); \
	files = [file for file in [*here.glob("bin/*"), here / "pyvenv.cfg"] if file.is_file() and not file.is_symlink()]; \
	[file.write_bytes(file.read_bytes().replace(old, new)) for file in files if old in file.read_bytes()]
.PHONY: mend-venv no-python
mend-venv:
	@$(BIN)/python -c '$(MEND)' "$(MADE_AT)" "$$(cd .venv && pwd -P)"
