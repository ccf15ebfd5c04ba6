# Two commands for a newcomer: `make demo` and `make test`. Both do their own set-up.
.PHONY: setup demo test test-services test-extras test-train check check-page clean

STAMP := .venv/.plumeline
RUN_STAMP := .venv/.plumeline-run

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

$(RUN_STAMP): pyproject.toml scripts/setup
	sh scripts/setup
	@touch $@

$(STAMP): pyproject.toml scripts/setup
	sh scripts/setup dev
	@touch $@ $(RUN_STAMP)

setup: $(STAMP) ## Make .venv with everything for developing

demo: $(RUN_STAMP) ## Fly sample patrols into a station of its own, in your browser
	.venv/bin/plumeline demo $(DEMO)

test: $(STAMP) ## Checks and tests
	sh scripts/check
	sh scripts/test

test-services: $(STAMP) ## Tests with Debian's mosquitto, PostgreSQL, Chromium and EGM96 (installs them; needs root)
	sh scripts/services
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -e ".[dev,postgres]" playwright axe-playwright-python
	sh scripts/test --reruns 1 -m "broker or postgres or browser or geoid"  # a browser without a GPU may be late once; -ra tells

test-extras: $(STAMP) ## Tests of the small extras: flight logs, video, evidence, terrain, exports, OpenVINO, plots
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -e ".[dev,logs,evidence,terrain,geoparquet,openvino,plots]"
	sh scripts/test tests/ingest tests/tools tests/alerts/test_export_geoparquet.py tests/detect/test_engines.py tests/detect/test_scoring.py \
	  tests/plumeline/test_bundle.py tests/plumeline/test_bundle_stamp.py tests/plumeline/test_isolated.py \
	  tests/plumeline/test_terrain_files.py tests/plumeline/test_upload_every_file.py \
	  tests/plumeline/test_upload_video.py tests/plumeline/test_video_apart.py

test-train: $(STAMP) ## Tests of the extra `train` (installs torch: about 6.5 GB)
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -e ".[dev,train]"
	sh scripts/test -m train

check: $(STAMP) ## ruff, mypy, import-linter
	sh scripts/check

check-page: ## TypeScript over the modules of the page (needs npm; writes nothing)
	! npx --yes --package typescript@5 tsc --project jsconfig.json | grep '^plumeline/web/static/[a-z_]*\.js(' | grep -v TS2345

clean: ## Remove what was made here, not what was recorded
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache dist
