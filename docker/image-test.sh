#!/usr/bin/env bash
# Builds the image with buildah and runs it as it is meant to be run: as its user, on a read-only root file system, without capabilities.
# Needs root, and no container engine. Prints what the image takes: bytes, milliseconds to /health/live and /health/ready, memory, CPU.
#
# docker/image-test.sh [--build-image IMAGE --runtime-image IMAGE] [--packages DIR] [--image IMAGE] [--keep]
#   --build-image, --runtime-image   base images; without them they are made of this machine's Debian release by debootstrap, and the
#                                    Swift toolchain of this machine is lent to the build
#   --packages DIR                   git repositories that stand for https://github.com/, where the build has no network
#   --image IMAGE                    tries an image that is there, and builds none
#   --keep                           leaves the images that were made here
#
# Not part of docker/test.sh: it builds for release from nothing, which takes both cores of a small machine for ten minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

build_image='' runtime_image='' packages='' image='' keep=''
while [ $# -gt 0 ]; do
    case "$1" in
    --build-image) build_image="$2" && shift 2 ;;
    --runtime-image) runtime_image="$2" && shift 2 ;;
    --packages) packages="$(realpath "$2")" && shift 2 ;;
    --image) image="$2" && shift 2 ;;
    --keep) keep=yes && shift ;;
    --help) sed -n '2,13s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) echo "$1 is no option: see docker/image-test.sh --help" >&2 && exit 64 ;;
    esac
done
[ "$(id -u)" -eq 0 ] || { echo "docker/image-test.sh mounts file systems: run it as root" >&2 && exit 1; }
docker/packages.sh buildah debootstrap curl util-linux kcat
# Without an engine there is no network of the container's own either.
if curl -s -o /dev/null http://127.0.0.1:8081/; then
    echo "something answers at port 8081 already: end it, or run this by \`unshare --net\` with lo up and --image" >&2 && exit 1
fi

work="$(mktemp -d /tmp/millrace-image.XXXXXX)"
made=() containers=() processes=()
# shellcheck disable=SC2317
finish() {
    for id in "${processes[@]}"; do kill -9 "$id" 2>/dev/null && wait "$id" 2>/dev/null || true; done
    for id in "${containers[@]}"; do buildah rm "$id" >/dev/null || true; done
    if [ -z "$keep" ]; then for id in "${made[@]}"; do buildah rmi -f "$id" >/dev/null || true; done; fi
    rm -rf --one-file-system "$work"
}
trap finish EXIT
trap 'echo "docker/image-test.sh: line $LINENO failed" >&2' ERR

fail() { echo "docker/image-test.sh: $*" >&2 && exit 1; }
now() { echo $(($(date +%s%N) / 1000000)); }

# --- Base images -----------------------------------------------------------------------------------------------------------------

# debian NAME PACKAGES [VARIABLE=VALUE...]: an image of this machine's release with these packages.
debian() {
    local name="$1" include="$2" release root container
    shift 2
    # shellcheck source=/dev/null
    release="$(. /etc/os-release && echo "$VERSION_CODENAME")"
    root="$work/$name"
    echo "making the base image $name of $release" >&2
    debootstrap --variant=minbase ${include:+--include="$include"} "$release" "$root" >"$work/$name.log" 2>&1 ||
        { tail -n 20 "$work/$name.log" >&2 && fail "debootstrap failed"; }
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
    if [ -n "$packages" ] && [ "$name" = millrace-build-base ]; then
        printf '[url "%s/"]\n\tinsteadOf = https://github.com/\n[safe]\n\tdirectory = *\n' "$packages" >"$root/etc/gitconfig"
    fi
    container="$(buildah from scratch)"
    buildah copy -q "$container" "$root" / >/dev/null
    for assignment in "$@"; do buildah config --env "$assignment" "$container"; done
    buildah commit -q --format docker "$container" "$name" >/dev/null
    buildah rm "$container" >/dev/null
    rm -rf --one-file-system "$root"
    made+=("$name")
}

# --- Building --------------------------------------------------------------------------------------------------------------------

# What a Swift toolchain needs of Debian.
toolchain_packages=binutils,ca-certificates,git,gnupg2,libc6-dev,libcurl4,libedit2,libgcc-12-dev,libncurses6,libpython3.11
toolchain_packages+=,libsqlite3-0,libstdc++-12-dev,libxml2,libz3-4,pkg-config,tzdata,zlib1g-dev

build() {
    local toolchain lent=() began
    if [ -z "$build_image" ]; then
        toolchain="$(realpath "$(dirname "$(realpath "$(command -v swift)")")/../..")"
        debian millrace-build-base "$toolchain_packages" "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$toolchain/usr/bin"
        build_image=localhost/millrace-build-base
        lent+=(--volume "$toolchain:$toolchain:ro")
    fi
    if [ -n "$packages" ]; then lent+=(--volume "$packages:$packages:ro"); fi
    if [ -z "$runtime_image" ]; then
        debian millrace-runtime-base ''
        runtime_image=localhost/millrace-runtime-base
    fi
    image=localhost/millrace-tried
    echo "building the image" >&2
    began="$(now)"
    buildah bud --isolation chroot --network host --format docker "${lent[@]}" --build-arg "BUILD_IMAGE=$build_image" \
        --build-arg "RUNTIME_IMAGE=$runtime_image" -f docker/Dockerfile -t "$image" . >"$work/build.log" 2>&1 ||
        { tail -n 40 "$work/build.log" >&2 && fail "the image could not be built"; }
    made+=("$image")
    report "image: build" "$((($(now) - began) / 1000)) s"
}

