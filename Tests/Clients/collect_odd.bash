# shellcheck shell=bash disable=SC2154  # variables of `collect`
# What `tracer-bench collect` makes of outputs that fail, of processes that end late or not at all,
# of surroundings it is started in, and of programs that are broken. Sourced by `collect`.

odd="$scratch/odd"
gcc "${instrumented[@]}" -I"$prefix/include" "$clients/c/odd.c" -o "$odd" "${link[@]}" \
  -ltracer_shm -pthread -ldl
gcc "${instrumented[@]}" -fPIC -shared -Dplugin_leaf=first_leaf "$clients/c/plugin.c" \
  -o "$scratch/first.so"
gcc "${instrumented[@]}" -fPIC -shared -Dplugin_leaf=second_leaf "$clients/c/plugin.c" \
  -o "$scratch/second.so"
shm="/tracer-collect-odd-$$"
trap 'rm -rf "$scratch" "/dev/shm$shm"' EXIT
agent="$prefix/lib/libtracer_instrument.so"

# Starts collect without waiting; sets `running`.
start() {
  rm -f "$scratch/trace"
  "$bench" collect --output "$scratch/trace" "$@" >"$scratch/output" 2>"$scratch/errors" &
  running=$!
}
# Waits until a line of digits is in the output: the number of a process, which is set as `child`.
await_child() {
  child=''
  for ((try = 0; try < 600; try++)); do
    child="$(grep -m 1 -E '^[0-9]+$' "$scratch/output" 2>/dev/null || true)"
    [ -z "$child" ] || return 0
    sleep 0.05
  done
}
await() {
  code=0
  wait "$running" || code=$?
}
# What `recover --takeover` adds to the trace: sets `added`.
take_over() {
  "$bench" recover "$@" --takeover --format binary --output "$scratch/trace" \
    2>"$scratch/recovered" || true
  added="$(sed -n 's/.*: \([0-9]*\) records added.*/\1/p' "$scratch/recovered")"
  added="${added:-0}"
}
at_least() { [ "$1" -ge "$2" ]; }

# The output cannot grow, in effect a full disk: a region with a name stays.
for region in "shm:$shm" "file:$scratch/region"; do
  rm -f "$scratch/trace"
  code=0
  (
    trap '' XFSZ
    ulimit -f 64
    exec timeout 60 "$bench" collect --output "$scratch/trace" --region "$region" --threads 1 \
      --rings 4 --ring-size 4096 -- "$scratch/traced" calls 1000000
  ) >"$scratch/output" 2>"$scratch/errors" || code=$?
  check "$region, output that cannot grow: 1" is "$code" 1
  check "$region, output that cannot grow: how to get at the rest" says --takeover
  case "$region" in
    shm:*) take_over --shm "$shm" ;;
    *) take_over "$scratch/region" ;;
  esac
  check "$region, output that cannot grow: the rest can be taken over" at_least "$added" 400
  rm -f "/dev/shm$shm" "$scratch/region"
done

# A signal while a forked child is attached: what it writes is not collected, nor its region gone.
start --forks --region "file:$scratch/region" -- "$odd" stays 100
await_child
kill -TERM "$running"
await
check "a child that stays: not 0" is "$code" 143
check "a child that stays: it is said" says "were not collected to their end"
kill -KILL "$child"
take_over "$scratch/region"
check "a child that stays: its region is there" at_least "$added" 1
rm -f "$scratch/region"

collect --forks -- "$odd" late 500
check "a child that calls first when its parent has ended: exit code" is "$code" 0
check "a child that calls first when its parent has ended" calls leaf 500
start --forks -- "$odd" idle
await_child
kill -TERM "$running"
await
check "a child that never calls nor ends: a signal ends the collection" is "$code" 0
check "a child that never calls nor ends: it is said" says "processes of the program go on"
kill -KILL "$child"

collect -- "$odd" thread 500
check "threads of a forked child are not traced" is "$(grep -c ' leaf$' "$scratch/errors")" 0
collect -- "$odd" reload "$scratch/first.so" "$scratch/second.so" 70
check "an object at the addresses of another: $(cat "$scratch/output")" calls second_leaf 140
check "an object at the addresses of another: the first" calls first_leaf 70
collect --threads 4 -- "$odd" begins 20
check "signals at the beginning of threads: all accounted for" is "$((events + lost))" "$counted"
"$bench" recover "$scratch/trace" --format jsonl 2>/dev/null |
  sed -n 's/.*"lane":"index".*"sequence":0,"type":\([0-9]*\).*/\1/p' | sort -u >"$scratch/first"
check "the first record of a lane says whose it is" is "$(cat "$scratch/first")" 3

# A program that says what is not so.
truncate -s 4T "$scratch/sparse"
# Two sections over the whole file: symbols and their names.
python3 - "$scratch/sparse" <<'END'
import struct, sys
size = 4 << 40
ident = b"\x7fELF\2\1\1" + bytes(9)
header = struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 0, 64, 0, 64, 0, 0, 64, 2, 0)
section = lambda kind, link: struct.pack("<IIQQQQIIQQ", 0, kind, 0, 0, 0, size, link, 0, 8, 24)
with open(sys.argv[1], "r+b") as file:
    file.write(ident + header + section(2, 1) + section(3, 0))
END
collect -- "$odd" module "$scratch/sparse"
check "a module of 4 TiB: exit code" is "$code" 0
check "a module of 4 TiB has no names" says "sparse+0x2000"
collect -- "$odd" slot 10
check "a thread slot whose word is none: there is an end" is "$code" 1
check "a thread slot whose word is none: something is left" says "records are lost"
collect --rings 1024 -- "$odd" addresses 1100000
check "functions without end are told apart up to a bound" says "beyond the first 1048576"
check "functions without end: every event is in the file" is "$((events + lost))" "$counted"

# Surroundings.
ignoring() {
  rm -f "$scratch/trace"
  code=0
  env --ignore-signal=HUP,CHLD "$bench" collect --output "$scratch/trace" -- "$@" \
    >"$scratch/output" 2>"$scratch/errors" || code=$?
}
ignoring "$scratch/traced" calls 3
check "ends of children ignored: the exit code is the program's" is "$code" 0
ignoring grep SigIgn /proc/self/status
ignored=$((16#$(awk '{print $2}' "$scratch/output")))
check "what was ignored is ignored in the program" is "$((ignored & 0x10001))" "$((0x10001))"
rm -f "$scratch/trace2"
LD_PRELOAD="$scratch/count_hooks.so" timeout 60 "$bench" collect --output "$scratch/trace2" \
  --preload "$agent" -- /bin/sh -c "echo \$LD_PRELOAD; exec '$scratch/unlinked' calls 9" \
  2>"$scratch/errors" >"$scratch/output" || true
check "--preload comes before what the user loads first" is "$(cat "$scratch/output")" \
  "$agent:$scratch/count_hooks.so"
collect --preload /nonexistent.so -- "$scratch/unlinked" calls 9
check "--preload without a file: 1" is "$code" 1
check "--preload without a file: one line that names it" one_line
check "--preload without a file: its name" says /nonexistent.so
