# make demo  serves the viewer while two small networks are trained and analysed next to it
# make test  lint, types and all tests but the end-to-end ones
# make test-end-to-end  these: Dagster's daemon and servers, Ray, installations, kills, most of
#   the viewer in a real browser; CI runs both
# make unit  the fast tests only, properties with a quarter of their examples
# make docs  the pages of docs/ as a web site, in docs/_build/html
# make mutants  how many small faults of the core the tests notice
# make faults  kills, damage, hostile messages, full disks; writes tests/faults/RESULTS.md
# make audit  known vulnerabilities of the pinned packages
# make bench  speed and memory against the baselines; writes tests/benchmarks/RESULTS.md
# make bench-viewer  the viewer in a real browser; writes tests/benchmarks/viewer/RESULTS.md
# make pictures  the pictures of README and docs; NAMES="two_cells …" only these

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Byte code is compiled where it is first imported: installing then takes half the time.
INSTALL := install --no-compile --constraint constraints.txt --editable
JS_TESTS := tests/viewer/component
export PYTHONUNBUFFERED := 1
# Where the environment forbids byte code, every process compiles all its imports anew: 8.6 s
# instead of 3.6 s for each that opens the Dagster project.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-end-to-end lint unit node-test eslint docs audit bench bench-viewer faults mutants pictures clean

demo: $(VENV)/.installed
	$(BIN)/rnnvis demo

# Files in order: those that take longest, in docs and pipelines, are not those with the most tests.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/pytest --dist loadfile --no-loadscope-reorder --durations 20

test: $(VENV)/.installed-test
	tests/install_tools.sh browser eslint node
	$(MAKE) --jobs 2 --output-sync lint node-test $(VENV)/.compiled
	$(PYTEST) --numprocesses 3 -m "not end_to_end"

test-end-to-end: $(VENV)/.installed-test
	tests/install_tools.sh browser postgresql
	$(PYTEST) --numprocesses 4 -m end_to_end

# All byte code once, else each of the processes that test would compile it.
$(VENV)/.compiled: $(VENV)/.installed-test
	@$(BIN)/pytest --collect-only -qq >/dev/null 2>&1 || true  # what is wrong, the tests will say
	@touch $@

lint: $(VENV)/.installed-test eslint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# With one folder named, not three, the process that only hands out tests imports little of them.
unit: $(VENV)/.installed-test node-test
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist loadfile --hypothesis-profile quick \
	  -m "not slow and not browser and not end_to_end" tests \
	  --ignore tests/pipelines --ignore tests/docs --ignore tests/faults --ignore tests/benchmarks

node-test:
	tests/install_tools.sh node
	node $(JS_TESTS)/all_tests.js

eslint:
	tests/install_tools.sh eslint
	$(JS_TESTS)/node_modules/.bin/eslint --config $(JS_TESTS)/eslint.config.js --max-warnings 0 \
	  viewer/component $(JS_TESTS)

faults: $(VENV)/.installed-test
	OMP_NUM_THREADS=1 $(BIN)/pytest --all-faults --numprocesses 2 --dist loadfile tests/faults

# In an environment of its own: what it needs is no part of ours. It exits 1 where it finds anything,
# which its report says better.
audit: $(VENV)/.installed
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/python -m pip --quiet install --constraint constraints.txt pip-audit
	rm -f $(VENV)/audit/report.json
	-$(VENV)/audit/bin/pip-audit --no-deps --disable-pip --requirement constraints.txt \
	  --format json --output $(VENV)/audit/report.json
	$(BIN)/python -m tests.audit_report $(VENV)/audit/report.json

bench: $(VENV)/.installed-test
	$(BIN)/python -m tests.benchmarks

bench-viewer: $(VENV)/.installed-test
	tests/install_tools.sh browser
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks.viewer

mutants: $(VENV)/.installed-test
	nice $(BIN)/python -m tests.mutants

docs: $(VENV)/.installed-test
	$(BIN)/python docs/generate_reference.py
	$(BIN)/python -m warehouse.schema_docs
	$(BIN)/sphinx-build -W --keep-going -q -b html -c docs . docs/_build/html
	@echo "open docs/_build/html/docs/index.html"

pictures: $(VENV)/.installed-test
	tests/install_tools.sh browser
	$(BIN)/python -m tests.viewer.pictures $(NAMES)

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with: make demo PYTHON=python3.12"; exit 1; }
	@echo "installing the pinned packages into $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) $(INSTALL) '.[all]'
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@echo "installing the test tools into $(VENV) ..."
	$(PIP) $(INSTALL) '.[test]'
	@touch $@

clean:
	rm -rf $(VENV) $(JS_TESTS)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
