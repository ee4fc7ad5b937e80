# Commands that need Python and a package index, nothing else: `make run`, `make test`, and `make test-long`, which
# leaves no test out. `make benchmark` measures every figure that has a target; with DATA_ROOT=, those of MNIST too.
PYTHON ?= python3
VENV ?= .venv
DATA_ROOT ?= data
BIN = $(VENV)/bin

.PHONY: run test test-long lint benchmark example clean

run: $(VENV)/installed
	$(BIN)/python -m study run cnn
	$(BIN)/python -m study report

test: lint
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m 'not slow' --hypothesis-profile=few

test-long: lint
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

benchmark: $(VENV)/installed
	$(BIN)/python -m benchmarks $(if $(wildcard $(DATA_ROOT)/MNIST),--data-root $(DATA_ROOT))

# docs/example-report, from the first training on; about an hour on two cores. Budgets are targets: run again,
# it only writes the page.
example: export STUDY_STORAGE = sqlite:///runs/example.db
example: $(VENV)/installed
	$(BIN)/python -m study ablate lstm --dataset mnist --data-root $(DATA_ROOT) --train-size 10000 --epochs 5
	$(BIN)/python -m study run cnn lstm --dataset digits --trials 40 --pruner none
	$(BIN)/python -m study ablate cnn --dataset digits --variants dropout,batchnorm --retune --searches 3 --smallest-effect 1
	$(BIN)/python -m study report --output docs/example-report --format html --format markdown --format png \
		--title "Example: the notebook's LSTM on MNIST, and both networks on digits"

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
