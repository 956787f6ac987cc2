# Everything here works on a machine that has Python 3.11 and make, and nothing else.
PYTHON ?= python3.11
VENV := .venv
STAMP := $(VENV)/.installed
LEADHOUSE := $(VENV)/bin/leadhouse
# An environment with an older DuckDB, to read with what BI tools have.
DRIVERS := .venv-drivers
DRIVERS_STAMP := $(DRIVERS)/.installed
POSTGRES_STAMP := $(VENV)/.postgres

.PHONY: install demo docs test soak browser drivers postgres lint lock clean

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

# The same tests with the full counts, and an older driver too; takes much longer.
soak: $(STAMP) $(DRIVERS_STAMP) lint
	LEADHOUSE_SOAK=1 LEADHOUSE_OLD_DRIVER=$(CURDIR)/$(DRIVERS)/bin/python $(VENV)/bin/python -m pytest

drivers: $(DRIVERS_STAMP)

$(DRIVERS_STAMP): requirements-drivers.lock
	$(PYTHON) -m venv $(DRIVERS)
	$(DRIVERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-drivers.lock
	touch $(DRIVERS_STAMP)

# The same marts and answers from PostgreSQL as from DuckDB, from a server of its own on the loopback that ends with the tests.
postgres: $(POSTGRES_STAMP)
	LEADHOUSE_ENGINE=postgres $(VENV)/bin/python -m pytest -n 0 tests/python/test_postgres.py

# The adapter and its driver; and Debian's server, where there is none.
$(POSTGRES_STAMP): $(STAMP) requirements-postgres.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-postgres.lock
	command -v initdb || ls /usr/lib/postgresql/*/bin/initdb || (apt-get update --quiet && apt-get install --yes --quiet postgresql)
	touch $(POSTGRES_STAMP)

# Every model, column and metric on one page, target/docs.html, from the project alone.
docs: $(STAMP)
	$(VENV)/bin/python -m leadhouse.docs_site

# What the tests of the pages need beside a Chromium and node: puppeteer and axe.
browser:
	cd tests/browser && npm install --no-package-lock --no-audit --no-fund

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
	$(VENV)/bin/uv pip compile pyproject.toml --extra postgres --constraint requirements.lock --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --output-file requirements-postgres.lock
	$(VENV)/bin/uv pip compile --group old-driver --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --output-file requirements-drivers.lock

clean:
	rm -rf target logs warehouse/* $(VENV) $(DRIVERS)
