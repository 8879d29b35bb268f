#!/usr/bin/env bash
# Runs the same SQL over the same data and the same broker through Millrace and, if its connector is given, through Flink, and
# prints what an event cost each. Both results are compared with the right answer.
#
#   docker/compare.sh                                   Millrace alone
#   docker/compare.sh --connector flink-sql-connector-kafka-VERSION.jar [--flink FOLDER]
#
# Flink is PyPI's apache-flink, installed under .build, unless --flink names a folder with lib. The jar must
# fit its version; it is the one that Flink's documentation of the Kafka SQL connector offers. Everything else goes to
# `Benchmarks compare` (--help prints it): --plays N, --ratings N, --parallelism N, --guarantee at-least-once, --only filter, --json ...
set -euo pipefail

flink_version=2.3.0
flink=""
connector=""
rest=()
while [ $# -gt 0 ]; do
    case "$1" in
        --connector) connector=$(realpath -m "$2"); shift 2 ;;
        --flink) flink=$(realpath -m "$2"); shift 2 ;;
        *) rest+=("$1"); shift ;;
    esac
done
cd "$(dirname "$0")/.."

docker/packages.sh git pkg-config librdkafka-dev libpq-dev libssl-dev zlib1g-dev liblz4-dev libzstd-dev
if [ -n "$connector" ]; then
    [ -r "$connector" ] || { echo "$connector is not there" >&2; exit 2; }
    docker/packages.sh default-jdk-headless
    if [ -z "$flink" ]; then
        docker/packages.sh python3-venv
        if ! compgen -G ".build/flink/lib/python3*/site-packages/pyflink/lib" >/dev/null; then
            python3 -m venv .build/flink
            # Only the Java program is used: what the Python API needs beside it is left out.
            .build/flink/bin/pip install -q --no-deps "apache-flink==$flink_version" "apache-flink-libraries==$flink_version" >&2
        fi
        flink=$(dirname "$(compgen -G ".build/flink/lib/python3*/site-packages/pyflink/lib" | head -n 1)")
    fi
    rest+=(--flink "$(realpath "$flink")" --flink-connector "$connector")
fi

echo "building release binaries; the first time takes some minutes" >&2
for product in millrace Benchmarks; do
    swift build -c release --product "$product" --explicit-target-dependency-import-check error >&2
done
exec .build/release/Benchmarks compare "${rest[@]}"
