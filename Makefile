# One-Card edge terminal: `make demo` shows it, `make test` proves it, `make check` is the quick half, `make bench` measures.
# PATH is set here, so that `env -i make ...` works. System packages are installed when root, else named and the run ends.
export PATH := /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$(PATH)
export LC_ALL := C.UTF-8
SHELL := /bin/sh
.DEFAULT_GOAL := help

BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
SYSTEM_RUN := python3-venv
SYSTEM_TEST := python3-venv gcc libc6-dev libusb-1.0-0 openssl chromium fonts-noto-cjk nginx postgresql systemd

.PHONY: help demo test check lint types contracts unit line browser screenshots crash simulation smoke centre package fuzz bench deb clean system-run system-test

help:
	@echo "make demo    the whole line in one terminal window (SCRIPT=1: without keys)"
	@echo "make test    everything that CI runs"
	@echo "make check   lint, types, import contracts, unit tests"
	@echo "make bench   figures beside their floors (BENCH=row: one row)"
	@echo "make deb     the Debian package, into dist"
	@echo "make screenshots   the pages of till, passenger and fleet in every state, into build/screenshots"
	@echo "make fuzz    a million guided inputs for every parser of hostile bytes (PARSER=name: one)"

demo: .venv/.run
	$(BIN)/onecard demo $(if $(SCRIPT),--script)

test: check smoke line browser crash simulation centre package

check: lint types contracts unit

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

contracts: .venv/.dev
	$(BIN)/lint-imports

unit: .venv/.dev
	$(PYTEST) -n 2 -m "not line and not crash and not simulation and not fuzz and not centre and not package"

line: .venv/.dev
	$(PYTEST) -n 2 -m "line and not browser"

browser: .venv/.dev
	$(PYTEST) -n 2 --dist loadfile -m browser

screenshots: .venv/.dev
	$(BIN)/python -m tests.till.screens build/screenshots
	$(BIN)/python -m tests.fleet.screens build/screenshots/fleet
	$(BIN)/python -m tests.fleet.money_screens build/screenshots/fleet

crash: .venv/.dev
	$(PYTEST) -n 2 -m "crash and not line"

simulation: .venv/.dev
	$(PYTEST) -n 2 -m simulation

centre: .venv/.dev
	$(PYTEST) -n 2 --dist loadfile -m centre

package: .venv/.dev
	$(PYTEST) -m package tests/package tests/installation tests/systemd

smoke: .venv/.dev
	$(PYTEST) -n 2 -m fuzz

fuzz: .venv/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-fuzz.txt
	$(BIN)/python -m tests.fuzz $(PARSER)

bench: .venv/.dev
	$(BIN)/python -m tests.bench $(BENCH)

deb: .venv/.dev
	systemd/debian/build

# One system package list for running, one for testing. Root installs what is missing; others get the one command.
define need_packages
	@missing=""; for package in $(1); do dpkg -s $$package >/dev/null 2>&1 || missing="$$missing $$package"; done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	  else echo "missing system packages; run: sudo apt-get install -y$$missing" >&2; exit 1; fi; \
	fi
endef

system-run:
	$(call need_packages,$(SYSTEM_RUN))

system-test:
	$(call need_packages,$(SYSTEM_TEST))

.venv/.run: requirements.txt pyproject.toml | system-run
	[ -x $(BIN)/python ] || python3 -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt hatchling==1.33.0 editables==0.5
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

.venv/.dev: requirements-dev.txt .venv/.run | system-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
