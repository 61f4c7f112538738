#!/bin/sh
# One fuzz target, from the folder of the unit tests' makefile, which sets BUILD
# and SECONDS.  What it says comes at once and in one piece, since others run
# beside it; what libFuzzer says, only of a failure.
#   run.sh fuzz_NAME
name=$1
found=$BUILD/fuzz/found_$name
log=$BUILD/fuzz/$name.log

mkdir -p "$found"
# shellcheck disable=SC2086
if "$BUILD/fuzz/$name" -max_total_time="$SECONDS" -timeout=10 -max_len=4096 \
	-artifact_prefix="$BUILD/fuzz/$name-" -verbosity=0 -print_final_stats=1 \
	"$found" "../fuzz/corpus/${name#fuzz_}" >"$log" 2>&1
then
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	echo "ok - $name, $runs runs"
else
	{
		echo "not ok - $name"
		sed 's/^/# /' "$log"
	} >"$log.said"
	cat "$log.said"
	exit 1
fi
