# Everything here works on a machine that has Python 3.11 and make, and nothing else.
PYTHON ?= python3.11
VENV := .venv
STAMP := $(VENV)/.installed
LEADHOUSE := $(VENV)/bin/leadhouse

.PHONY: install demo test soak lint lock clean

install: $(STAMP)

# --no-deps: the lock file is complete, and dbt-core's opt-in parser must stay out (see pyproject.toml).
$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)
