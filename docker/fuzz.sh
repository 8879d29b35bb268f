#!/usr/bin/env bash
# Searches for inputs that break what reads bytes from outside, with libFuzzer and the address sanitizer.
#
# docker/fuzz.sh [--seconds N] [--folder DIR] [TARGET...]      N seconds a target (60), all targets unless some are named
#
# New inputs are kept in DIR (.build/fuzzing), what broke a target as DIR/TARGET-crash-..., which belongs into
# Tests/Fuzzing/Corpus/TARGET once it is mended. The last lines are a table: executions, coverage, inputs kept.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=60
folder=.build/fuzzing
targets=()
while [ $# -gt 0 ]; do
    case "$1" in
    --seconds) seconds="$2" && shift 2 ;;
    --folder) folder="$2" && shift 2 ;;
    --help) sed -n '2,8s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) targets+=("$1") && shift ;;
    esac
done
if [ ${#targets[@]} -eq 0 ]; then
    targets=(sql expressions json state checkpoint redo requests records journal metadata configuration)
fi

docker/packages.sh git pkg-config librdkafka-dev libpq-dev
export MILLRACE_FUZZ=1
# A state that is refused leaves its memory to the process: leaks are looked for by the soak test.
export ASAN_OPTIONS=detect_leaks=0
swift build -c release --product Fuzz --scratch-path .build/fuzz
program="$(swift build -c release --product Fuzz --scratch-path .build/fuzz --show-bin-path)/Fuzz"

failed=0
table="target executions coverage features kept seconds result"
for target in "${targets[@]}"; do
    export MILLRACE_FUZZ_TARGET="$target"
    seeds="$folder/seeds/$target"
    kept="$folder/corpus/$target"
    mkdir -p "$seeds" "$kept" "Tests/Fuzzing/Corpus/$target"
    MILLRACE_FUZZ_SEEDS="$seeds" "$program"
    dictionary=()
    if [ -s "$seeds.dict" ]; then dictionary=("-dict=$seeds.dict"); fi
    result=passed
    "$program" "$kept" "$seeds" "Tests/Fuzzing/Corpus/$target" "${dictionary[@]}" -max_total_time="$seconds" \
        -timeout=20 -rss_limit_mb=2048 -detect_leaks=0 -use_value_profile=1 -max_len=16384 -print_final_stats=1 \
        -artifact_prefix="$folder/$target-" >"$folder/$target.log" 2>&1 || { result=FAILED && failed=1; }
    last="$(grep -aE '^#[0-9]+.*cov: ' "$folder/$target.log" | tail -1)"
    executions="$(grep -a 'number_of_executed_units' "$folder/$target.log" | tail -1 | awk '{ print $2 }')"
    field() { echo "$last" | grep -oE "$1: [0-9]+" | awk '{ print $2 }'; }
    table+=$'\n'"$target ${executions:-?} $(field cov) $(field ft) $(find "$kept" -type f | wc -l) $seconds $result"
    echo "$table" | tail -1
done
echo "$table" | column -t
exit $failed
