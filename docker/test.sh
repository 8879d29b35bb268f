#!/usr/bin/env bash
# Installs what the tests need and runs them all. With arguments, they go to `swift test` (--filter NAME, ...).
#
# MILLRACE_TEST_KILLS=300 docker/test.sh --filter CrashFarm kills the service that often in each variant; see Tests/EndToEndTests/CrashFarm.
# MILLRACE_TEST_BOOTSTRAP_SERVERS=host:port runs what needs a broker against that one instead of the embedded one.
set -euo pipefail
cd "$(dirname "$0")/.."

docker/packages.sh git pkg-config librdkafka-dev libpq-dev libssl-dev zlib1g-dev liblz4-dev libzstd-dev postgresql kcat python3-venv default-jdk-headless chromium prometheus openssl
# Newer and other clients for the broker's tests: without them those tests would not run.
eval "$(Tests/DevBrokerTests/Clients/install.sh .build/clients)"

checks=(--explicit-target-dependency-import-check error)
swift build --build-tests "${checks[@]}"

# What failed is said again at the end, where a reader of a long log looks first.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() {
    if ! swift test --skip-build "${checks[@]}" "$@" 2>&1 | tee "$log"; then
        echo "failed: swift test $*" >&2
        # The names first, then what was wrong: the end of a log is what is seen of it.
        grep -E '^✘|^error:|Fatal error' "$log" | grep -v 'recorded an issue' | tail -n 40 >&2 || true
        grep -E -A 12 'recorded an issue|^error:|Fatal error' "$log" | grep -vE '^(✔|◇|--)' | cut -c -600 | tail -n 60 >&2 || true
        exit 1
    fi
}

if [ $# -gt 0 ]; then
    run "$@"
else
    # What computes for a minute on every core has it alone, and so do whole services: they are killed and timed.
    run --skip EndToEndTests --skip SimulationTests --skip FuzzingTests
    run --filter 'SimulationTests|FuzzingTests'
    run --filter EndToEndTests --skip CrashFarm --skip Failpoint --skip ZombieTests --skip BrokerFaultTests
    run --filter 'FailpointTests|ZombieTests|BrokerFaultTests' --skip FailpointsTests
    run --filter CrashFarm
    # Kernels against thresholds that are ratios to a calibration loop, so that a slow machine does not fail them. Times mean
    # something in a release build only: of the core alone it takes about 150 CPU seconds, of everything ten minutes.
    swift build -c release --product QuickBenchmarks "${checks[@]}"
    .build/release/QuickBenchmarks --check
fi
