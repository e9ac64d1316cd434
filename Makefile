# Two commands do all the set-up: `make demo` runs the main job in the sandbox, `make test` passes the tests.
# The Python that makes the environments; once there is one, its own.
PYTHON ?= $(if $(shell $(BIN)/python -c 'print(1)' 2>/dev/null),$(BIN)/python,python3)
VENV   := .venv
BIN    := $(VENV)/bin
AUDIT  := .venv-audit
# Of `make sandbox`: where it listens, how much faster than the wall clock its time runs, and, with EMPTY=1, without
# the application, for `sam deploy`.
PORT   ?= 4600
SPEED  ?= 60

# Nothing here talks to AWS: the tools that want credentials or a region get made-up ones.
export AWS_ACCESS_KEY_ID := none
export AWS_SECRET_ACCESS_KEY := none
export AWS_DEFAULT_REGION := us-east-1
export SAM_CLI_TELEMETRY := 0
unexport AWS_PROFILE

.DEFAULT_GOAL := help
.PHONY: help ready ready-demo ready-audit demo sandbox test test-all e2e browser grants lint says-lint says-audit transformed audit package docs lock bench bench-judge year chaos clean

help:  ## This list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# What the environments hold: `ready-demo` what the demo runs, `ready` that and all else, `ready-audit` what audits.
ready-demo:  HOLDS := $(VENV) requirements-demo.txt
ready:       HOLDS := $(VENV) requirements-demo.txt requirements-dev.txt
ready-audit: HOLDS := $(AUDIT) tools/audit/requirements.txt
ready-demo ready ready-audit:
	@command -v '$(PYTHON)' >/dev/null || { echo 'There is no $(PYTHON) here: lambda-canary needs Python 3.11 or newer.' >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python %s is too old: lambda-canary needs 3.11 or newer, as in make PYTHON=python3.12 ..." % sys.version.split()[0])'
	@'$(PYTHON)' -m tools.install $(HOLDS)

demo: ready-demo  ## Three rollouts in the sandbox: promoted, rolled back, a group rolled back
	@$(BIN)/python -m sandbox.programs.demo

sandbox: ready  ## The sandbox as a server for the `aws` command (PORT=4600 SPEED=60 EMPTY=)
	@exec $(BIN)/python -m sandbox.programs.server --port '$(PORT)' --speed '$(SPEED)' $(if $(EMPTY),--empty)

# What takes long says so before it begins; what prints nothing for minutes has -vv, a line a test.
says = @echo "make $@ takes about $(1) on two idle cores."

# In the order of the folders: those of one folder share a stack, and one worker's last files are short ones.
PYTEST = $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder
test: ready  ## The tests, but for those that are marked as long
	$(call says,4 minutes)
	@$(PYTEST) -m 'not long' tests

test-all: ready  ## All tests, the long ones too, in random order (SEED=5 for that of the seed 5)
	$(call says,15 minutes)
	@seed=$${SEED:-$$(date +%s)}; echo "In the order of SEED=$$seed"; $(PYTEST) --random-order-bucket=package --random-order-seed=$$seed tests

e2e: ready  ## The README's commands, from `sam build` to `sam delete`, against the sandbox
	$(call says,6 minutes)
	@$(BIN)/pytest -vv tests/e2e

browser: ready  ## Foreign web pages, in a real browser, against the sandbox (needs Chromium)
	$(call says,half a minute)
	@$(BIN)/pytest -vv tests/browser

grants: ready  ## What the stack's roles may do, and whether a scenario needed it
	$(call says,2 minutes)
	@$(PYTEST) --grants tests/scenario

lint: ready says-lint transformed  ## ruff, mypy, cfn-lint, sam validate, the state machine's definition, and what make docs writes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy functions lambda_canary sandbox benchmarks tools tests
	$(BIN)/cfn-lint template.yaml
	$(BIN)/cfn-lint build/transformed.json
	$(BIN)/sam validate --lint
	$(BIN)/pytest tests/contract/test_asl.py tests/contract/test_definition.py
	PYTHONPATH=functions $(BIN)/python -m tools.docs --check

says-lint says-audit:
	@echo "make $(@:says-%=%) takes about a minute on two idle cores."

transformed: ready
	@mkdir -p build
	@$(BIN)/python -m sandbox.services.cloudformation template.yaml > build/transformed.json

audit: ready-audit says-audit transformed  ## checkov on the template, pip-audit on the locked requirements
	$(AUDIT)/bin/python -m tools.audit.template build/transformed.json
	$(AUDIT)/bin/python -m tools.audit.requirements functions/requirements.txt requirements-dev.txt tools/audit/requirements.txt

package: ready  ## The zip that deploys without being built, in build/release
	@$(BIN)/sam build
	@$(BIN)/python -m tools.release.bundle .aws-sam/build build/release

bench: ready  ## The figures the project promises, each against its limit
	$(call says,6 minutes)
	@PYTHONPATH=functions $(BIN)/python -m tests.bench

year: ready  ## A rollout of a year with a check a minute, in the sandbox, at about 100 checks a second (YEAR='--days 30 --fault-day 25')
	$(call says,an hour)
	@PYTHONPATH=functions $(BIN)/python -m tests.bench.year $(YEAR)

bench-judge: ready  ## The judge against five other rules, on the same traffic; draws docs/judge.svg
	$(call says,a minute)
	@PYTHONPATH=functions $(BIN)/python -m benchmarks.judge

chaos: ready  ## Every single fault, and pairs of them: every rollout must end whole
	$(call says,an hour or more)
	@$(BIN)/python -m tests.chaos

docs: ready  ## Write what the code says into the documents: tables, proofs and docs/input.schema.json
	@PYTHONPATH=functions $(BIN)/python -m tools.docs

# Each version stays as it is while the .in files allow it; the locks of parts take theirs from the whole one.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
lock: ready  ## Pin the requirements (functions/, -demo, -dev, tools/audit/ and tools/install/) with hashes
	$(COMPILE) functions/requirements.in -o functions/requirements.txt
	$(COMPILE) requirements-dev.in -o requirements-dev.txt
	$(COMPILE) requirements-demo.in -c requirements-dev.txt -o requirements-demo.txt
	$(COMPILE) tools/audit/requirements.in -o tools/audit/requirements.txt
	$(COMPILE) tools/install/requirements.in -o tools/install/requirements.txt

clean:  ## Remove what was built
	rm -rf build .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis

.DEFAULT:
	@echo "There is no 'make $@': 'make' lists what there is." >&2; exit 2
