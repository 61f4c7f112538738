#!/bin/bash
# What a longer log costs, and what an early instant does not.
#   bench/growth.sh [FILES [ROUNDS]]    defaults: 150 change files, 5 rounds
#
# Three logs of the same 200,000 base rows: FILES change files of 8,000 updates,
# twice as many, and the first tenth of the second one.  A count and three
# aggregates of each, in turn; prints the medians, the peak memory of the
# backend, and the ratios: twice the log to the log, and the longer log at 10 %
# to a log of those files alone.  PostgreSQL is a private copy.
set -eu
# shellcheck source=../test/common.sh
. "$(dirname "$0")/../test/common.sh"

files=${1:-150} rounds=${2:-5}
tenth=$((files * 2 / 10))
at=$(date -u -d "@$((1704067200 + 3600 + tenth * 60))" '+%Y-%m-%d %H:%M:%S+00')

work_folder growth
finish()
{
	stop_server
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

say "building, and copying PostgreSQL to $work"
"$MAKE" -s -C "$top"
private_postgres
bindir=$(private_bindir)
say "making the logs"
gcc -O2 -o "$work/genlog" "$top/bench/genlog.c"
"$work/genlog" "$work/once" 200000 "$files" 8000 same
"$work/genlog" "$work/twice" 200000 $((files * 2)) 8000 same
"$work/genlog" "$work/tenth" 200000 "$tenth" 8000 same
chmod -R a+rX "$work"
start_server "shared_buffers = 128MB" "jit = off" "work_mem = 256MB" \
	"max_parallel_workers_per_gather = 0"

psql_growth()
{
	"$bindir/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$work/socket" -p 5432 \
		-U postgres "$@"
}

psql_growth -c "CREATE EXTENSION cdc_fdw"
for log in once twice tenth
do
	psql_growth <<SQL
CREATE SERVER $log FOREIGN DATA WRAPPER cdc_fdw
	OPTIONS (url 'file://$work/$log', timestamp_column_name 'ts');
CREATE FOREIGN TABLE $log (id bigint OPTIONS (key 'true'), a bigint, b text,
	c numeric(10,2), d text, e text, f timestamp, g timestamp)
	SERVER $log OPTIONS (prefix 'bench/t');
SQL
done

# Milliseconds and peak kB of one query in a session of its own.
measure()
{
	psql_growth <<SQL | awk '/^Time/ { t = $2 } /^VmHWM/ { m = $2 } END { print t, m }'
SET cdc_fdw.asof = '${2:-}';
SELECT pg_backend_pid() AS backend \\gset
\\setenv BACKEND :backend
\\timing on
SELECT count(*), sum(a), sum(c), max(f) FROM $1;
\\timing off
\\! grep VmHWM /proc/\$BACKEND/status
SQL
}

say "$rounds rounds"
for log in once twice tenth
do
	measure $log >/dev/null
done
for ((i = 0; i < rounds; i++))
do
	measure once >>"$work/once.ms"
	measure twice >>"$work/twice.ms"
	measure tenth >>"$work/tenth.ms"
	measure twice "$at" >>"$work/early.ms"
done
median()
{
	sort -n "$work/$1.ms" | awk '{ t[NR] = $1; m = $2 > m ? $2 : m }
		END { print t[int((NR + 1) / 2)], m / 1024 }'
}
for log in once twice tenth early
do
	echo "$log $(median $log)"
done | awk '
	{ ms[$1] = $2; mb[$1] = $3 }
	END {
		printf "the log: %.0f ms, %.0f MB; twice the log: %.0f ms, %.0f MB\n",
			ms["once"], mb["once"], ms["twice"], mb["twice"]
		printf "twice the log costs %.2f of the time and %.2f of the memory\n",
			ms["twice"] / ms["once"], mb["twice"] / mb["once"]
		printf "the state at 10 %% costs %.0f ms, a log of its files alone %.0f ms: %.2f\n",
			ms["early"], ms["tenth"], ms["early"] / ms["tenth"]
	}'
