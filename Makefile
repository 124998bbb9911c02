# Everything a developer runs. Each target does its own set-up: Debian packages where it may, the rest in .venv.

VENV   ?= .venv
PYTHON ?= python3
JOBS   ?= 2

bin    := $(VENV)/bin
pytest := $(bin)/python -m pytest -n $(JOBS)
code   := src tests demo examples benchmarks

.PHONY: help demo screenshots test test-all compat bench bench-scale check lint types clean packages-demo packages-test

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

demo: $(VENV)/.installed ## build the examples, single-stage and multi-stage, run them, print what was saved (as root)
	@$(bin)/python -m demo

test: check ## format, lint, types, and all tests but the slow ones
	@$(pytest) -m 'not slow'

test-all: check ## the same with the slow tests
	@$(pytest)

screenshots: $(VENV)/.installed-dev ## the pictures of README, of an example's image (as root)
	@$(bin)/python -m demo.screenshots

compat: $(VENV)/.installed-dev ## only the comparison with BuildKit, buildah, skopeo, umoci, podman and docker; prints a table
	@$(pytest) tests/compat tests/seeds

bench: $(VENV)/.installed-dev ## compare with the rivals on this machine: all rows, or ROW=C (as root)
	@$(bin)/python -m benchmarks $(foreach row,$(ROW),--row $(row)) $(BENCH)

bench-scale: $(VENV)/.installed-dev ## how cost grows with files and steps; writes benchmarks/scale.svg (as root)
	@$(bin)/python -m benchmarks --row scale --svg benchmarks/scale.svg $(BENCH)

check: lint types

lint: $(VENV)/.installed-dev ## format and lint
	@$(bin)/ruff format --check --quiet $(code)
	@$(bin)/ruff check --quiet $(code)

types: $(VENV)/.installed-dev ## static types
	@$(bin)/mypy src tests demo benchmarks

clean: ## remove what these targets made
	rm -rf $(VENV) .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

packages-demo packages-test: packages-%:
	@tools/packages tools/packages.$*

# Compiled here, because under PYTHONDONTWRITEBYTECODE Python would otherwise compile at every start.
$(VENV)/.installed: pyproject.toml | packages-demo
	@test -x $(bin)/pip || $(PYTHON) -m venv $(VENV)
	@$(bin)/pip install -qq --compile --editable .
	@$(bin)/python -m compileall -q src
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | packages-test
	@test -x $(bin)/pip || $(PYTHON) -m venv $(VENV)
	@$(bin)/pip install -qq --compile --editable '.[dev]'
	@$(bin)/python -m compileall -q src
	@touch $@ $(VENV)/.installed
