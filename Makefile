# offtake: everything a developer or user runs. `make` alone lists it.
#
# No target needs root. Everything lands in $(VENV); a stamp there, named after the
# checksum of a requirements file, says that this very file is installed.

PYTHON ?= python3
VENV ?= .venv
JOBS ?= 2
ARGS ?=

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

export PIP_DISABLE_PIP_VERSION_CHECK = 1

# Only a PYTHON that nobody named may be replaced by another one that works.
PYTHONS = $(PYTHON) $(if $(filter file,$(origin PYTHON)),python3.11 python3.12 python3.13 python3.14)
BIN = $(VENV)/bin
STAMPS = $(VENV)/.stamps
# An environment whose Python is gone (upgraded, moved) is made anew.
$(shell $(BIN)/python -c '' 2>/dev/null || rm -rf $(STAMPS))
sum = $(shell cat $(1) 2>/dev/null | cksum | cut -d ' ' -f 1)
RUN_STAMP := $(STAMPS)/run-$(call sum,requirements/run.txt)
DEV_STAMP := $(STAMPS)/dev-$(call sum,requirements/dev.txt)
BENCH_STAMP := $(STAMPS)/bench-$(call sum,requirements/bench.txt)
PACKAGE_STAMP := $(STAMPS)/package-$(call sum,pyproject.toml)
SOURCES = $(wildcard offtake tests tools bench)

##@ Use
.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\nSettings: PYTHON=%s VENV=%s JOBS=%s ARGS="options passed on"\n' \
		'$(PYTHON)' '$(VENV)' '$(JOBS)'

.PHONY: demo
demo: setup ## Plan the Stargate world, go round three-sites once: out/stargate, out/cycle
	$(BIN)/offtake plan worlds/stargate --out out/stargate
	$(BIN)/offtake cycle worlds/three-sites --out out/cycle

.PHONY: demo-operate
demo-operate: setup ## Run real jobs on two sites, lose one, settle the month (ARGS=--slurm: on real Slurm)
	$(BIN)/python -m tools.demo_operate $(ARGS)

.PHONY: setup
setup: $(RUN_STAMP) $(PACKAGE_STAMP) ## Make .venv with what offtake needs to run: .venv/bin/offtake

##@ Develop
.PHONY: cluster cluster-stop
cluster: setup ## Start two real Slurm clusters and a PostgreSQL on loopback, in out/cluster
	$(BIN)/python -m tools.cluster start
cluster-stop: setup ## Stop them; jobs and accounts are kept (ARGS=--remove: nothing is)
	$(BIN)/python -m tools.cluster stop $(ARGS)

.PHONY: chaos
chaos: setup-dev ## Kill everything while jobs run on real Slurm, and count what was promised (ARGS=--short)
	$(BIN)/python -m tools.chaos $(ARGS)

.PHONY: setup-dev
setup-dev: setup $(DEV_STAMP) ## Add what tests and checks need

.PHONY: test
test: setup-dev ## Run all tests (ARGS="tests/laws -x" for some)
	$(BIN)/pytest -n $(JOBS) --dist worksteal $(ARGS)

.PHONY: check
check: check-format check-lint check-types check-layers check-docs ## Format, lint, types, layers, docs

.PHONY: check-format check-lint check-types check-layers check-docs
check-format: setup-dev
	$(BIN)/ruff format --check $(SOURCES)
check-lint: setup-dev
	$(BIN)/ruff check $(SOURCES)
check-types: setup-dev
	$(BIN)/mypy $(SOURCES)
check-layers: setup-dev
	$(BIN)/lint-imports
check-docs: setup-dev
	$(BIN)/python -m tools.docs --check

.PHONY: setup-focus focus-gate
setup-focus: setup-dev
	@tools/make-focus-env $(VENV)/focus-gate $(BIN)/python
focus-gate: setup-focus ## Hold an export of FOCUS against two judges from outside
	$(BIN)/offtake focus june-chain 2027-06 --version 1.2 --out out/focus/1.2
	$(BIN)/offtake focus june-chain 2027-06 --version 1.4 --out out/focus/1.4
	$(BIN)/python -m tools.focus_gate $(VENV)/focus-gate out/focus/1.2 out/focus/1.4

.PHONY: fix
fix: setup-dev ## Format, and mend what can be mended
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

.PHONY: docs
docs: setup-dev ## Rebuild the generated pages of docs/ and check every link
	$(BIN)/python -m tools.docs

.PHONY: docs-site
docs-site: setup-dev ## Build docs/ as a site that needs no network: out/docs/index.html
	$(BIN)/python -m tools.site --to out/docs

