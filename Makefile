# Thin on purpose: each target is one script or one cargo command.
.DEFAULT_GOAL := help
.PHONY: help demo test check api-check conformance lint fmt connectors guests screenshots bench bench-api bench-console bench-spine bench-sync bench-fair faults setup

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: ## build, start a simulated PMS and the gateway, walk the six steps, keep serving (EXIT=1: stop after the table)
	@scripts/demo.sh

test: ## everything that a change must pass
	@scripts/test.sh

check: fmt lint ## the quick part of test: format and lints

lint: ## clippy, warnings denied
	@scripts/step.sh lint cargo clippy --workspace --all-targets --locked -- --deny warnings

fmt: ## is everything formatted?
	@scripts/step.sh fmt cargo fmt --all --check

connectors: ## build the connectors for wasm32-wasip2
	@scripts/components.sh connectors

guests: ## build the hostile and minimal guests of the tests for wasm32-wasip2
	@scripts/components.sh tests/guests

conformance: ## every connector, and a broken component for each clause, before the conformance suite: target/conformance/conformance.json
	@scripts/conformance.sh

screenshots: ## pictures of every page of the console in every state, into target/screenshots
	@scripts/browser.sh screenshots

bench: ## every figure: all the bench-* targets, one after the other; fails at the end if a ceiling was not met
	@scripts/bench.sh

bench-console: ## how fast the console's pages are, into target/bench/console.json
	@scripts/browser.sh bench

faults: ## kill, stop, cut and lie to real gateways, into target/faults/faults.json (SEEDS=200 SEED_BASE=n, or SEED=n alone)
	@scripts/faults.sh "$(SEEDS)" "$(SEED_BASE)" "$(SEED)"

bench-sync: ## figures of the engine beside their ceilings, into target/bench/sync.json
	@scripts/bench-sync.sh sync

bench-fair: ## a thousand small integrations beside a large one, into target/bench/fair.json
	@scripts/bench-sync.sh fair

bench-api: ## figures of the API, kept answers beside nginx, into target/bench/api.json
	@scripts/bench-api.sh

bench-spine: ## figures of the whole path, into target/bench/spine.json
	@scripts/bench-spine.sh

api-check: ## the API against its own OpenAPI document, into target/api/api.json
	@scripts/api-check.sh

setup: ## install what is missing on Debian or Ubuntu, saying what
	@scripts/setup.sh
