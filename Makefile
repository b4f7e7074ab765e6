# Parkflow: two commands on a fresh Debian with Python 3.11: `make demo` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:

PYTHON ?= python3
VENV ?= .venv
STATE ?= $(or $(PARKFLOW_STATE),.parkflow)
SPEED ?= 60
FOR ?=
DISPATCH ?= on
PARK ?= parks/demo.yaml
FROM ?=
TO ?=
KAFKA ?= 127.0.0.1:$(or $(PARKFLOW_PORT_KAFKA),19092)
WORKERS ?= 2
ROUNDS ?= 20
OUTAGE ?= 300
SEED ?= 4
BIN := $(VENV)/bin
DEMO_PARTS := $(VENV)/.installed-demo
ALL_PARTS := $(VENV)/.installed-dev

.PHONY: help setup demo demo-clean test test-unit test-faults check bench protos up down format clean replay

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'
	@echo "  variables: FOR=10m SPEED=60 DISPATCH=on|off PARK=file STATE=folder PYTHON=python3 (demo), ARGS=... (test, bench) WORKERS=2 (test), ROUNDS=20 OUTAGE=300 SEED=4 (test-faults)"

setup: $(ALL_PARTS) ## make the virtual environment and install everything

$(DEMO_PARTS): pyproject.toml hatch_build.py $(shell find protos -name '*.proto')
	@bash deploy/setup.sh "$(PYTHON)" "$(VENV)" demo && touch "$@"

$(ALL_PARTS): pyproject.toml hatch_build.py $(shell find protos -name '*.proto')
	@bash deploy/setup.sh "$(PYTHON)" "$(VENV)" dev && touch "$@" "$(DEMO_PARTS)"

demo: $(DEMO_PARTS) ## run the whole system on recorded data: http://127.0.0.1:8080
	@exec $(BIN)/python -m services.demo --state "$(STATE)" --speed "$(SPEED)" --dispatch "$(DISPATCH)" --park "$(PARK)" $(if $(FOR),--for "$(FOR)")

demo-clean: ## remove everything `make demo` keeps
	@if [ -x $(BIN)/python ]; then exec $(BIN)/python -m services.demo.stack clean --state "$(STATE)"; fi
	@if [ -e "$(STATE)/.parkflow-state" ]; then rm -rf "$(STATE)"; fi

test: $(ALL_PARTS) ## pass every test; starts Kafka, PostgreSQL, MQTT and a browser by itself
	@bash tests/browser/install.sh
	@exec $(BIN)/python -m pytest --numprocesses $(WORKERS) --no-loadscope-reorder --max-worker-restart 0 $(ARGS)

test-unit: $(ALL_PARTS) ## only the pure tests: no network, seconds
	@HYPOTHESIS_PROFILE=quick exec $(BIN)/python -m pytest tests/unit $(ARGS)

test-faults: $(ALL_PARTS) ## kill, cut off, spoil and reorder at length: half an hour, figures on the way
	@PARKFLOW_FAULT_ROUNDS="$(ROUNDS)" PARKFLOW_FAULT_OUTAGE_S="$(OUTAGE)" PARKFLOW_FAULT_MINUTES=1440 PARKFLOW_FAULT_SEED="$(SEED)" exec $(BIN)/python -m pytest tests/faults -s $(ARGS)

check: $(ALL_PARTS) ## style, types, borders, wire compatibility, deployment files
	@bash deploy/check.sh "$(BIN)"

bench: $(ALL_PARTS) ## measure speed and memory against references in the same run
	@exec $(BIN)/python -m tests.bench $(ARGS)

replay: $(DEMO_PARTS) ## judge [FROM, TO) of park time again with the present rules and restate what differs
	@exec $(BIN)/python -m services.validation.replay --from "$(FROM)" --to "$(TO)" --park "$(PARK)" --kafka "$(KAFKA)"

protos: $(ALL_PARTS) ## generate the Python stubs of protos/ again
	@$(BIN)/python hatch_build.py

format: $(ALL_PARTS) ## format the code
	@$(BIN)/ruff format services tests deploy docs parks hatch_build.py && $(BIN)/ruff check --fix services tests deploy docs parks

up: ## the same system with Docker Compose
	@bash deploy/compose/certificates.sh && docker compose up --detach --build --wait

down: ## stop the Compose system; its volumes stay
	@docker compose down

clean: demo-clean ## remove the virtual environment and generated files too
	@rm -rf "$(VENV)" parkflow build dist
