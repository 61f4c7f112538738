#!/bin/bash
# cdc_fdw against the other ways to get rows out of a change log, on the same
# files and in one go; "make bench" comes here.
#   bench/bench.sh [NAME=VALUE...]
#     base=2000000       rows of the full load
#     files=500          change files
#     changes=8000       changes in each
#     rounds=3           how often everything is run, in turn
#     queries=...        which queries, with commas; default: all
#     contenders=...     which contenders; default: all
#     work_mem=256MB     of every PostgreSQL session
#
# The log is kept in build/bench and used again when base, files and changes
# are the same; so is DuckDB, installed there by npm.  PostgreSQL is a private
# copy.  What is asked, and how, stands in queries.mjs; docs/performance.md
# says what the table means.  It is left in build/bench/result.md too.
set -eu
# shellcheck source=../test/common.sh
. "$(dirname "$0")/../test/common.sh"

base=2000000 files=500 changes=8000 rounds=3 work_mem=256MB
queries=all contenders=all
for argument in "$@"
do
	case $argument in
		base=* | files=* | changes=* | rounds=* | work_mem=* | queries=* | \
			contenders=*)
			declare "$argument" ;;
		*)
			sed -n '2,/^set/ s/^#\( \|$\)//p' "$0" >&2
			exit 2 ;;
	esac
done
store=$top/build/bench

# The log, plain and gzipped, in $store/log.
make_log()
{
	local want

	want="$base $files $changes $(cksum <"$top/bench/genlog.c")"
	if [ "$(cat "$store/log/made" 2>/dev/null)" = "$want" ]
	then
		say "the log is there"
		return
	fi
	say "making the log: $base rows, $files files of $changes changes"
	rm -rf "$store/log"
	mkdir -p "$store/log/plain" "$store/log/gz/bench/t"
	"$store/genlog" "$store/log/plain" "$base" "$files" "$changes"
	(cd "$store/log/plain/bench/t" &&
		find . -name '*.csv' -print0 | xargs -0 -n 20 -P "$(nproc)" sh -c '
			for file
			do
				gzip -c "$file" >"$0/$file.gz" || exit 1
			done' "$store/log/gz/bench/t")
	chmod -R a+rX "$store/log"
	echo "$want" >"$store/log/made"
}

# DuckDB for node, and the scripts where node finds it.
prepare_node()
{
	local name

	for name in node npm
	do
		command -v $name >/dev/null || {
			echo "error: $name is not installed" >&2
			return 1
		}
	done
	cp "$top"/bench/*.mjs "$store/"
	if ! cmp -s "$top/bench/package.json" "$store/package.json" ||
		[ ! -d "$store/node_modules/@duckdb/node-api" ]
	then
		say "installing DuckDB"
		cp "$top/bench/package.json" "$store/"
		(cd "$store" && npm install --no-audit --no-fund --no-package-lock \
			--loglevel=error) || {
			rm -f "$store/package.json"
			return 1
		}
	fi
}

psql_bench()
{
	"$bindir/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$work/socket" -p 5432 \
		-U postgres "$@"
}

# cdc_* are cdc_fdw's tables, file_* those of file_fdw, heap is the local copy.
make_tables()
{
	local columns="a bigint, b text, c numeric(10,2), d text, e text,
		f timestamp, g timestamp"
	local dms="timestamp_column_name 'ts'" log=$work/log name

	psql_bench <<SQL
CREATE EXTENSION cdc_fdw;
CREATE EXTENSION file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE file_load (ts timestamp, id bigint, $columns) SERVER files
	OPTIONS (program 'cat $log/plain/bench/t/LOAD*.csv', format 'csv');
CREATE FOREIGN TABLE file_changes (op text, ts timestamp, id bigint, $columns)
	SERVER files
	OPTIONS (program 'cat $log/plain/bench/t/2*.csv', format 'csv');
SQL
	for name in plain gz
	do
		psql_bench <<SQL
CREATE SERVER $name FOREIGN DATA WRAPPER cdc_fdw
	OPTIONS (url 'file://$log/$name', $dms);
CREATE FOREIGN TABLE cdc_$name (id bigint OPTIONS (key 'true'), $columns)
	SERVER $name OPTIONS (prefix 'bench/t');
SQL
	done
	psql_bench <<SQL
CREATE FOREIGN TABLE cdc_changes (op text OPTIONS (role 'op'),
	ts timestamptz OPTIONS (role 'commit_time'), id bigint, $columns)
	SERVER plain OPTIONS (prefix 'bench/t', mode 'changes');
CREATE FOREIGN TABLE cdc_history (id bigint OPTIONS (key 'true'), $columns,
	valid_from timestamptz OPTIONS (role 'valid_from'),
	valid_to timestamptz OPTIONS (role 'valid_to'))
	SERVER plain OPTIONS (prefix 'bench/t', mode 'history');
SET work_mem = '$work_mem';
CREATE TABLE heap (id bigint PRIMARY KEY, $columns);
INSERT INTO heap SELECT * FROM cdc_plain;
CREATE TABLE wanted AS
	SELECT id FROM heap ORDER BY md5(id::text) LIMIT 100;
CREATE TABLE heap_history AS SELECT * FROM cdc_history;
CREATE TABLE heap_recent AS SELECT * FROM cdc_changes
	WHERE ts >= to_timestamp(1704067200 + $files * 60 - 0.5);
VACUUM (ANALYZE) heap, heap_history, heap_recent, wanted;
CHECKPOINT;
SQL
}

mkdir -p "$store"
work_folder bench
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
gcc -O2 -o "$store/genlog" "$top/bench/genlog.c"
make_log
prepare_node
# the server runs as somebody who may not get at the checkout
cp -rl "$store/log" "$work/log" 2>/dev/null || {
	rm -rf "$work/log"
	cp -r "$store/log" "$work/log"
}
chmod 755 "$work/log"
start_server "shared_buffers = 128MB" "jit = off" "max_wal_size = 8GB" \
	"autovacuum = off"
say "making the tables"
make_tables
psql_bench -c "SELECT id FROM wanted ORDER BY md5(id::text)" >"$work/wanted"
# the changes are many: look at one key after the other, from the middle on
key=$((base / 2))
while cut -d, -f3 "$work"/log/plain/bench/t/2*.csv | grep -qx $key
do
	key=$((key + 1))
done
echo $key >"$work/unchanged"
# into the page cache
cat "$work"/log/*/bench/t/* >/dev/null
export BENCH_BASE=$base BENCH_FILES=$files BENCH_CHANGES=$changes
export BENCH_ROUNDS=$rounds BENCH_WORK_MEM=$work_mem
export BENCH_QUERIES=$queries BENCH_CONTENDERS=$contenders
export BENCH_WORK=$work BENCH_PSQL=$bindir/psql
node "$store/contest.mjs" "$store/result.md"
