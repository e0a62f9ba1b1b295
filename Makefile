# The commands of this project; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help run test check stripe bench torture verify code lock environment

# Bytecode is kept whatever the caller's shell says: without it every start compiles everything.
export PYTHONDONTWRITEBYTECODE :=

BOOTSTRAP := python3 -m config.bootstrap
PYTHON := .venv/bin/python
# A server of your own instead of the embedded one: DATABASE_URL and DATABASE_OWNER_URL.
EMBEDDED := $(if $(DATABASE_URL),--external)
# make test TESTS=tests/orders
TESTS ?=
PYTEST := $(PYTHON) -m pytest -n logical
PACKAGES := $(foreach name,config marketplace partners products orders samples benchmarks,$(if $(wildcard $(name)/__init__.py),-p $(name)))

help: ## list these commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

run: ## set everything up and serve the sample data (Ctrl-C stops all; PORT=8000)
	@$(BOOTSTRAP) $(EMBEDDED)
	@$(PYTHON) -m marketplace.serve

test: environment ## set everything up and run the tests (TESTS=path for some of them)
	@$(PYTEST) $(TESTS)

check: environment ## what CI runs: format, lint, types, import layers, tests
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy $(PACKAGES)
	@.venv/bin/lint-imports
	@$(PYTEST) $(TESTS)

stripe: environment ## run the tests of Stripe against Stripe itself, too (STRIPE_TEST_SECRET_KEY=sk_test_…)
	@case "$(STRIPE_TEST_SECRET_KEY)" in sk_test_*) ;; *) \
	  echo "make stripe needs STRIPE_TEST_SECRET_KEY, the secret key of an account in test mode"; exit 2;; esac
	@STRIPE_TEST_SECRET_KEY=$(STRIPE_TEST_SECRET_KEY) $(PYTHON) -m pytest -p no:xdist tests/orders/payments/stripe/test_adapter.py

bench: environment ## measure speed against yardsticks of the same run
	@$(PYTHON) -m benchmarks

torture: environment ## kill parts of the system during sales and count what was lost
	@$(PYTHON) -m benchmarks.torture

verify: ## check the invariants of the configured database
	@$(BOOTSTRAP) $(EMBEDDED)
	@$(PYTHON) -m marketplace.serve with $(PYTHON) -m marketplace.verify

code: ## show what a sample account's authenticator shows now (NAME=admin)
	@$(PYTHON) -m marketplace.serve with $(PYTHON) -m samples code $(or $(NAME),admin)

lock: environment ## pin the newest versions that requirements/*.in allow
	@$(PYTHON) -m venv var/lock && var/lock/bin/pip install --quiet --disable-pip-version-check uv
	@for name in runtime embedded development; do \
		var/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
			--generate-hashes --no-emit-index-url --no-header \
			requirements/$$name.in --output-file requirements/$$name.txt || exit 1; \
	done

environment:
	@$(BOOTSTRAP) --development $(EMBEDDED)