.PHONY: validate
validate: setup-dev ## Hold the simulator against what was published; docs/understanding/validation.md
	$(BIN)/python -m tools.validate --write

.PHONY: shots
shots: setup-dev demo ## Screenshots of every page of out/ and of the service to out/shots (needs Chromium)
	$(BIN)/python -m tools.shots out --to out/shots --service out/stargate

##@ Measure
.PHONY: bench
bench: setup-bench setup-dev ## Run every benchmark of bench/
	@set -e; found=; for file in bench/[a-z]*.py; do \
		[ -e "$$file" ] || continue; found=yes; name=$$(basename "$$file" .py); \
		echo "== bench $$name"; $(BIN)/python -m "bench.$$name" $(ARGS); \
	done; [ -n "$$found" ] || { echo "bench/ has no benchmark yet" >&2; exit 1; }

.PHONY: bench-plan
bench-plan: setup-bench ## Run the planner's benchmark
	$(BIN)/python -m bench.plan $(ARGS)

.PHONY: bench-settle bench-simulate
bench-settle: setup-bench ## Run settlement's benchmark
	$(BIN)/python -m bench.settle $(ARGS)
bench-simulate: setup-bench ## Run the simulator's benchmark
	@set -e; for file in bench/simulate.py bench/simulate_*.py; do \
		name=$$(basename $$file .py); $(BIN)/python -m "bench.$$name" $(ARGS); \
	done

.PHONY: bench-capital
bench-capital: setup-bench ## Run capital's benchmark: many runs of a waterfall, PySAM beside it
	$(BIN)/python -m bench.capital $(ARGS)

.PHONY: bench-measure
bench-measure: setup-bench ## Run the benchmark of measuring
	$(BIN)/python -m bench.measure $(ARGS)

.PHONY: bench-operate
bench-operate: setup-bench ## Run the benchmarks of operation: a service asked through HTTP, and Slurm
	$(BIN)/python -m bench.operate $(ARGS)
ifeq ($(ARGS),)
	$(BIN)/python -m bench.operate_placement
	$(BIN)/python -m bench.operate_slurm
endif

.PHONY: bench-faces
bench-faces: setup-bench setup-dev ## Run the benchmark of pages, report, help and cycle (needs Chromium)
	$(BIN)/python -m bench.faces $(ARGS)

.PHONY: setup-bench
setup-bench: setup $(BENCH_STAMP)

##@ Tend
LOCK = CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes \
	--allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links \
	--no-emit-trusted-host --annotation-style=line
.PHONY: lock
lock: setup-dev ## Rebuild requirements/ from pyproject.toml (ARGS=--upgrade for newer versions)
	$(LOCK) $(ARGS) --extra report --extra excel --extra simulate --extra store --extra operate --extra probe --build-deps-for editable -o requirements/run.txt pyproject.toml
	$(LOCK) $(ARGS) --extra report --extra excel --extra simulate --extra store --extra operate --extra probe --extra ray --extra dev -c requirements/run.txt -o requirements/dev.txt pyproject.toml
	$(LOCK) $(ARGS) --extra report --extra excel --extra simulate --extra store --extra operate --extra probe --extra ray --extra bench -c requirements/run.txt -o requirements/bench.txt pyproject.toml

.PHONY: news
news: setup-dev ## Show what the fragments in changes/ will say in CHANGES.md
	$(BIN)/towncrier build --draft --version next

.PHONY: clean
clean: ## Remove what was built, printed or cached; keep .venv
	rm -rf out build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: distclean
distclean: clean ## Remove .venv too
	rm -rf $(VENV)

# ------------------------------------------------------------------- stamps
$(STAMPS)/venv:
	@tools/make-venv $(VENV) $(PYTHONS)
	@mkdir -p $(STAMPS) && touch $@

define install
	@echo "installing $(1) into $(VENV) (minutes the first time)"
	@$(BIN)/python -m pip install --quiet --require-hashes -r $(1)
	@rm -f $(STAMPS)/$(2)-* && touch $@
endef

$(RUN_STAMP): | $(STAMPS)/venv
	$(call install,requirements/run.txt,run)

$(DEV_STAMP): | $(PACKAGE_STAMP)
	$(call install,requirements/dev.txt,dev)

$(BENCH_STAMP): | $(PACKAGE_STAMP)
	$(call install,requirements/bench.txt,bench)

$(PACKAGE_STAMP): | $(RUN_STAMP)
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@rm -f $(STAMPS)/package-* && touch $@
