# `make help` lists what there is. Everything lives in this directory: .venv, .tools and data.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Text is UTF-8 here, whatever the locale.
export PYTHONUTF8 := 1

bin := .venv/bin
sources := src tests bench
data := "$${ALGOROOM_DATA_DIR:-$(CURDIR)/data}"
# The npm packages that tests drive.
clients := $(patsubst %,tests/%/node/node_modules/.installed,sync access)
# The web client: what it is built with, and what is built of it.
client_packages := client/node_modules/.installed
client_built := src/algoroom/api/client/index.html
# What `make test` and `make coverage` run: a directory, a file, or one test (file::name).
T ?= tests

.PHONY: help
help: ## Explain every target
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: .venv/.installed $(client_built) ## Install what is needed and serve on http://127.0.0.1:8000
	@ALGOROOM_DATA_DIR=$(data) exec $(bin)/algoroom serve

.PHONY: dev
dev: .venv/.installed-dev $(client_built) ## Serve, and start again with each change to the source
	@ALGOROOM_DATA_DIR=$(data) exec $(bin)/algoroom serve --reload

.PHONY: toolchains
toolchains: ## Install what is missing of the languages' toolchains
	@scripts/toolchains

.PHONY: test
test: .venv/.installed-dev $(clients) $(client_built) ## Run the whole test-suite, the web client's too, or a part of it: make test T=tests/rooms
	@scripts/system-needs
	@[ "$(T)" != tests ] || $(MAKE) client-test
	$(bin)/pytest -n auto --dist worksteal $(T)

.PHONY: check
check: .venv/.installed-dev $(client_packages) ## Check style, types, imports between packages, committed documents
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy
	$(bin)/lint-imports
	$(bin)/python -m algoroom.api.documents --check
	$(bin)/python -m algoroom.api.typescript --check
	@scripts/npm run check --prefix client

.PHONY: fix
fix: .venv/.installed-dev $(client_packages) ## Format the source and mend what ruff and biome can mend
	$(bin)/ruff check --fix .
	$(bin)/ruff format .
	@scripts/npm run fix --prefix client

.PHONY: coverage
coverage: .venv/.installed-dev $(clients) $(client_built) ## Run the test-suite and say which lines it never reached
	@scripts/system-needs
	$(bin)/pytest -n auto --dist worksteal --cov --cov-report=term --cov-report=html $(T)

.PHONY: documents
documents: .venv/.installed $(client_packages) ## Write the OpenAPI and AsyncAPI documents anew, and the client's types
	$(bin)/python -m algoroom.api.documents --write
	$(bin)/python -m algoroom.api.typescript --write
	@scripts/npm run generated --prefix client

.PHONY: client
client: $(client_built) ## Build the web client, which the server hands out

.PHONY: client-test
client-test: .venv/.installed-dev $(client_packages) ## Run the web client's own tests
	@scripts/npm test --prefix client

.PHONY: soak-kill
soak-kill: .venv/.installed-dev ## Write, kill -9, start again: 500 rounds over each database, none may lose a write
	$(bin)/python -m tests.kill9 --rounds 500 --database sqlite
	$(bin)/python -m tests.kill9 --rounds 500 --database postgresql

.PHONY: long-room
long-room: .venv/.installed-dev ## Type a million updates into a room, pack them, read them back; two hours
	$(bin)/python -m tests.long_room

.PHONY: soak-rooms
soak-rooms: .venv/.installed-dev $(clients) ## Let mixed clients edit while the server dies: CASES=2000 rooms
	$(bin)/python -m tests.sync.convergence --cases $(or $(CASES),2000)

.PHONY: compare-starts
compare-starts: .venv/.installed-dev ## Compare over 800 programs over a cold and a warm start
	@scripts/system-needs
	$(bin)/python -m tests.starts

.PHONY: soak-runs
soak-runs: .venv/.installed-dev ## Run 10,000 programs, a tenth of them hostile; nothing may grow or be left
	@scripts/system-needs
	$(bin)/python -m tests.soak_runs --runs 10000

.PHONY: bench-runs
bench-runs: .venv/.installed-dev ## Measure runs anew for docs/performance.md; takes half an hour
	@scripts/system-needs
	@scripts/bench-peers runs
	$(bin)/python -m bench.runs

.PHONY: bench-rooms
bench-rooms: .venv/.installed-dev ## Measure rooms anew for docs/performance.md; TRACE=file is what is typed; takes an hour
	@scripts/system-needs
	@scripts/bench-peers rooms
	$(bin)/python -m bench.rooms $(if $(TRACE),--trace $(TRACE))

.PHONY: bench-client
bench-client: .venv/.installed-dev $(client_built) ## Measure the web client in Chromium for docs/performance.md; takes a minute
	@scripts/system-needs
	$(bin)/python -m bench.browser

.PHONY: screenshots
screenshots: .venv/.installed-dev $(client_built) ## Take the pictures of docs/screenshots anew
	@scripts/system-needs
	$(bin)/python -m tests.browser.screenshots

.PHONY: replay-traces
replay-traces: .venv/.installed-dev ## Replay editing traces through real sockets: TRACES=folder
	$(bin)/python -m bench.rooms.replay $(TRACES)

.PHONY: test-hostile
test-hostile: .venv/.installed-dev ## Run hostile programs as root, and as users with and without a control group
	@scripts/system-needs
	HOSTILE_EXAMPLES=$${HOSTILE_EXAMPLES:-100} $(bin)/python -m tests.modes -- -n auto --timeout 900 tests/hostile

.PHONY: test-guest
test-guest: .venv/.installed-dev ## Run hostile programs in a QEMU guest that has control groups of version 2 only
	@scripts/system-needs
	$(bin)/python -m tests.guest -- --timeout 1800 $(if $(filter tests,$(T)),tests/hostile,$(T))

.PHONY: soak-connections
soak-connections: .venv/.installed-dev ## Hold 10,000 connections half open; the server serves everybody else
	HALF_OPEN=10000 $(bin)/pytest -n 0 tests/web/test_connections.py -k half_open

.PHONY: soak-api
soak-api: .venv/.installed-dev ## Send made-up requests for 10 minutes, with and without credentials: SECONDS=600
	@scripts/system-needs
	$(bin)/python -m tests.soak_api --seconds $(or $(SECONDS),600)

.PHONY: lock
lock: ## Pin the dependencies that pyproject.toml asks for; UPGRADE=1 takes newer ones
	scripts/lock $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean: ## Remove what was installed and built; data stays
	rm -rf .venv .tools .coverage .coverage.* htmlcov build dist \
		.mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis .import_linter_cache
	rm -rf tests/*/node/node_modules client/node_modules src/algoroom/api/client
	find $(sources) -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.installed: requirements.lock pyproject.toml
	@echo "installing the packages of requirements.lock"
	@scripts/install requirements.lock
	@touch $@

.venv/.installed-dev: requirements-dev.lock pyproject.toml
	@echo "installing the packages of requirements-dev.lock"
	@scripts/install requirements-dev.lock
	@touch $@ .venv/.installed

$(clients): tests/%/node/node_modules/.installed: tests/%/node/package-lock.json tests/%/node/package.json
	@echo "installing the packages of tests/$*/node"
	@scripts/npm ci --prefix tests/$*/node
	@touch $@

$(client_packages): client/package-lock.json client/package.json
	@echo "installing the packages of the web client"
	@scripts/npm ci --prefix client
	@touch $@

$(client_built): $(client_packages) $(shell find client/src -type f 2>/dev/null) $(addprefix client/,index.html room.html vite.config.ts compress.ts)
	@scripts/npm run build --prefix client
	@touch $@