# --- Running ---------------------------------------------------------------------------------------------------------------------

report() { printf '%-44s %s\n' "$1" "$2"; }

# Takes the image apart: `root` is its file system, `variables` its environment, `user` and `group` whom it runs as.
unpack() {
    local container
    container="$(buildah from --pull-never "$image")"
    containers+=("$container")
    root="$(buildah mount "$container")"
    mapfile -t variables < <(buildah inspect --type image --format '{{range .Docker.Config.Env}}{{println .}}{{end}}' "$image" | grep .)
    IFS=: read -r user group <<<"$(buildah inspect --type image --format '{{.Docker.Config.User}}' "$image")"
    volume="$work/volume" && settings="$work/settings"
    install -d -m 0700 -o "$user" -g "$group" "$volume" "$work/broker"
    install -d -m 0755 "$settings"
}

# confined VOLUME LOG [VARIABLE=VALUE...] -- COMMAND...: runs a command as the container would, in this process's place.
confined() {
    local state="$1" log="$2" further=()
    shift 2
    while [ "$1" != -- ]; do further+=("$1") && shift; done
    shift
    # Mounts are the command's own; the order is that a container has: the root, then what lies in it.
    exec unshare --mount --propagation private bash -euc '
        root="$1" state="$2" settings="$3" user="$4" group="$5"; shift 5
        mount --bind "$root" "$root"
        mount --bind "$state" "$root/var/lib/millrace"
        mount --bind "$settings" "$root/etc/millrace" && mount -o remount,bind,ro "$root/etc/millrace"
        mount -t proc proc "$root/proc"
        mount --bind /dev "$root/dev"
        mount -t tmpfs -o size=64m,mode=1777 tmpfs "$root/tmp"
        mount -o remount,bind,ro "$root"
        exec chroot "$root" /usr/bin/setpriv --reuid "$user" --regid "$group" --clear-groups --no-new-privs \
            --inh-caps=-all --bounding-set=-all /usr/bin/env -i -C /var/lib/millrace "$@"
    ' confined "$root" "$state" "$settings" "$user" "$group" "${variables[@]}" "${further[@]}" "$@" >>"$log" 2>&1
}

# until_answers PATH: waits for 200, and prints nothing.
until_answers() {
    local deadline=$(($(now) + 60000))
    until curl -sf -o /dev/null --max-time 5 "http://127.0.0.1:8081$1"; do
        [ "$(now)" -lt "$deadline" ] || { tail -n 20 "$work/job.log" >&2 && fail "no answer at $1 within a minute"; }
        sleep 0.005
    done
}

# start: runs the job as the image's command says, and sets `job`, `live` and `ready`.
start() {
    local began
    began="$(now)"
    confined "$volume" "$work/job.log" MILLRACE_KAFKA_BOOTSTRAP_SERVERS="$brokers" MILLRACE_JOB_NAME=tried \
        MILLRACE_PARALLELISM=2 -- millrace run /etc/millrace/pipeline.sql &
    job=$!
    processes+=("$job")
    until_answers /health/live && live=$(($(now) - began))
    until_answers /health/ready && ready=$(($(now) - began))
}

# stop: ends the job as a container engine does; `status` is its exit status.
stop() {
    local began
    began="$(now)"
    kill -TERM "$job"
    status=0 && wait "$job" || status=$?
    report "$1" "$(($(now) - began)) ms, exit status $status"
    [ "$status" -eq 0 ] || { tail -n 20 "$work/job.log" >&2 && fail "the job did not end well"; }
}

cpu_milliseconds() { awk -v ticks="$(getconf CLK_TCK)" '{ print int(($14 + $15) * 1000 / ticks) }' "/proc/$job/stat"; }

# cpu_over SECONDS: the job's use of one core, in percent.
cpu_over() {
    local before
    before="$(cpu_milliseconds)"
    sleep "$1"
    awk -v used="$(($(cpu_milliseconds) - before))" -v seconds="$1" 'BEGIN { printf "%.1f %%", used / seconds / 10 }'
}

# --- What is tried ---------------------------------------------------------------------------------------------------------------

# What the image says of itself reaches those who run it.
check_settings() {
    local found
    found="$(buildah inspect --type image "$image" | tr -d ' \n')"
    for wanted in '"User":"10001:10001"' '"8081/tcp":{}' '"millrace","healthcheck"' '"Entrypoint":["millrace"]' \
        '"MILLRACE_HTTP_ADDRESS=0.0.0.0:8081"' '"/var/lib/millrace":{}' '"StopSignal":"SIGTERM"'; do
        grep -qF -- "$wanted" <<<"$found" || fail "the image does not say $wanted"
    done
}

