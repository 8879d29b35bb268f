#!/usr/bin/env bash
# Installs what the tests need and runs them all. With arguments, they go to `swift test` (--filter NAME, ...).
#
# MILLRACE_TEST_BOOTSTRAP_SERVERS=host:port runs what needs a broker against that one instead of the embedded one.
set -euo pipefail
cd "$(dirname "$0")/.."

docker/packages.sh git pkg-config librdkafka-dev libpq-dev postgresql kcat python3-venv default-jdk-headless

checks=(--explicit-target-dependency-import-check error)
swift build --build-tests "${checks[@]}"
swift test --skip-build "${checks[@]}" "$@"
