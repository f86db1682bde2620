# LMS Bridge. `make` alone lists the targets.
#
# Needs: make, Python 3.11 or later. Everything of Python goes into .venv, from files with hashes; the tests also use
# Chromium, LibreOffice, poppler and PostgreSQL, which `make test` installs on Debian where it may.

PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
INSTALL := $(PIP) install --quiet --require-hashes
# Tests run in this many processes, each with its own databases and its own browser.
TEST_PROCESSES ?= 2
PYTEST_ARGUMENTS ?=
PIP_TOOLS := pip-tools==7.6.2

.DEFAULT_GOAL := help
.PHONY: help install run meanings test check bench lock test-programs
.DELETE_ON_ERROR:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.run ## install LMS Bridge into .venv (does nothing where nothing changed)
	@echo 'LMS Bridge is installed: $(BIN)/lms-bridge --help, or make run for the demo'

run: $(VENV)/.run ## start the demo on http://127.0.0.1:$PORT (PORT=8000; data in LMS_BRIDGE_DATA_DIR)
	@exec $(BIN)/lms-bridge demo --port $(PORT)

meanings: $(VENV)/.meanings ## add suggestions by meaning: an embedding model (setting suggestions = "meaning")
	@echo 'suggestions by meaning are installed; turn them on with LMS_BRIDGE_SUGGESTIONS=meaning'

test: $(VENV)/.test test-programs ## run every test, on SQLite and on PostgreSQL
	@LMS_BRIDGE_REQUIRE_POSTGRES=1 LMS_BRIDGE_REQUIRE_BROWSER=1 LMS_BRIDGE_REQUIRE_OFFICE=1 \
		$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile $(PYTEST_ARGUMENTS)

define CHECK
@printf '\n== %s\n' '$(1)'
@$(BIN)/$(1) || { printf '\nmake check: this failed: %s\n' '$(1)' >&2; exit 1; }
endef

check: $(VENV)/.check ## format, lint, types, import rules, dependencies, templates
	$(call CHECK,ruff format --check .)
	$(call CHECK,ruff check .)
	$(call CHECK,mypy)
	$(call CHECK,lint-imports)
	$(call CHECK,deptry .)
	$(call CHECK,djlint --lint lms_bridge/web/templates)
	@printf '\nmake check: all passed\n'

bench: $(VENV)/.test ## measure speed and size; prints figure, floor and reach
	@$(BIN)/python -m bench

# The lock is made with Python 3.11, the oldest that is supported. Nothing of the machine it is made on may stand in
# it: no address of an index, no path.
lock: $(VENV)/.run ## pin the newest allowed versions, with hashes, into requirements/
	@$(PIP) install --quiet $(PIP_TOOLS)
	@for name in build run test meanings check; do \
		case $$name in run) source=pyproject.toml ;; *) source=requirements/$$name.in ;; esac; \
		echo "requirements/$$name.txt"; \
		CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe \
			--strip-extras --no-emit-index-url --no-emit-find-links --no-emit-options \
			--output-file requirements/$$name.txt $$source || exit 1; \
	done
	@if grep -nE '://|^--|(^|[ =])/' requirements/*.txt; then \
		echo 'make lock: the lines above name an address or a path; they must not be committed' >&2; exit 1; fi

# One empty file for each set of packages tells when it was installed.
$(VENV)/.run: requirements/build.txt requirements/run.txt pyproject.toml setup.py | $(VENV)/bin/pip
	@echo 'installing LMS Bridge and its libraries into $(VENV)'
	@$(INSTALL) -r requirements/build.txt -r requirements/run.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.meanings: $(VENV)/.run requirements/meanings.txt
	@echo 'installing the model of meanings into $(VENV)'
	@$(INSTALL) -r requirements/run.txt -r requirements/meanings.txt
	@touch $@

$(VENV)/.test: $(VENV)/.meanings requirements/test.txt
	@echo 'installing what the tests use into $(VENV)'
	@$(INSTALL) -r requirements/run.txt -r requirements/test.txt
	@touch $@

$(VENV)/.check: $(VENV)/.test requirements/check.txt
	@echo 'installing what the checks use into $(VENV)'
	@$(INSTALL) -r requirements/run.txt -r requirements/test.txt -r requirements/check.txt
	@touch $@

# Debian ships venv apart from Python: where it lacks, `python3 -m venv` ends half-way and says so.
$(VENV)/bin/pip:
	@set -e; python=; \
	for candidate in python3.11 python3.12 python3.13 python3.14 python3; do \
		if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'make install: no Python 3.11 or later is found; on Debian: apt-get install python3 python3-venv' >&2; exit 1; \
	fi; \
	if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
		package=$$($$python -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "installing $$package"; \
			apt-get update -qq; \
			DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$package >/dev/null; \
		else \
			echo "make install: $$python has no venv; as root: apt-get install $$package" >&2; exit 1; \
		fi; \
	fi; \
	$$python -m venv --clear $(VENV)

# What the tests use and Python does not bring. Each is looked for by a program it contains; libatomic is what the
# driver in Playwright's wheel wants and a bare Debian lacks.
test-programs:
	@set -e; packages=; \
	command -v chromium >/dev/null || packages="$$packages chromium fonts-liberation"; \
	ls /usr/lib/*/libatomic.so.1 >/dev/null 2>&1 || packages="$$packages libatomic1"; \
	command -v soffice >/dev/null || packages="$$packages libreoffice-calc-nogui fonts-liberation"; \
	command -v pdftoppm >/dev/null || packages="$$packages poppler-utils"; \
	command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || packages="$$packages postgresql"; \
	if [ -n "$$packages" ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "installing$$packages"; \
			apt-get update -qq; \
			DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$packages >/dev/null; \
		else \
			echo "make test: programs are missing; as root: apt-get install$$packages" >&2; exit 1; \
		fi; \
	fi
