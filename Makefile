# Inside BERT. `make lab` is all a learner needs; `make` alone lists the rest.
# PYTHON=/path/to/python chooses the Python that .venv is made from, ARGS="..." goes to the command that is run.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& { command -v "$$p"; break; }; done)
RUN = .venv/bin/python
ARGS ?=
# Three files at a time, each on one thread, in the order that conftest.py gives them: a journey in the browser waits much
# and leaves two cores something to do.
PYTEST = OMP_NUM_THREADS=1 $(RUN) -m pytest --nbval -n 3 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help install install-test lab test test-other-cpu doctor notebooks notebooks-check exercise site bench lint clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: python ## Make .venv and install the course into it
	@"$(PYTHON)" tools/install.py

install-test: python
	@"$(PYTHON)" tools/install.py test

lab: install ## Open the course in JupyterLab
	@$(RUN) -m course_utils.start $(ARGS)

test: install-test ## Run every test and every notebook
	$(PYTEST) $(ARGS)

test-other-cpu: install-test ## Compare the lessons once more as a CPU without vector instructions, on one thread
	ATEN_CPU_CAPABILITY=default $(PYTEST) -n 2 notebooks $(ARGS)

doctor: install ## Say what is wrong with this installation, and what to do
	@$(RUN) -m course_utils.health

notebooks: install-test ## Build the notebooks from sources/ and course_utils/reference/
	@$(RUN) -m tools.stubs
	@$(RUN) -m tools.build $(ARGS)

notebooks-check: install-test ## Fail if a committed notebook is not what its source gives
	@$(RUN) -m tools.stubs --check
	@$(RUN) -m tools.build --check $(ARGS)

exercise: install-test ## Prove one exercise and build its notebooks: make exercise NAME=gelu
	@test -n "$(NAME)" || { echo "Which exercise? make exercise NAME=gelu" >&2; exit 2; }
	@$(RUN) -m tools.exercise "$(NAME)"

site: install-test ## Build the web edition into .build/site/html
	@$(RUN) -m tools.site $(ARGS)

bench: install-test ## Measure start, check latency, memory and the notebooks' time
	@$(RUN) -m bench $(ARGS)

lint: install-test ## Check style, format and spelling
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m codespell_lib

clean: ## Remove what was made here, .venv included; your notebooks and progress stay
	rm -rf .venv .venv.old .venv.scrap .venv.lock .build .jupyter .pytest_cache .ruff_cache artifacts *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: python
python:
	@test -n "$(PYTHON)" || { echo "This course needs Python 3.11, 3.12 or 3.13, and found none of them. Install" \
	"one, or name one that you have: make lab PYTHON=/path/to/python3.12" >&2; exit 1; }
