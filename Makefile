# Two commands for a user (make run, make test), one for a developer (make check).
PYTHON ?= python3
VENV = .venv
RUN = $(VENV)/.run-installed
DEV = $(VENV)/.dev-installed
export PYTHONWARNINGS ?= default

.PHONY: run test check lock clean
run: $(RUN)
	$(VENV)/bin/ioc demo

test: $(DEV)
	$(VENV)/bin/python -m pytest

check: $(DEV)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache
	$(VENV)/bin/ioc check

$(VENV)/bin/uv:
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv

$(RUN): $(VENV)/bin/uv requirements/run.txt pyproject.toml
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(VENV)/bin/uv pip install --quiet --require-hashes -r requirements/run.txt
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(VENV)/bin/uv pip install --quiet --no-deps --editable .
	touch $@

$(DEV): $(VENV)/bin/uv requirements/dev.txt pyproject.toml
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(VENV)/bin/uv pip install --quiet --require-hashes -r requirements/dev.txt
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(VENV)/bin/uv pip install --quiet --no-deps --editable .
	touch $@ $(RUN)

lock: $(VENV)/bin/uv
	$(VENV)/bin/uv pip compile pyproject.toml --extra embedded --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet -o requirements/run.txt
	$(VENV)/bin/uv pip compile pyproject.toml --all-extras -c requirements/run.txt --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet -o requirements/dev.txt

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis
