# make demo   set everything up and show labelvc at work in a scratch repository
# make test   the test suite
# make check  formatting, types, layers
# make bench  labelvc beside its peers

# make docs   the documentation as a site in build/site

PYTHON ?= python3
VENV ?= .venv
# what the tests are installed with; "dev,tensorflow" runs TensorFlow's too
EXTRAS ?= dev
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test check docs bench clean

demo: $(VENV)/.demo
	$(BIN)/python demo/digits.py

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir build/site

bench: $(VENV)/.dev $(VENV)/peers/.installed
	$(BIN)/python -m benchmarks $(ARGS)
	$(BIN)/python -m benchmarks.scoring
	$(BIN)/python -m benchmarks.loading
	$(BIN)/python -m benchmarks.merging

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) --editable '.[demo]'
	touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) --editable '.[$(EXTRAS)]'
	touch $@

# The peers live apart: some hold other libraries back.
$(VENV)/peers/.installed: benchmarks/peers.txt
	$(PYTHON) -m venv $(VENV)/peers
	$(VENV)/peers/bin/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints.txt --requirement benchmarks/peers.txt
	touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
