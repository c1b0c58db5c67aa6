# make setup    the course's own Python environment, in .venv
# make demo     the course's tools are set up and a sample class is graded
# make test     everything that has to hold before a change goes in (FAST=1 leaves the slow tests out)
# make hooks    before each commit, what `make test` checks before it comes to the tests
# make bench    what recording, judging and grading cost, measured on this machine
# make build    the notebooks are made anew from grader/labs/*/notebook.py
# make pictures README's pictures are made anew: what JupyterLab shows, in chromium
# make lock     requirements.lock is made anew with today's versions

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2
FAST ?=

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := demo

# nbgrader calls `alembic`, which has to be this environment's.
export PATH := $(abspath $(VENV))/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup demo test hooks bench build pictures lock

setup: $(VENV)/.stamp

demo: $(VENV)/.stamp
	@$(VENV)/bin/python -m grader demo linear

test: $(VENV)/.stamp
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy --strict grader
	$(VENV)/bin/python -m grader build --check
	$(VENV)/bin/python -m pytest -n $(WORKERS) --dist loadgroup $(if $(FAST),-m "not slow")

hooks: $(VENV)/.stamp
	$(VENV)/bin/pre-commit install

bench: $(VENV)/.stamp
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m tests.benchmarks
	$(VENV)/bin/python -m tests.benchmarks.grading

build: $(VENV)/.stamp
	$(VENV)/bin/python -m grader build

pictures: $(VENV)/.stamp
	$(VENV)/bin/python -m pytest tests/browser/test_browser_pictures.py --pictures

$(VENV)/.stamp: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, $(PYTHON) is older or missing: name another one with 'make PYTHON=python3.11 ...'" >&2; \
	  exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --quiet --requirement requirements.lock
	$(VENV)/bin/python -m pip install --quiet --no-deps --editable .
	@touch $@

# The versions of a machine without a GPU: torch brings its CUDA packages itself where it needs them.
lock:
	rm -rf .lock-venv
	$(PYTHON) -m venv .lock-venv
	.lock-venv/bin/python -m pip install --quiet --editable '.[dev]'
	{ echo "# Exact versions of everything that the course runs with. To make this file anew: make lock"; \
	  .lock-venv/bin/python -m pip freeze --exclude-editable \
	  | sed -E 's/\+[A-Za-z0-9.]+$$//' | grep -E '^[A-Za-z0-9._-]+==' \
	  | grep -vE '^(nvidia|cuda|triton|pip|setuptools)\b'; } > requirements.lock
	rm -rf .lock-venv
