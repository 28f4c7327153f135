# What a person does with this folder; each word is a script in scripts/.

.PHONY: help setup run test bench screenshots clean-data

help: ## Say what there is
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## Set up what building needs (wasm target, pinned tools)
	@scripts/setup

run: ## Set up, build, and run Gesher with its sandbox and demo shop
	@scripts/run

test: ## Set up what tests need, and run every check
	@scripts/test

bench: ## Measure a release build on SQLite and on PostgreSQL
	@scripts/bench

screenshots: ## Write every screen, in both languages, light and dark, into a gallery page
	@scripts/screenshots

clean-data: ## Forget the demo's database, keys and addresses
	rm -rf data
