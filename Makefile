# Two commands do all the set-up: `make demo` runs the main job in the sandbox, `make test` passes the tests.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/ready
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
.PHONY: help demo sandbox test e2e grants lint transformed audit package schema lock bench bench-judge year chaos clean

help:  ## This list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(READY): requirements-dev.txt
$(AUDIT)/ready: tools/audit/requirements.txt
$(READY) $(AUDIT)/ready:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "lambda-canary needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@echo "Installing $< into $(@D) (once) ..."
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

demo: $(READY)  ## Three rollouts in the sandbox: promoted, rolled back, a group rolled back
	@$(BIN)/python -m sandbox.demo

sandbox: $(READY)  ## The sandbox as a server for the `aws` command (PORT=4600 SPEED=60 EMPTY=)
	@exec $(BIN)/python -m sandbox.server --port '$(PORT)' --speed '$(SPEED)' $(if $(EMPTY),--empty)

# In the order of the folders: those of one folder share a stack, and one worker's last files are short ones.
test: $(READY)  ## All tests, on two cores
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder tests

e2e: $(READY)  ## The README's commands, from `sam build` to `sam delete`, against the sandbox
	@$(BIN)/pytest tests/e2e

grants: $(READY)  ## What the stack's roles may do, and whether a scenario needed it
	@$(BIN)/pytest -n 2 --dist loadfile --grants tests/scenario

lint: $(READY) transformed  ## ruff, mypy, cfn-lint, sam validate, and the state machine's definition
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy functions sandbox benchmarks tools
	$(BIN)/cfn-lint template.yaml
	$(BIN)/cfn-lint build/transformed.json
	$(BIN)/sam validate --lint
	$(BIN)/pytest tests/contract/test_asl.py tests/contract/test_definition.py

transformed: $(READY)
	@mkdir -p build
	@$(BIN)/python -m sandbox.cloudformation template.yaml > build/transformed.json

audit: $(AUDIT)/ready transformed  ## checkov on the template, pip-audit on the locked requirements
	$(AUDIT)/bin/python -m tools.audit.template build/transformed.json
	$(AUDIT)/bin/python -m tools.audit.requirements functions/requirements.txt requirements-dev.txt tools/audit/requirements.txt

package: $(READY)  ## The zip that deploys without being built, in build/release
	@$(BIN)/sam build
	@$(BIN)/python -m tools.release.bundle .aws-sam/build build/release

bench: $(READY)  ## The figures the project promises, each against its limit
	@PYTHONPATH=functions $(BIN)/python -m tests.bench

year: $(READY)  ## A rollout of a year with a check a minute, in the sandbox, at about 100 checks a second (YEAR='--days 30 --fault-day 25')
	@PYTHONPATH=functions $(BIN)/python -m tests.bench.year $(YEAR)

bench-judge: $(READY)  ## The judge against five other rules, on the same traffic; draws docs/judge.svg
	@PYTHONPATH=functions $(BIN)/python -m benchmarks.judge

chaos: $(READY)  ## Every single fault, and pairs of them: every rollout must end whole
	@$(BIN)/python -m tests.chaos

schema: $(READY)  ## Write docs/input.schema.json anew, from the code
	@PYTHONPATH=functions $(BIN)/python -m tests.contract.input_schema

lock:  $(READY) ## Pin the requirements (functions/, -dev and tools/audit/) with hashes
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header functions/requirements.in -o functions/requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header tools/audit/requirements.in -o tools/audit/requirements.txt

clean:  ## Remove what was built
	rm -rf build .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis
