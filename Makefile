# The project's verbs. Each sets up what it needs, asks nothing, and may be repeated: what
# is done already is not done again. A machine needs make, bash and Python 3.13.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
SAM_BIN := .venv-sam/bin
# Where Node's packages are locked, for `make test`.
NODE_FOLDERS := tests/access/engine examples/publish-from-javascript examples/totals
# uv is quicker, and pip does the same from the same hashes. Looked for each time that it
# is needed, because .venv brings one.
UV = $(shell command -v uv || { test -x $(BIN)/uv && echo $(CURDIR)/$(BIN)/uv; })
WORKERS ?= 2
SEEDS ?= 1000
SEED ?=
KILLS ?= 200
JOBS ?=
ARGS ?=
# `sam build` takes the first python3.13 on PATH, and it must have pip.
SAM := PATH="$(CURDIR)/$(SAM_BIN):$$PATH" SAM_CLI_TELEMETRY=0 $(SAM_BIN)/sam

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' \
	  $(MAKEFILE_LIST)

# -- Running it ---------------------------------------------------------------

.PHONY: demo
demo: setup ## Bring the pipeline up, run real jobs through it, check how they ended
	@$(BIN)/python -m headrace_local.demo $(ARGS)

.PHONY: local
local: setup ## Bring the pipeline up and keep it up until Ctrl-C
	@mkdir -p .headrace
	@$(BIN)/headrace local up --exports .headrace/exports $(ARGS)

# -- Working on it ------------------------------------------------------------

.PHONY: setup
setup: .venv/.installed ## Make .venv with everything locked in requirements-dev.txt

.PHONY: check
check: setup .venv-sam/.installed .venv-scan/.installed ## Lint, types, imports, template, scan, build, locks, links
	$(call step,ruff check,$(BIN)/ruff check --quiet)
	$(call step,ruff format,$(BIN)/ruff format --check --quiet)
	$(call step,mypy --strict,$(BIN)/mypy --no-error-summary)
	$(call step,import contracts,$(BIN)/lint-imports --no-logo)
	$(call step,scan,$(BIN)/python tools/scan.py)
	$(call step,sam validate,$(SAM) validate --lint)
	$(call step,sam build,$(SAM) build)
	$(call step,locks,$(BIN)/python tools/lock.py --check)
	$(call step,links,$(BIN)/python tools/links.py)

.PHONY: scan
scan: setup .venv-scan/.installed ## Look for weaknesses: the scanners on the template and the code
	@$(BIN)/python tools/scan.py $(ARGS)

.PHONY: test
test: setup .venv-sam/.installed $(NODE_FOLDERS:=/node_modules/.installed) ## Run every test (ARGS="-k word" for some)
	@# The workers must collect the same tests in the same order: sets are hashed alike.
	@PYTHONHASHSEED=0 $(BIN)/pytest -q -n $(WORKERS) --dist loadgroup $(ARGS)

.PHONY: test-containers
test-containers: setup ## Run the tests whose tasks are real containers
	@command -v podman docker >/dev/null || { \
	  echo "These tests need Podman or Docker. On Debian: apt-get install podman" >&2; \
	  exit 1; }
	@$(BIN)/pytest -q -m containers $(ARGS)

.PHONY: test-sam-local
test-sam-local: setup ## Run the functions by `sam local invoke`, against the pipeline
	@command -v podman docker >/dev/null || { \
	  echo "This needs Podman or Docker. On Debian: apt-get install podman" >&2; \
	  exit 1; }
	@$(MAKE) build ARGS=
	@$(BIN)/pytest -q -m sam_local $(ARGS)

.PHONY: simulate
simulate: setup ## Run SEEDS schedules of simulated faults, or replay the one of SEED
	@$(BIN)/python -m headrace_local.simulation \
	  $(if $(SEED),--seed $(SEED),--seeds $(SEEDS)) $(ARGS)

.PHONY: explore
explore: setup ## Visit every state of one job and those who move it
	@$(BIN)/python -m headrace_local.exploration $(ARGS)

.PHONY: crash-points
crash-points: setup ## Kill every function at every request that it makes
	@$(BIN)/python -m headrace_local.simulation.crash_points $(ARGS)

.PHONY: mutants
mutants: setup ## Remove the protocol's guards one by one; the simulation must notice
	@$(BIN)/python -m headrace_local.simulation.mutants $(ARGS)

.PHONY: simulate-deep
simulate-deep: setup ## Pairs of crashes, all mutants, and generated mutants; takes long
	@$(BIN)/python -m headrace_local.simulation.crash_points --pairs
	@$(BIN)/python -m headrace_local.simulation.mutants
	@$(BIN)/python tools/mutation.py --workers $(WORKERS)

