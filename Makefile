# `make` alone prints this list.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
KAFKA := deploy/kafka/kafka.sh
DEMO_SECONDS ?=
UPGRADE ?=
# Real feeds to measure on, where there are any: they are no part of this repository (DATELINE_TEST_DATA=folder says where they are).
export DATELINE_TEST_DATA
SAMPLES ?= $(shell $(PYTHON) tests/labelled.py feeds/files)
SECONDS_OPTION = $(if $(DEMO_SECONDS),--seconds $(DEMO_SECONDS),)

# Where a shell forbids it to keep what it compiles, each of the hundred processes of the tests would compile all anew.
unexport PYTHONDONTWRITEBYTECODE
# Four workers at most: each collects the whole tier for itself.
ON_ALL_CORES := -n logical --maxprocesses 4 --dist worksteal

.PHONY: help
help: ## print this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ── to see it work ───────────────────────────────────────────────────────────────────────────────────────────────────

.PHONY: demo
demo: $(READY) ## a newsroom with invented stories and all services on one screen (DEMO_SECONDS=40 ends it)
	@$(KAFKA) with $(BIN)/dateline demo $(SECONDS_OPTION)

.PHONY: run
run: $(READY) ## the same with your own feeds: make run FEEDS=file.opml
	@[ -n "$(FEEDS)" ] || { echo "which feeds? make run FEEDS=file.opml" >&2; exit 2; }
	@$(KAFKA) with $(BIN)/python -m dateline demo --feeds "$(FEEDS)" $(SECONDS_OPTION)

.PHONY: try
try: $(READY) ## explain an invented republished article with the three filters, without Kafka
	@$(BIN)/python -m dateline.demo.offline

# ── Kafka ────────────────────────────────────────────────────────────────────────────────────────────────────────────

.PHONY: kafka kafka-stop kafka-log
kafka: ## start one Kafka broker on 127.0.0.1:9092
	@$(KAFKA) start
kafka-stop: ## stop it
	@$(KAFKA) stop
kafka-log: ## show its log
	@$(KAFKA) log

# ── to work on it ────────────────────────────────────────────────────────────────────────────────────────────────────

.PHONY: install
install: $(READY) ## virtual environment in .venv with the locked dependencies
$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "dateline needs Python 3.11 or newer: on Debian 12 or newer \`apt-get install python3 python3-venv\`, on macOS \`brew install python\`; or name one with PYTHON=" >&2; exit 69; }
	@echo "installing the locked dependencies into $(VENV) (once)" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: check lint types contracts
check: lint types contracts ## everything that reads the code without running it
lint: $(READY) ## ruff
	@$(BIN)/ruff check && $(BIN)/ruff format --check
types: $(READY) ## mypy, strict
	@$(BIN)/mypy
contracts: $(READY) ## who may import whom
	@$(BIN)/lint-imports

.PHONY: format
format: $(READY) ## let ruff mend what it can
	@$(BIN)/ruff check --fix && $(BIN)/ruff format

.PHONY: test test-unit test-local test-contract test-deploy test-page test-kafka test-all
test: check ## all tiers that need no extra programs, and the real broker: the test command
	@$(BIN)/python -m pytest tests/unit -m "not long and not foreign" $(ON_ALL_CORES)
	@$(BIN)/python -m pytest tests/local tests/contract tests/deploy tests/fuzz tests/politeness tests/kafka -m "not long and not foreign"
test-unit: $(READY) ## the quick tier: pure code and fakes, fewer examples of each property, no large inputs
	@$(BIN)/python -m pytest tests/unit -m "not long and not heavy" --hypothesis-profile quick $(ON_ALL_CORES)
test-local: $(READY) ## sockets on loopback, worker processes, the clock
	@$(BIN)/python -m pytest tests/local
test-contract: $(READY) ## types against schemas, examples and documents
	@$(BIN)/python -m pytest tests/contract
test-deploy: $(READY) ## image, compose file, rules, alerts and dashboard; Prometheus comes from Debian's package, uninstalled
	@$(BIN)/python -m pytest tests/deploy
test-page: $(READY) ## Chromium on the page of a made-up process
	@$(BIN)/python -m pytest tests/page