# Nothing but the volume and /tmp can be written, and there is no right to more.
check_confinement() {
    local log="$work/confined.log"
    (confined "$volume" "$log" -- sh -c '
        grep -E "^(Uid|Gid|Groups|NoNewPrivs|CapPrm|CapEff|CapBnd|CapAmb)" /proc/self/status
        for place in / /usr/local/bin /etc/millrace /var/lib /root; do
            if (: >"$place/written") 2>/dev/null; then echo "wrote to $place"; fi
        done
        : >/var/lib/millrace/written && : >/tmp/written && rm /var/lib/millrace/written && echo "the volume takes files"')
    if grep -q '^wrote to' "$log" || ! grep -q 'the volume takes files' "$log"; then fail "files: $(cat "$log")"; fi
    [ "$(grep -cE '^Cap(Prm|Eff|Bnd|Amb):\s+0+$' "$log")" -eq 4 ] || fail "capabilities: $(cat "$log")"
    grep -qE "^Uid:\s+$user\s+$user\s+$user\s+$user$" "$log" || fail "user: $(cat "$log")"
    grep -qE '^NoNewPrivs:\s+1$' "$log" || fail "privileges: $(cat "$log")"
}

# A broker of the image itself, confined like the job.
start_broker() {
    (confined "$work/broker" "$work/broker.log" -- millrace broker --listen 127.0.0.1:0 --data /var/lib/millrace \
        --topic in:2 --topic out:2) &
    processes+=($!)
    local deadline=$(($(now) + 30000))
    until brokers="$(sed -n 's/^listening on //p' "$work/broker.log")" && [ -n "$brokers" ]; do
        [ "$(now)" -lt "$deadline" ] || fail "the broker did not start: $(cat "$work/broker.log")"
        sleep 0.05
    done
    cat >"$settings/pipeline.sql" <<'SQL'
CREATE TABLE t (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'in', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset');
CREATE TABLE o (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'out', 'format' = 'json');
INSERT INTO o SELECT id FROM t;
SQL
}

produce() { seq "$1" "$2" | sed 's/.*/{"id":&}/' | kcat -P -b "$brokers" -t in; }

# expect_rows COUNT: each of the rows 1 to COUNT is committed once.
expect_rows() {
    timeout 60 kcat -C -q -b "$brokers" -t out -o beginning -c "$1" -X isolation.level=read_committed >/dev/null ||
        fail "there are not $1 rows"
    kcat -C -q -e -b "$brokers" -t out -o beginning -X isolation.level=read_committed | tr -dc '0-9\n' | sort -n >"$work/rows"
    seq 1 "$1" | cmp -s - "$work/rows" || fail "the rows are not 1 to $1, each once: $(wc -l <"$work/rows") rows"
}

# What `docker` would ask, in the container of the job.
check_health() {
    (confined "$volume" "$work/health.log" -- millrace healthcheck) || fail "not healthy: $(cat "$work/health.log")"
    grep -qx ready "$work/health.log" || fail "the health check says $(cat "$work/health.log")"
    local answer
    answer="$(curl -s -w '%{http_code}' -X POST -H 'Content-Type: application/json' -d '{}' http://127.0.0.1:8081/api/v1/pause)"
    [[ "$answer" == *MILLRACE_HTTP_TOKEN*403 ]] || fail "without a token a job answers an action by $answer"
}

measure() {
    report "idle: resident memory after 10 s" "$(sleep 10 && awk '/^VmRSS/ { printf "%.1f MB", $2 / 1000 }' "/proc/$job/status")"
    report "idle: CPU of one core" "$(cpu_over 10)"
    # What an open page asks for, as often as it does.
    (while curl -s -o /dev/null http://127.0.0.1:8081/api/v1/status; do sleep 1; done) &
    local page=$!
    processes+=("$page")
    report "idle, asked every second as by a page: CPU" "$(cpu_over 10)"
    kill "$page"
}

[ -n "$image" ] || build
report "image: size" "$(buildah images --format '{{.Size}}' "$image")"
unpack
check_settings
check_confinement
report "image: program" "$(stat -c %s "$root/usr/local/bin/millrace" | numfmt --to=si)B"
start_broker
start
report "first start: to /health/live" "$live ms"
report "first start: to /health/ready" "$ready ms"
check_health
measure
produce 1 1000
expect_rows 1000
stop "stop: to the end after SIGTERM"
start
report "start from a checkpoint: to /health/ready" "$ready ms"
produce 1001 2000
expect_rows 2000
kill -KILL "$job" && wait "$job" 2>/dev/null || true
start
report "start after SIGKILL: to /health/ready" "$ready ms"
produce 2001 3000
expect_rows 3000
stop "stop: to the end after SIGTERM"
[ "$(stat -c '%a %u' "$volume"/checkpoints)" = "700 $user" ] || fail "the checkpoints' folder: $(stat -c '%a %u' "$volume"/checkpoints)"
report "passed" "as user $user, on a read-only root file system, without capabilities"
