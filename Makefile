# `make` shows what can be made.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:

VENV := .venv
BIN := $(VENV)/bin
DEV := $(VENV)/.dev-installed
DOCS := $(VENV)/.docs-installed
DEPLOY := $(VENV)/.deploy-installed
RELEASING := $(VENV)/.release-installed
SHELL_SCRIPTS := .ci/run $(wildcard dev/*.sh tests/container/*.sh)
YAML_FILES := .yamllint.yaml .hadolint.yaml dev/dev-sync-cfg.yml action.yml compose.yaml deploy .github
# More than a small machine has cores: many tests wait for a server.
PYTEST_WORKERS ?= 4

# Credentials of the environment, from .env where it is there.
WITH_ENV := set -a; . ./.env; set +a;

# pyenv's Pythons are on the path only one at a time.
WITH_PYENV := if command -v pyenv >/dev/null; then \
  PATH=$$PATH:$$(printf '%s:' "$$(pyenv root)"/versions/3.1[1-3].*/bin); fi;

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: dev
dev: $(DEV) .env ## make .venv with reposync and all that developing it needs

$(BIN)/python:
	@bash dev/make_venv.sh $(VENV)

$(DEV): pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

.env:
	@cp .env.example $@

.PHONY: start-dev-registry
start-dev-registry: $(DEV) ## start the development registries, and fill their source
	@$(BIN)/python -m dev.registries start

.PHONY: stop-dev-registry
stop-dev-registry: $(DEV) ## end the development registries
	@$(BIN)/python -m dev.registries stop

.PHONY: development-run
development-run: dev ## run dev/dev-sync-cfg.yml against the development registries
	@$(WITH_ENV) $(BIN)/run-reposync -c "$$($(BIN)/python -m dev.registries config)"

.PHONY: demo
demo: dev ## see it all: start the registries, sync, check every digest, sync again
	@bash dev/system_packages.sh docker-registry skopeo
	@$(WITH_ENV) $(BIN)/python -m dev.demo

.PHONY: format
format: $(DEV) ## put the code into its form
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

$(DEPLOY): pyproject.toml | $(DEV)
	@$(BIN)/python -m pip install --quiet --group deploy
	@touch $@

.PHONY: lint
lint: $(DEV) $(DEPLOY) ## check form, types, imports, scripts, and that generated files are current
	$(BIN)/ruff format --quiet --check .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/yamllint --strict $(YAML_FILES)
	$(BIN)/shellcheck $(SHELL_SCRIPTS)
	$(BIN)/hadolint --config .hadolint.yaml Dockerfile
	bash dev/check_deploy.sh $(BIN)
	$(BIN)/python -m dev.generate_docs --check
	$(BIN)/python -m dev.check_words

.PHONY: test
test: $(DEV) ## run the tests, with branch coverage
	@bash dev/system_packages.sh docker-registry skopeo htpasswd nginx nft ip zsh fish groff jq umoci chromium
	@$(BIN)/pytest -n $(PYTEST_WORKERS) --dist worksteal -m "not container" --cov --cov-report=xml --cov-report=term

# `make soak SEED=47` runs the one again that failed.
SEEDS ?= 1000
TIME ?= 300
FIRST ?= 0

.PHONY: soak
soak: $(DEV) ## put random runs with random faults on trial, for SEEDS seeds or TIME seconds
	@$(BIN)/python -m tests.soak --first $(FIRST) --seeds $(SEEDS) --time $(TIME) $(if $(SEED),--seed $(SEED))

.PHONY: fuzz
fuzz: $(DEV) ## try all that reads what others wrote with new examples, for TIME seconds
	@$(BIN)/python -m tests.property --time $(TIME)

# What `python -m bench --help` lists, such as BENCH="--workload noop --rtt 20 --rounds 5".
BENCH ?=

.PHONY: bench
bench: $(DEV) ## compare with other tools: ten minutes, or BENCH="--workload noop --rtt 20"
	@bash dev/system_packages.sh docker-registry skopeo cc
	@$(BIN)/python -m bench $(BENCH)

# `make image ENGINE=podman BUILD="--build-arg EXTRAS=aws"`; see
# docs/how-to/operate/container.md.
ENGINE ?= docker
IMAGE ?= reposync
BUILD ?=

.PHONY: image
image: $(DEV) ## build the container image, its labels filled from the checkout
	$(ENGINE) build $(BUILD) --tag $(IMAGE) \
	  --build-arg VERSION="$$($(BIN)/run-reposync --version | cut -d ' ' -f 2)" \
	  --build-arg REVISION="$$(git rev-parse HEAD)" \
	  --build-arg CREATED="$$(date -u +%Y-%m-%dT%H:%M:%SZ)" .

.PHONY: test-container
test-container: $(DEV) $(DEPLOY) ## build the container image and run it (root on Debian; minutes)
	@bash dev/system_packages.sh docker-registry skopeo mmdebstrap zstd buildah podman runc \
	  netavark aardvark-dns
	@$(BIN)/pytest -m container tests/container

.PHONY: test-all-pythons
test-all-pythons: $(DEV) ## run the tests on every supported Python that is there, by tox
	@$(WITH_PYENV) $(BIN)/tox run --skip-missing-interpreters true

.PHONY: check
check: lint docs test ## all that must hold before a change lands

$(DOCS): pyproject.toml | $(DEV)
	@$(BIN)/python -m pip install --quiet --group docs
	@touch $@

.PHONY: docs
docs: $(DOCS) ## build the documentation into site/
	@$(BIN)/zensical build --clean --strict

$(RELEASING): pyproject.toml | $(DEV)
	@$(BIN)/python -m pip install --quiet --group release
	@touch $@

# `make dist RELEASE=v0.2.0` also compares the version and the changelog with the tag.
.PHONY: dist
dist: $(RELEASING) ## build and check the wheel and the sdist
	@bash dev/make_dist.sh $(BIN)/python $(RELEASE)

.PHONY: badge
badge: $(DEV) ## draw docs/coverage.svg from the last `make test`
	@$(BIN)/genbadge coverage --local --input-file coverage.xml --output-file docs/coverage.svg

.PHONY: clean
clean: ## end the development registries and remove all that was made
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m dev.registries stop; fi
	@rm -rf $(VENV) .dev .tox .coverage coverage.xml site dist build .hypothesis
	@rm -rf .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
