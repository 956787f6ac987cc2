# Everything here works on a machine that has Python 3.11 and make, and nothing else.
PYTHON ?= python3.11
VENV := .venv
STAMP := $(VENV)/.installed
LEADHOUSE := $(VENV)/bin/leadhouse
# An environment with an older DuckDB, to read with what BI tools have.
DRIVERS := .venv-drivers
DRIVERS_STAMP := $(DRIVERS)/.installed
POSTGRES_STAMP := $(VENV)/.postgres
SPARK_STAMP := $(VENV)/.spark
# Environments of their own: the adapters of engines that nothing is run on, and dbt's Rust engine.
DIALECTS := .venv-dialects
DIALECTS_STAMP := $(DIALECTS)/.installed
DBT_V2 := .venv-dbt-v2
DBT_V2_STAMP := $(DBT_V2)/.installed

.PHONY: install demo docs test soak browser drivers postgres spark dialects dbt-v2 lint lock clean

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
soak: $(STAMP) $(DRIVERS_STAMP) $(DIALECTS_STAMP) lint
	LEADHOUSE_SOAK=1 LEADHOUSE_OLD_DRIVER=$(CURDIR)/$(DRIVERS)/bin/python LEADHOUSE_DIALECTS=$(CURDIR)/$(DIALECTS)/bin/python \
		$(VENV)/bin/python -m pytest

drivers: $(DRIVERS_STAMP)

$(DRIVERS_STAMP): requirements-drivers.lock
	$(PYTHON) -m venv $(DRIVERS)
	$(DRIVERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-drivers.lock
	touch $(DRIVERS_STAMP)

# The same marts and answers from PostgreSQL as from DuckDB, from a server of its own on the loopback that ends with the tests.
postgres: $(POSTGRES_STAMP)
	LEADHOUSE_ENGINE=postgres $(VENV)/bin/python -m pytest -n 0 tests/python/test_warehouses.py

# The adapter and its driver; and Debian's server, where there is none.
$(POSTGRES_STAMP): $(STAMP) requirements-postgres.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-postgres.lock
	command -v initdb || ls /usr/lib/postgresql/*/bin/initdb || (apt-get update --quiet && apt-get install --yes --quiet postgresql)
	touch $(POSTGRES_STAMP)

# The same from a Spark cluster of its own: a master, two workers and a thrift server on the loopback, which end with the tests.
spark: $(SPARK_STAMP)
	LEADHOUSE_ENGINE=spark $(VENV)/bin/python -m pytest -n 0 tests/python/test_warehouses.py

# The adapter and its driver; pyspark, which is a whole cluster; and Debian's Java, where there is none.
$(SPARK_STAMP): $(STAMP) requirements-spark.lock requirements-spark-cluster.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-spark.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-spark-cluster.lock
	command -v java || (apt-get update --quiet && apt-get install --yes --quiet openjdk-17-jre-headless)
	touch $(SPARK_STAMP)

# Every model and test compiled for the engines that nothing is run on, without a connection, and looked through.
dialects: $(STAMP) $(DIALECTS_STAMP)
	LEADHOUSE_SOAK=1 LEADHOUSE_DIALECTS=$(CURDIR)/$(DIALECTS)/bin/python $(VENV)/bin/python -m pytest -n 0 tests/python/test_dialects.py

$(DIALECTS_STAMP): requirements-dialects.lock
	$(PYTHON) -m venv $(DIALECTS)
	$(DIALECTS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dialects.lock
	touch $(DIALECTS_STAMP)

# The same marts from dbt's Rust engine as from dbt. It brings no driver: DuckDB's own library is a package of npm.
dbt-v2: $(STAMP) $(DBT_V2_STAMP)
	LEADHOUSE_DBT_V2=$(CURDIR)/$(DBT_V2) $(VENV)/bin/python -m pytest -n 0 tests/python/test_dbt_v2.py

$(DBT_V2_STAMP): requirements-dbt-v2.lock
	$(PYTHON) -m venv $(DBT_V2)
	$(DBT_V2)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dbt-v2.lock
	npm install --prefix $(DBT_V2) --no-package-lock --no-audit --no-fund @duckdb/node-bindings-linux-x64@1.5.6-r.1
	touch $(DBT_V2_STAMP)

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
	$(VENV)/bin/uv pip compile pyproject.toml --extra spark --constraint requirements.lock --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --output-file requirements-spark.lock
	$(VENV)/bin/uv pip compile --group spark-cluster --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --output-file requirements-spark-cluster.lock
	$(VENV)/bin/uv pip compile --group old-driver --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --output-file requirements-drivers.lock
	$(VENV)/bin/uv pip compile --group dialects --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --output-file requirements-dialects.lock
	$(VENV)/bin/uv pip compile --group dbt-v2 --python-version 3.11 --generate-hashes --no-emit-index-url --prerelease allow \
		--no-annotate --no-header --output-file requirements-dbt-v2.lock

clean:
	rm -rf target logs warehouse/* $(VENV) $(DRIVERS) $(DIALECTS) $(DBT_V2)
