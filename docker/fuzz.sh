#!/usr/bin/env bash
# Searches for inputs that break what reads bytes from outside, with libFuzzer and the address sanitizer.
#
# docker/fuzz.sh [--seconds N] [--jobs N] [--folder DIR] [TARGET...]      N seconds a target (60), N targets at a time (1), all unless named
#
# New inputs are kept in DIR (.build/fuzzing), what broke a target as DIR/TARGET-crash-..., which belongs into
# Tests/Fuzzing/Corpus/TARGET once it is mended. The last lines are a table: executions, coverage, inputs kept, seconds of processor time.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=60
jobs=1
folder=.build/fuzzing
targets=()
while [ $# -gt 0 ]; do
    case "$1" in
    --seconds) seconds="$2" && shift 2 ;;
    --jobs) jobs="$2" && shift 2 ;;
    --folder) folder="$2" && shift 2 ;;
    --help) sed -n '2,8s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) targets+=("$1") && shift ;;
    esac
done
if [ ${#targets[@]} -eq 0 ]; then
    targets=(sql expressions json state checkpoint redo requests records fetched journal metadata configuration)
fi

docker/packages.sh git pkg-config librdkafka-dev libpq-dev libssl-dev zlib1g-dev liblz4-dev libzstd-dev
export MILLRACE_FUZZ=1
# A state that is refused leaves its memory to the process: leaks are looked for by the soak test.
export ASAN_OPTIONS=detect_leaks=0
swift build -c release --product Fuzz --scratch-path .build/fuzz
program="$(swift build -c release --product Fuzz --scratch-path .build/fuzz --show-bin-path)/Fuzz"

# Runs one target and leaves its line of the table.
fuzz() {
    local target="$1" seeds="$folder/seeds/$1" kept="$folder/corpus/$1" result=passed dictionary=()
    local log="$folder/$1.log"
    export MILLRACE_FUZZ_TARGET="$target"
    mkdir -p "$seeds" "$kept" "Tests/Fuzzing/Corpus/$target"
    MILLRACE_FUZZ_SEEDS="$seeds" "$program"
    if [ -s "$seeds.dict" ]; then dictionary=("-dict=$seeds.dict"); fi
    "$program" "$kept" "$seeds" "Tests/Fuzzing/Corpus/$target" "${dictionary[@]}" -max_total_time="$seconds" \
        -timeout=20 -rss_limit_mb=2048 -detect_leaks=0 -use_value_profile=1 -max_len=16384 -print_final_stats=1 \
        -artifact_prefix="$folder/$target-" >"$log" 2>&1 || result=FAILED
    local last executions used
    last="$(grep -aE '^#[0-9]+.*cov: ' "$log" | tail -1)"
    executions="$(grep -a 'number_of_executed_units' "$log" | tail -1 | awk '{ print $2 }')"
    # The processor time of this shell's children: the target alone. A pipe would ask a shell without children.
    times >"$folder/$target.times"
    used="$(tail -1 "$folder/$target.times" | awk -F'[ms ]' '{ print int($1 * 60 + $2) }')"
    field() { echo "$last" | grep -oE "$1: [0-9]+" | awk '{ print $2 }'; }
    echo "$target ${executions:-?} $(field cov) $(field ft) $(find "$kept" -type f | wc -l) $used $result" | tee "$folder/$target.row"
}

rm -f "$folder"/*.row
mkdir -p "$folder"
for target in "${targets[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n || true; done
    (fuzz "$target") &
done
wait
{ echo "target executions coverage features kept cpu-seconds result" && cat "$folder"/*.row; } | column -t
# A target that could not even begin has no line.
[ "$(cat "$folder"/*.row | grep -c 'passed$')" -eq ${#targets[@]} ]