test-kafka: $(READY) ## the real broker
	@$(BIN)/python -m pytest tests/kafka -m "not long and not foreign"
test-all: check ## everything: the long kill tests, hostile bodies, a minute of fuzzing, PostgreSQL, Prometheus, Helm, and subscribers in JavaScript and Java too
	@$(BIN)/python -m pytest

.PHONY: bench
bench: $(READY) ## what a record and an article cost, as ratios in one run
	@$(KAFKA) with $(BIN)/python -m tests.bench

.PHONY: bench-parse bench-poll bench-schedule bench-enrich bench-export bench-stories bench-ops eval-parse
bench-parse: $(READY) ## CPU per feed against feedparser and fastfeedparser (SAMPLES=folder of feeds)
	@$(BIN)/python -m tests.bench.parse $(SAMPLES)
bench-poll: $(READY) ## polls per CPU-second, published to Kafka, against a loop of httpx and feedparser
	@$(KAFKA) with $(BIN)/python -m tests.bench.poll
bench-schedule: $(READY) ## the schedule on a simulated web, and a million feeds in one process (SAMPLES=folder of feeds)
	@$(BIN)/python -m tests.bench.schedule $(SAMPLES)
bench-enrich: $(READY) ## CPU per article in the enricher, with its text and with its page, and what the worker processes add
	@$(BIN)/python -m tests.bench.enrich
bench-export: $(READY) ## events a second and CPU per event of each output, against plain loops (needs PostgreSQL for that one)
	@$(KAFKA) with $(BIN)/python -m tests.bench.export
bench-stories: $(READY) ## what a story costs: fingerprint, look-up against datasketch, memory, and a restore from Kafka
	@$(KAFKA) with $(BIN)/python -m tests.bench.stories
bench-ops: $(READY) ## what metrics and logs cost of each service's CPU at full throughput, on against off; and what spans cost
	@$(BIN)/python -m tests.bench.ops
	@$(BIN)/python -m tests.bench.spans
eval-parse: $(READY) ## what is read of real feeds against feedparser, field by field (SAMPLES=folder of feeds)
	@[ -n "$(SAMPLES)" ] || { echo "which feeds? make eval-parse SAMPLES=folder" >&2; exit 2; }
	@$(BIN)/python -m tests.eval.feeds $(SAMPLES)

.PHONY: eval eval-tables
eval: $(READY) ## what is found on labelled texts, and 1 where a promise is not kept (SECTION=language for one; needs labelled data, DATELINE_TEST_DATA=folder)
	@$(BIN)/python -m tests.eval $(SECTION)
eval-tables: $(READY) ## count the detectors' answers anew, after a change of their versions
	@$(BIN)/python -m tests.eval.language_tables

.PHONY: score-poller
score-poller: $(READY) ## how polite the poller is, by the published rules (AGAINST=plain scores the usual loop)
	@$(BIN)/python -m tests.politeness --against $(or $(AGAINST),ours)

.PHONY: screenshots
screenshots: $(READY) ## photograph the page of a running demo, light and dark, for the README (needs Chromium)
	@DATELINE_KAFKA__TOPIC_PREFIX=screenshots $(KAFKA) with $(BIN)/python -m tests.page.screenshots

.PHONY: generate
generate: $(READY) ## write schemas/ from the types, what the operations server serves of it, the tables of OPERATIONS.md and the dashboard
	@$(BIN)/dateline schemas --write schemas
	@$(BIN)/python tests/contract/bundle.py
	@$(BIN)/python tests/contract/operations.py
	@$(BIN)/python deploy/grafana/dashboard.py

.PHONY: lock
lock: $(READY) ## resolve the dependencies: versions and hashes, no addresses (UPGRADE=--upgrade for newer ones)
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 \
	  $(UPGRADE) pyproject.toml --output-file requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 \
	  $(UPGRADE) pyproject.toml --all-extras --group dev --constraints requirements.lock --output-file requirements-dev.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 \
	  $(UPGRADE) tests/deploy/chart.in --output-file tests/deploy/chart.lock

.PHONY: clean
clean: ## remove what make made, Kafka's data too
	@$(KAFKA) stop
	@rm -rf $(VENV) deploy/kafka/jars deploy/kafka/data .programs .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
