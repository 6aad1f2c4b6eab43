# Two commands on a fresh machine that has Python 3.11 or later and make. Each makes .venv if it is missing.
#
#   make demo    install, run the shipped storm: table, ledger, verdict
#   make test    install the development tools, run the tests
#   make fuzz    install Atheris too, look for files that make the program fail: MINUTES (5) for each target

VENV   ?= .venv
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
MINUTES ?= 5
PIP     = $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable

.PHONY: demo test fuzz

demo: $(VENV)/installed
	@$(VENV)/bin/bcdr-sim run scenarios/regional_storm.yaml

test: $(VENV)/installed-dev
	@$(VENV)/bin/python -m pytest -q

fuzz: $(VENV)/installed-fuzz
	@PYTHONPATH=src:tests $(VENV)/bin/python -m fuzzing $(TARGET) --minutes $(MINUTES)

$(VENV)/bin/python:
	@$(or $(PYTHON),$(error Python 3.11 or later is needed)) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	@echo "installing into $(VENV)" && $(PIP) . && touch $@

$(VENV)/installed-dev: pyproject.toml | $(VENV)/bin/python
	@echo "installing the development tools into $(VENV)" && $(PIP) '.[dev]' && touch $@ $(VENV)/installed

$(VENV)/installed-fuzz: $(VENV)/installed-dev
	@echo "installing Atheris into $(VENV)" && $(PIP) '.[dev,fuzz]' && touch $@
