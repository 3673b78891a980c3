# Thin: what each target does is in hack/. Each may be run again at any time.
.DEFAULT_GOAL := help
.PHONY: help init check test test-model bench-turn bench-intake bench-knowledge chaos truth contracts fmt lock up demo
.PHONY: dev image down
unexport PYTHONDONTWRITEBYTECODE # hundreds of processes start in the tests, and each would compile everything anew
bin := .venv/bin
scripts := $(shell grep -l '^.!/usr/bin/env python3' hack/* 2>/dev/null)

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

init: ## .venv from the locks
	@hack/init

check: init ## linters, types, import contracts, unit and contract tests; no services
	$(bin)/ruff check . $(scripts)
	$(bin)/ruff format --check . $(scripts)
	$(bin)/mypy
	$(bin)/lint-imports
	$(bin)/pytest -q -n auto --dist loadfile -m "not (postgres or kafka or control_plane or kind or slow or model)"

test: check ## everything: also real services, a real API server, and pods on kind
	@hack/up >/dev/null
	FTE_HOSTILE_RUNS=10000 $(bin)/pytest -q tests/agent/test_hostile.py tests/agent/test_hostile_sdk.py
	$(bin)/pytest -q -n 2 --dist loadfile -m "(postgres or kafka or control_plane or slow) and not kind"
	@eval "$$(hack/kind env)" && $(bin)/pytest -q -m kind

test-model: init ## a ticket through llama.cpp's server and a small model; at first it compiles for a quarter of an hour
	@hack/test-model

bench-turn: init ## a turn's time on one core, and what the SDK adds to it, into docs/benchmarks.md; minutes
	@$(bin)/python hack/bench-turn

bench-intake: init ## what taking a message in and working it off costs, into docs/benchmarks.md; minutes
	@$(bin)/python hack/bench-intake

bench-knowledge: init ## the search in 1,000 to 50,000 sections beside the bare statement, into docs/benchmarks.md; minutes
	@$(bin)/python hack/bench-knowledge

chaos: init ## ten minutes of random faults under steady writing; nothing may be lost or doubled
	@$(bin)/python hack/chaos

truth: init ## how long status takes to tell each of forty faults and its end, into docs/troubleshooting.md; half an hour
	@$(bin)/python hack/truth

contracts: init ## docs/contracts anew from routes and events; read the diff
	@$(bin)/python hack/contracts

fmt: init ## format and repair what linters can
	$(bin)/ruff check --fix . $(scripts)
	$(bin)/ruff format . $(scripts)

lock: init ## resolve requirements/*.txt anew from pyproject.toml
	hack/lock

up: init ## kind cluster, Kafka, PostgreSQL, image, CRDs, operator
	@hack/up

demo: up ## samples/quickstart on that cluster, a real ticket and its answer
	@eval "$$(hack/kind env)" && $(bin)/python hack/demo

dev: init ## API and worker as processes of this machine, without a cluster; Ctrl-C ends them
	@$(bin)/python hack/dev

image: init ## the container image digital-fte:dev, into the cluster where one runs
	@hack/image

down: ## end and delete what the targets above started; built tools stay
	@hack/down
