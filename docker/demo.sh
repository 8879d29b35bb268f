#!/usr/bin/env bash
# Builds Millrace and runs ratings before plays on an embedded broker and a private PostgreSQL.
# Options are those of `millrace demo`: --keep, --kill, --events N, --rate N (see --help).
set -euo pipefail
cd "$(dirname "$0")/.."

docker/packages.sh git pkg-config librdkafka-dev libpq-dev libssl-dev zlib1g-dev liblz4-dev libzstd-dev postgresql
echo "building a release binary; the first time takes some minutes" >&2
swift build -c release --product millrace --explicit-target-dependency-import-check error >&2
exec .build/release/millrace demo "$@"
