# One command each. `make help` lists them. Everything runs in .venv, set up from the locks on first use.
PYTHON ?= python3.10
VENV := .venv
PY := $(VENV)/bin/python
# what answers; what trains, too; what tests, too
SERVER := $(VENV)/.installed-serve
STAMP := $(VENV)/.installed
TESTS := $(VENV)/.installed-test
AUDIT := .venv-audit
INSTALL = $(PY) -m pip install --quiet --no-deps --require-hashes --disable-pip-version-check -r
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONWARNINGS := ignore

# the words given to make reach the programs as they are, whatever stands in them
export ANYWAY REASON

.PHONY: help install server run workbench cluster soak review train compare promote rollback models release tune test test-fast screenshots check variants directory evaluate changes bench spread demo fuzz audit vocabulary sbom lock clean
.DEFAULT_GOAL := help

help:  ## this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

# what is there stays: a bot that runs from it goes on
$(PY):
	@command -v $(PYTHON) > /dev/null || { echo "$(PYTHON) is not here, and Rasa 3.6 runs with no later Python. docs/one-machine.md says how to get it; or: make PYTHON=/path/to/python3.10" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

install: $(STAMP)  ## set up .venv with what trains and answers
$(STAMP): requirements-train.lock | $(PY)
	$(INSTALL) requirements-train.lock
	touch $(STAMP)

server: $(SERVER)  ## set up .venv with what answers only (0.8 GB): the model comes from elsewhere
$(SERVER): requirements-serve.lock | $(PY)
	$(INSTALL) requirements-serve.lock
	touch $(SERVER)

$(TESTS): requirements-test.lock | $(STAMP)
	$(INSTALL) requirements-test.lock
	touch $(TESTS)

run: $(STAMP)  ## start the bot and print the address of the page
	$(PY) -m signpost.cli.run

workbench: $(STAMP)  ## the same, with the volunteers' page
	SIGNPOST_WORKBENCH=1 $(PY) -m signpost.cli.run

cluster: $(STAMP)  ## nginx, BOTS=2 bots, two action servers and Redis on this machine, from deploy/
	$(PY) -m signpost.cli.cluster

review: $(STAMP)  ## walk through what volunteers found (review/): accept, correct, drop
	$(PY) -m signpost.cli.review

train: $(STAMP)  ## train a candidate from the training messages as they stand
	$(PY) -m signpost.cli.models train $(if $(QUICK),--quick)

compare: $(STAMP)  ## the candidate against the model in use: table, and reports/comparison.html
	$(PY) -m signpost.cli.models compare $(if $(QUICK),--quick)

promote: $(STAMP)  ## put the candidate in use if nothing got worse; ANYWAY="reason" if you must
	$(PY) -m signpost.cli.models promote $(if $(QUICK),--quick) $(if $(ANYWAY),--anyway "$$ANYWAY")

rollback: $(STAMP)  ## go back to the model that was in use before
	$(PY) -m signpost.cli.models rollback $(if $(REASON),--reason "$$REASON")

models: $(STAMP)  ## list the models, and which one is in use
	$(PY) -m signpost.cli.models models

release: $(STAMP)  ## pack code, locks and the promoted model into dist/, each file with its hash
	$(PY) -m signpost.cli.release

tune: $(STAMP)  ## tune the sentence encoder and choose thresholds (about 46 minutes on two cores)
	$(PY) -m signpost.cli.tune

screenshots: $(TESTS)  ## take the pictures of docs/volunteers.md anew
	SIGNPOST_SCREENSHOTS=1 $(PY) -m pytest tests/workbench/test_screenshots.py

test: $(TESTS)  ## every test but the slow ones; SLOW=1: only those
	$(PY) tests/support/get_browser.py
	$(PY) tests/support/get_promtool.py
	$(PY) -m pytest $(if $(SLOW),-m slow)

test-fast: $(TESTS)  ## under a minute: no bot, no browser, nothing that takes seconds
	$(PY) -m pytest -m "not bot and not browser and not long and not slow"

soak: $(TESTS)  ## people talk for MINUTES=10 to a cluster whose every part is broken again and again
	$(PY) tests/deployment/soak.py --minutes $(or $(MINUTES),10) --report reports/soak.json

check: $(TESTS)  ## style, types, layers, directory, training data
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) -m signpost.cli.directory
	$(PY) -m signpost.cli.check_corpus
	$(PY) -m rasa data validate --fail-on-warnings --data data

