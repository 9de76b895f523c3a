# Every command that anyone types; `make help` lists them. Each sets up what it needs first: see tools/bootstrap.py.
# Another Python: make PYTHON=python3.12 run. More options for a command: make run ARGS="--rest-port 7011".

PYTHON ?= python3
BIN := .venv/bin
PROTOS_BASE ?= $(shell git rev-parse --verify --quiet origin/main || git rev-parse --verify --quiet HEAD)
ARGS ?=

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup run reset test unit integration e2e conformance vectors bench chaos \
	check lint types protos protos-check imports migrations deploy alerts audit sbom migrate fmt env-example roles \
	tasks metrics-page dashboards

help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup ## Start everything, send a text and an email, stay until Ctrl-C
	@$(BIN)/notifyctl up $(ARGS)

test: unit integration e2e conformance vectors ## Run every test, beside a running stack or without one

setup: ## Make .venv from uv.lock (every other command does it by itself)
	@$(PYTHON) tools/bootstrap.py

reset: setup ## End what `make run` started and drop its data
	@$(BIN)/notifyctl reset $(ARGS)

check: lint types protos-check imports migrations deploy alerts unit ## Run what must hold before a commit

unit: setup ## Tests without network or processes
	$(BIN)/pytest tests/unit -q -n 2 $(ARGS)

integration: setup ## Tests with a real database and cache
	$(BIN)/pytest tests/integration $(wildcard tests/contracts) -q -n 2 $(ARGS)

e2e: setup ## Tests of the whole system, through its public API
	$(BIN)/pytest tests/e2e -q -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

conformance: setup ## The public API's conformance suite, against a system of its own
	$(BIN)/python -m tools.conformance $(ARGS)

vectors: setup ## Golden vectors of texts, emails, letters and recipients
	$(BIN)/python tests/vectors/check.py --adapter tests/vectors/adapter.py --ignore-style --skip-quirks tests/vectors $(ARGS)

bench: setup ## Benchmarks, a release under load, five minutes of kills; they take the machine for themselves
	$(BIN)/python -m tests.bench $(ARGS)
	$(BIN)/python -m tests.bench.rolling
	$(BIN)/python -m tests.e2e.reconciling --minutes 5

chaos: setup ## Faults under load, with the books after each; see docs/chaos.md
	$(BIN)/python -m tests.chaos $(ARGS)

lint: setup ## Style of Python and protos
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code

types: setup ## Types
	$(BIN)/mypy

protos: setup ## Generate gen/ from protos/
	$(BIN)/python -m tools.protos

protos-check: setup ## gen/ is what protos/ says, and protos/ breaks nobody
	$(BIN)/python -m tools.protos .venv/protos-check
	diff -r -x __pycache__ gen .venv/protos-check
	rm -r .venv/protos-check
	$(BIN)/buf breaking --against '.git#ref=$(PROTOS_BASE)'

imports: setup ## Who may import whom
	$(BIN)/lint-imports

migrations: setup ## The migrations' SQL locks nothing for long
	$(BIN)/python -m tools.migrations

deploy: setup ## The image's Dockerfile and the Helm chart
	$(BIN)/hadolint deploy/docker/Dockerfile
	$(BIN)/python -m tools.helm lint --strict deploy/k8s/notify

audit: setup ## Known vulnerabilities of what uv.lock names; ARGS=--strict fails where nobody can be asked
	$(BIN)/python -m tools.audit $(ARGS)

sbom: setup ## Write dist/sbom.json, what the image holds (CycloneDX)
	$(BIN)/python -m tools.sbom

alerts: setup ## The chart's alerts: promtool's checks and their unit tests
	$(BIN)/python -m tools.promtool

migrate: setup ## Bring the schemas of NOTIFY_DATABASE_URL up to date (`make run` does so for its own)
	$(BIN)/notifyctl migrate apply $(ARGS)

fmt: setup ## Format Python and protos
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(BIN)/buf format --write

env-example: setup ## Write .env.example, the chart's settings and docs/configuration.md from the services' settings
	$(BIN)/python -m tools.env_example
	$(BIN)/python -m tools.chart_settings
	$(BIN)/python -m tools.configuration_page

dashboards: setup ## Write the chart's Grafana dashboards
	@$(BIN)/python -m tools.dashboards

metrics-page: setup ## Write docs/metrics.md from the metrics that the code declares
	@$(BIN)/python -m tools.metrics_page

roles: setup ## Write docs/roles.md and docs/internal-api.md from the services' tables of callers
	@$(BIN)/python -m tools.roles
	@$(BIN)/python -m tools.internal_api

tasks: setup ## Write docs/tasks.md from the services' scheduled tasks
	@$(BIN)/python -m tools.tasks_page
