# One command sets up and does the job: `make demo`, `make test`. Python 3.11+, make and git are all it needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV := .tools/bin/uv
RUN := .venv/bin
MESSAGES ?=
SEED ?= 1
# HL7_CORPUS=folder of test messages: the corpus tests read them there, and skip, saying so, where it is unset.

.DEFAULT_GOAL := help
.PHONY: help setup check test test-fast fault reloads bench duplicates demo clean oracle

help: ## What can be done here
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "The engine needs Python 3.11 or later; set PYTHON=/path/to/python3.11"; exit 3; }
	@rm -rf .tools
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-warn-script-location --root-user-action ignore --target .tools 'uv>=0.9' \
	  || { rm -rf .tools && $(PYTHON) -m venv .tools/venv && .tools/venv/bin/python -m pip install --quiet --disable-pip-version-check uv && mkdir -p .tools/bin && ln -s ../venv/bin/uv .tools/bin/uv; }
	@test -x $(UV)

.venv/.ready: $(UV) pyproject.toml uv.lock
	@$(UV) sync --quiet --frozen --all-extras --python $(PYTHON)
	@touch $@

setup: .venv/.ready ## Make .venv with the engine and all its tools

check: setup ## Style, types, import table, examples in the docs
	@$(RUN)/ruff check engine tests
	@$(RUN)/ruff format --check engine tests
	@$(RUN)/mypy
	@$(RUN)/pytest tests/structure tests/docs -p no:cacheprovider -n $${PYTEST_WORKERS:-auto} --dist worksteal

test: setup ## Every test in its short form
	@$(RUN)/pytest tests -n $${PYTEST_WORKERS:-auto} --dist worksteal

test-fast: setup ## Unit and property tests only
	@$(RUN)/pytest tests/unit tests/property tests/language

fault: setup ## Sixty random kills under load, judged by an outside ledger (long)
	@HL7_FAULT_KILLS=60 $(RUN)/pytest tests/fault -s --timeout 1800

oracle: setup ## Every message of the corpus (HL7_CORPUS) validated by us and by hl7apy: each class of difference has its reason
	@HL7_CORPUS_FULL=1 $(RUN)/pytest tests/corpus/test_validation_oracle.py -s --timeout 900

reloads: setup ## 200 reloads under load from 16 connections: nobody cut off, nothing lost or mixed
	@HL7_RELOADS=200 $(RUN)/pytest tests/acceptance/test_reload_under_load.py -s --timeout 600

bench: setup ## CPU per message, and messages per second acknowledged and delivered to both
	@$(RUN)/python -m tests.bench

duplicates: setup ## Seeded duplicates among 200,000 invented patients: how many are found, how many are true, at what cost
	@$(RUN)/python -m tests.bench.duplicates

demo: setup ## The engine with a simulated hospital, laboratory, billing and registry: make demo [MESSAGES=2000]
	@$(RUN)/engine demo $(if $(MESSAGES),--messages $(MESSAGES)) --seed $(SEED) $(ARGS)

clean: ## Remove what setup and the tests made
	@rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis var