variants: $(STAMP)  ## what each part of the pipeline is worth: reports/variants/ (hours; minutes with ARGS="--stock-every 0", without Rasa's default)
	$(PY) -m signpost.cli.ablation $(if $(MESSAGES),--messages $(MESSAGES)) $(ARGS)

directory: $(STAMP)  ## check the directory, list what to check by telephone
	$(PY) -m signpost.cli.directory

evaluate: $(STAMP)  ## how well messages are understood: reports/; MESSAGES=file.jsonl, DIALOGUES=file.jsonl: reports/file/
	$(PY) -m signpost.cli.evaluate $(if $(MESSAGES),--messages $(MESSAGES)) $(if $(DIALOGUES),--dialogues $(DIALOGUES)) $(if $(MESSAGES)$(DIALOGUES),--behaviour tests/behaviour)

changes: $(STAMP)  ## what survives marks, emoji, thanks, slips and the like, over the behaviour tests: reports/changes.json
	$(PY) -m signpost.cli.changes

bench: $(STAMP)  ## how fast the bot is beside Rasa's starter bot: ARGS="--rounds 3 --train --against old.json"
	$(PY) -m signpost.cli.bench $(ARGS)

spread: $(STAMP)  ## how the training messages are spread over labels and lengths
	$(PY) -m signpost.cli.spread

demo: $(STAMP)  ## a council's page with the widget in it, and the bot that it shows
	$(PY) -m widget.demo & demo=$$!; trap "kill $$demo" EXIT; \
		SIGNPOST_FRAME_ANCESTORS="'self' http://localhost:5006 http://127.0.0.1:5006" $(PY) -m signpost.cli.run

fuzz: $(TESTS)  ## the long form: CASES=100000 each through interface, reading and routing
	$(PY) tests/fuzz/run.py --cases $(or $(CASES),100000)

$(AUDIT)/.installed: requirements-audit.lock
	$(PYTHON) -m venv --clear $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --no-deps --require-hashes --disable-pip-version-check -r requirements-audit.lock
	touch $@

audit: $(AUDIT)/.installed  ## known holes in the locked packages, each with its line in docs/holes.yml
	$(AUDIT)/bin/python tests/supply_chain/audit.py

vocabulary: $(AUDIT)/.installed  ## write what the reader takes from packages anew: the country's towns, how common words are
	$(AUDIT)/bin/python signpost/understanding/vocabulary/from_packages.py

sbom: $(STAMP) $(AUDIT)/.installed  ## software bill of materials: reports/sbom.cdx.json
	$(AUDIT)/bin/python tests/supply_chain/sbom.py

LOCK = uv pip compile -q --python-version 3.10 --universal --generate-hashes --no-header --no-emit-index-url
lock:  ## pin all dependencies with hashes (needs uv)
	$(LOCK) --override requirements-serve.overrides requirements-serve.in -o requirements-serve.lock
	$(LOCK) --override requirements-train.overrides requirements-train.in -o requirements-train.lock
	$(LOCK) --override requirements-train.overrides requirements-test.in -o requirements-test.lock
	$(LOCK) requirements-audit.in -o requirements-audit.lock

clean:  ## remove what was built, models too; keeps the tuned encoder
	rm -rf $(VENV) $(AUDIT) .rasa .cache dist reports models/signpost-* models/in-use.json
