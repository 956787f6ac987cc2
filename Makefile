# Everything here works on a machine that has Python 3.11 and make, and nothing else.
PYTHON ?= python3.11
VENV := .venv
STAMP := $(VENV)/.installed
LEADHOUSE := $(VENV)/bin/leadhouse

.PHONY: install demo test soak browser lint lock clean

install: $(STAMP)

# --no-deps: the lock file is complete, and dbt-core's opt-in parser must stay out (see pyproject.toml).
$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

# A made-up company's eighteen months: written, built, tested, published, summed up.
demo: $(STAMP)
	$(LEADHOUSE) demo

test: $(STAMP) lint
	$(VENV)/bin/python -m pytest

# The same tests with the full counts; takes much longer.
soak: $(STAMP) lint
	LEADHOUSE_SOAK=1 $(VENV)/bin/python -m pytest

# What the tests of the report page need beside a Chromium: puppeteer and axe, exactly as the lock file has them.
browser:
	cd tests/browser && npm ci --no-audit --no-fund

lint: $(STAMP)
	$(VENV)/bin/sqlfluff lint --disable-progress-bar --processes 0 models analyses tests/singular
	$(VENV)/bin/ruff check scripts tests
	$(VENV)/bin/ruff format --check scripts tests
	$(VENV)/bin/mypy

# The lock file names every package with its hash. dbt-core's opt-in parser is left out (see pyproject.toml).
lock: $(STAMP)
	$(VENV)/bin/python -m pip install --quiet uv
	$(VENV)/bin/uv pip compile pyproject.toml --group dev --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --output-file requirements.lock

clean:
	rm -rf target logs warehouse/* $(VENV)
