# Everything a developer runs. `make demo` and `make test` need Python 3.11 or newer and nothing else.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types layers stubs-check coverage docs wheel bench format stubs clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' $(MAKEFILE_LIST) | awk -F ': ' '{ printf "%-12s %s\n", $$1, $$2 }'

# Made once, and again only after pyproject.toml or constraints.txt has changed.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "regluon needs Python 3.11 or newer, and '$(PYTHON)' is not one: name one, as in 'make $(MAKECMDGOALS) PYTHON=python3.12'" >&2; \
		exit 1; }
	@echo "Installing into $(VENV); PyTorch is large, so the first time takes a minute or more."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(STAMP) ## train, evaluate and draw with a small detector; options go into ARGS
	$(BIN)/regluon demo $(ARGS)

test: $(STAMP) ## run the tests; options go into ARGS
	$(BIN)/pytest -n auto $(ARGS)

check: lint types layers stubs-check coverage docs ## everything a change must pass

lint: $(STAMP) ## style and layout of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## types of the package
	$(BIN)/pyright --pythonpath $(BIN)/python

layers: $(STAMP) ## which part may import which
	$(BIN)/lint-imports --no-logo

stubs-check: $(STAMP) ## the stubs say what the operators say
	$(BIN)/python tools/gen_stubs.py --check

coverage: $(STAMP) ## the tests, what they reach, and whether they read every error
	$(BIN)/pytest -n auto --cov --cov-report=term $(ARGS)
	$(BIN)/python tools/check_raises.py

docs: $(STAMP) ## build the documentation into site/
	$(BIN)/zensical build --strict --clean

wheel: $(STAMP) ## build the wheel into dist/ and use it outside the checkout
	$(BIN)/python tools/check_wheel.py

bench: $(STAMP) ## time operators beside MXNet and torchvision, where REGLUON_BENCH_MXNET and ..._TORCHVISION name their Pythons
	$(BIN)/python bench/run.py $(ARGS)

format: $(STAMP) ## put the code into its layout
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

stubs: $(STAMP) ## write the stubs anew
	$(BIN)/python tools/gen_stubs.py

clean: ## remove everything made here
	rm -rf $(VENV) build dist site runs htmlcov .coverage .cache .hypothesis .import_linter_cache .pytest_cache .ruff_cache
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
