#!/bin/sh
# offtake's wrapper: begins a body at most once a token, and writes down how it ended.
#
#   wrapper.sh YARD TOKEN
#
# The first to make the folder YARD/fence/TOKEN wins: this wrapper, or whoever revokes the
# token. Where it cannot be made, for whatever reason, nothing is run.
yard=$1
token=$2
home=$yard/attempts/$token

mkdir "$yard/fence/$token" 2>/dev/null || exit 75
[ -z "${JOB_COMPLETION_INDEX-}" ] || true >"$yard/fence/$token/begun" # pods beside us wait for it

report() { # KIND WORDS...: a file appears under its name whole, or not at all
    kind=$1
    shift
    printf '%s\n' "$*" >"$home/$kind.part" || return
    [ "$kind" = began ] || sync "$home/$kind.part" 2>/dev/null
    mv "$home/$kind.part" "$yard/spool/$token.$kind"
}

stopped=0
body=
end_body() { # let the body and all it started end in peace, then end them
    tries=$leads # until it leads its own session it may still be a shell that swallows TERM
    while [ "$tries" -gt 0 ] && ! kill -0 "-$body" 2>/dev/null && kill -0 "$body" 2>/dev/null; do
        sleep 0.02
        tries=$((tries - 1))
    done
    kill -TERM "-$body" 2>/dev/null || kill -TERM "$body" 2>/dev/null
    (
        sleep "$grace_s"
        kill -KILL "-$body" 2>/dev/null || kill -KILL "$body" 2>/dev/null
    ) &
    killer=$!
}
stop() {
    [ "$stopped" -eq 0 ] || return
    stopped=1
    [ -z "$body" ] || end_body
}
killer=
timer=
leads=0
trap stop TERM INT HUP # before anybody can know that it began
began=$(date +%s.%N)
node=${SLURMD_NODENAME:-$(uname -n)}
report began "$began $node"

. "$home/limits" # limit_s and grace_s, whole seconds
set -a
. "$home/env"
set +a
cd "${OFFTAKE_FOLDER:-$home}" || { report ended "$began $began 72 0 $node"; exit 72; }

trap 'stopped=1; end_body' USR2 # the limit is reached

if command -v setsid >/dev/null; then
    leads=100
    setsid "$home/run" </dev/null &
else
    "$home/run" </dev/null &
fi
body=$!
[ "$stopped" -eq 0 ] || end_body # asked to stop before there was a body
me=$$
(
    trap 'kill "$nap" 2>/dev/null; exit' TERM
    sleep "$limit_s" &
    nap=$!
    wait "$nap" && kill -USR2 "$me"
) 2>/dev/null &
timer=$!

while :; do
    wait "$body"
    code=$?
    kill -0 "$body" 2>/dev/null || break # a signal interrupts `wait`; the body goes on
done
kill "$timer" $killer 2>/dev/null
report ended "$began $(date +%s.%N) $code $stopped $node"
exit "$code"
