#!/bin/bash
# The web client in a real browser: headless Chromium, driven by playwright-core, with machines of every kind that are trained here in
# seconds. scripts/test-tools fetches playwright-core and axe-core; BOLTZ_TEST_TOOLS names their folder.
set -u
export BOLTZ_TEST_TOOLS="${BOLTZ_TEST_TOOLS:-$SOURCE_DIR/build-test/tools}"
[ -d "$BOLTZ_TEST_TOOLS/node_modules/playwright-core" ] || { echo "no playwright-core in $BOLTZ_TEST_TOOLS (scripts/test-tools): skipped"; exit 77; }
export CHROMIUM="${CHROMIUM:-$(command -v chromium-headless-shell || command -v chromium)}"
[ -x "$CHROMIUM" ] || { echo "no chromium: skipped"; exit 77; }
[ -x "$BIN_DIR/boltzd" ] && [ -x "$BIN_DIR/boltz" ] || { echo "no programs in $BIN_DIR: skipped"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/models"
python3 "$SOURCE_DIR/tests/web/make_models.py" "$BIN_DIR/boltz" "$work/models" || exit 1
cp -rL "$SOURCE_DIR/models/mnist-rbm" "$SOURCE_DIR/models/mnist-classifier" "$work/models/"
export REPOSITORY="$work/models" DATA="$work/data" BIN_DIR
node --test --test-concurrency=2 "$SOURCE_DIR"/tests/web/test_*.mjs