.PHONY: chaos
chaos: setup ## Kill KILLS real processes of a pipeline on this machine
	@$(BIN)/python -m headrace_local.chaos --kills $(KILLS) \
	  $(if $(JOBS),--jobs $(JOBS)) $(if $(SEED),--seed $(SEED)) $(ARGS)

.PHONY: bench
bench: setup ## Measure jobs per second on this machine, beside plain RunTask
	@$(BIN)/python benchmarks/throughput.py $(ARGS)

.PHONY: bench-submissions
bench-submissions: setup ## Send 10,000 requests at once, beside a bare loop of boto3
	@$(BIN)/python benchmarks/submissions.py $(ARGS)

.PHONY: bench-init
bench-init: setup ## Measure the functions' start beside that of bare boto3 clients
	@$(MAKE) build ARGS=
	@$(BIN)/python benchmarks/init_cpu.py $(ARGS)

.PHONY: bench-calls
bench-calls: setup ## Count what a job takes on this machine, and price it at AWS's rates
	@$(BIN)/python benchmarks/calls.py $(ARGS)

.PHONY: docs
docs: setup ## Write the generated pages anew and check every link
	@for script in docs/generate_*.py; do $(BIN)/python "$$script"; done
	@$(BIN)/python tools/links.py

.PHONY: build
build: setup .venv-sam/.installed ## Build what would be deployed, into .aws-sam/build
	@$(SAM) build $(ARGS)
	@$(BIN)/python tools/sbom.py .aws-sam/build .aws-sam/sbom.cdx.json
	@echo "In .aws-sam/build, and its bill of materials in .aws-sam/sbom.cdx.json:"
	@$(BIN)/python -m headrace_local.artifact .aws-sam/build

.PHONY: lock
lock: setup ## Lock pyproject.toml's dependencies anew (ARGS=--upgrade for newer ones)
	@$(BIN)/python tools/lock.py --uv "$(UV)" $(ARGS)

.PHONY: clean
clean: ## Remove what was built and cached (the environments stay)
	@rm -rf .aws-sam .cache .mypy_cache .ruff_cache .pytest_cache \
	  .import_linter_cache .hypothesis build dist
	@find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

# -- How ----------------------------------------------------------------------

# One line for each check that passes, and all it said for one that does not.
define step
@printf '%-18s' '$(1)'; started=$$SECONDS; \
if said=$$($(2) 2>&1); then printf 'ok %4ss\n' $$((SECONDS - started)); \
else printf 'failed\n%s\n' "$$said"; exit 1; fi
endef

# By hash, and no package's own code runs while it is installed.
LOCKED := --require-hashes --only-binary :all: --requirement

# Into an environment, by uv where there is one, else (or where that fails) by pip.
define install
@{ test -n "$(UV)" && $(UV) pip install --quiet --python $(1)/bin/python $(2); } || \
  $(1)/bin/python -m pip install -qq --disable-pip-version-check --no-input $(2)
endef

.venv/.installed: requirements-dev.txt pyproject.toml | .venv/bin/python
	@echo "installing the locked dependencies into .venv"
	$(call install,.venv,$(LOCKED) requirements-dev.txt)
	$(call install,.venv,--no-deps --no-build-isolation --editable .)
	@touch $@

.venv-sam/.installed: requirements-sam.txt | .venv-sam/bin/python
	@echo "installing the SAM CLI into .venv-sam"
	$(call install,.venv-sam,$(LOCKED) requirements-sam.txt)
	@touch $@

.venv-scan/.installed: requirements-scan.txt | .venv-scan/bin/python
	@echo "installing the scanners into .venv-scan"
	$(call install,.venv-scan,$(LOCKED) requirements-scan.txt)
	@touch $@

# The engine that evaluates policies, and the SDK of a publisher. Tests that need them say
# that they are skipped without.
$(NODE_FOLDERS:=/node_modules/.installed): %/node_modules/.installed: %/package-lock.json
	@if ! command -v npm >/dev/null; then \
	  echo "no npm: the tests that need $* will be skipped"; \
	else \
	  echo "installing what $* needs"; \
	  npm ci --prefix $* --ignore-scripts --no-audit --no-fund --silent && touch $@; \
	fi

# By Python itself, so that pip is inside: `sam build` uses the environment's own.
.venv/bin/python .venv-sam/bin/python .venv-scan/bin/python:
	@python=$$(PYTHON="$(PYTHON)" tools/find-python); \
	echo "making $(@:/bin/python=) with $$python"; \
	"$$python" -m venv --clear $(@:/bin/python=)
