#!/usr/bin/env bash
# Installs what the tests need and runs them all. With arguments, they go to `swift test` (--filter NAME, ...).
#
# MILLRACE_TEST_KILLS=300 docker/test.sh --filter CrashFarm kills the service that often in each variant; see Tests/EndToEndTests/CrashFarm.
# MILLRACE_TEST_BOOTSTRAP_SERVERS=host:port runs what needs a broker against that one instead of the embedded one.
# The farm on a full disk takes long and goes by itself: docker/test.sh --filter CrashFarmDiskTests.
set -euo pipefail
cd "$(dirname "$0")/.."

docker/packages.sh git pkg-config librdkafka-dev libpq-dev postgresql kcat python3-venv default-jdk-headless
# Newer and other clients for the broker's tests: without them those tests would not run.
eval "$(Tests/DevBrokerTests/Clients/install.sh .build/clients)"

checks=(--explicit-target-dependency-import-check error)
swift build --build-tests "${checks[@]}"
if [ $# -gt 0 ]; then
    swift test --skip-build "${checks[@]}" "$@"
else
    # Whole services get the machine for themselves: they are killed and timed.
    swift test --skip-build "${checks[@]}" --skip EndToEndTests
    swift test --skip-build "${checks[@]}" --filter EndToEndTests --skip CrashFarm
    swift test --skip-build "${checks[@]}" --filter CrashFarm --skip CrashFarmDiskTests
fi
