# Dujiang: `make` lists the targets. Everything needs Python 3.11+ with venv, make and the package registry; no system packages (but for `make browser`).
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
ARGS ?=

.PHONY: help env dev demo test test-slow browser check bench docs lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(VENV)/.run ## the environment to run Dujiang, from the lock

dev: $(VENV)/.dev ## the environment to change Dujiang, from the lock

demo: env ## three hospitals, one question, one answer with its proof (ARGS="--lang zh --serve …")
	@$(VENV)/bin/dujiang demo $(ARGS)

test: dev ## the tests that are quick enough for every change
	$(PY) -m pytest -q -n 2 --dist loadfile -m "not slow" $(ARGS)

test-slow: dev ## the tests that take long: killed processes, huge input
	$(PY) -m pytest -q -n 2 --dist loadfile -m slow $(ARGS)

browser: ## Debian's Chromium and Chinese fonts, for the browser tests (as root; without it they are skipped)
	apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk >/dev/null

check: dev ## style, types, architecture, generated pages
	$(VENV)/bin/ruff check src tests apps benchmarks
	$(VENV)/bin/mypy
	PYTHONPATH=src:apps/census $(VENV)/bin/lint-imports
	$(PY) -m dujiang.doors.docs --check

bench: dev ## a benchmark against a peer or a limit: make bench NAME=task
	$(PY) benchmarks/$(NAME).py

docs: env ## generate the pages made from the program's tables
	$(PY) -m dujiang.doors.docs

lock: ## resolve the dependencies anew into the lock files (no addresses in them)
	$(PY) -m uv pip compile -q --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements.lock
	$(PY) -m uv pip compile -q --generate-hashes --no-emit-index-url --no-annotate --no-header --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## forget the environment, the demo and every cache
	rm -rf $(VENV) .bench dujiang-demo .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache src/*.egg-info

# uv is quick but knows only its own index settings; pip, which knows the machine's, is the fall-back.
define install
	@$(PY) -m uv pip install -q --python $(PY) --require-hashes -r $(1) 2>/dev/null || $(PY) -m pip install -q --require-hashes -r $(1)
endef

$(VENV)/bin/python:
	@echo "making the environment …"
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install -q --disable-pip-version-check uv || true

# The project itself is put on the path by a .pth file and a two-line script: nothing to build, nothing to download.
$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(call install,requirements.lock)
	@echo "$(CURDIR)/src" > "$$($(PY) -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')/dujiang.pth"
	@printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m dujiang.doors "$$@"\n' > $(VENV)/bin/dujiang && chmod +x $(VENV)/bin/dujiang
	@env -u PYTHONDONTWRITEBYTECODE $(PY) -m dujiang.doors demo --help >/dev/null # compiles what every start loads, once
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	$(call install,requirements-dev.lock)
	@touch $@
