#!/bin/bash
# cdc_fdw against the other ways to get rows out of a change log, on the same
# files and in one go; "make bench" comes here.
#   bench/bench.sh [NAME=VALUE...]
#     base=2000000       rows of the full load
#     files=500          change files
#     changes=8000       changes in each
#     rounds=3           how often everything is run, in turn
#     queries=...        which queries, with commas; default: all
#     contenders=...     which contenders; default: all (cdc_s3 and curl are
#                        those that need an S3 server, which is started for them)
#     work_mem=256MB     of every PostgreSQL session
#
# The log is kept in build/bench and used again when base, files and changes
# are the same; so is DuckDB, installed there by npm.  PostgreSQL is a private
# copy.  What is asked, and how, stands in queries.mjs; docs/performance.md
# says what the table means.  It is left in build/bench/result.md too.
set -eu
# shellcheck source=../test/common.sh
. "$(dirname "$0")/../test/common.sh"
# shellcheck source=s3.sh
. "$(dirname "$0")/s3.sh"

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

columns="a bigint, b text, c numeric(10,2), d text, e text,
	f timestamp, g timestamp"

# cdc_fdw's tables; the arguments are what their names begin with and their
# servers.
make_cdc_tables()
{
	psql_bench <<SQL
CREATE FOREIGN TABLE $1_plain (id bigint OPTIONS (key 'true'), $columns)
	SERVER $2 OPTIONS (prefix 'bench/t');
CREATE FOREIGN TABLE $1_gz (id bigint OPTIONS (key 'true'), $columns)
	SERVER $3 OPTIONS (prefix 'bench/t');
CREATE FOREIGN TABLE $1_changes (op text OPTIONS (role 'op'),
	ts timestamptz OPTIONS (role 'commit_time'), id bigint, $columns)
	SERVER $2 OPTIONS (prefix 'bench/t', mode 'changes');
CREATE FOREIGN TABLE $1_history (id bigint OPTIONS (key 'true'), $columns,
	valid_from timestamptz OPTIONS (role 'valid_from'),
	valid_to timestamptz OPTIONS (role 'valid_to'))
	SERVER $2 OPTIONS (prefix 'bench/t', mode 'history');
SQL
}

# cdc_* are cdc_fdw's tables, file_* those of file_fdw, heap is the local copy.
make_tables()
{
	local log=$work/log name

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
		psql_bench -c "CREATE SERVER $name FOREIGN DATA WRAPPER cdc_fdw
			OPTIONS (url 'file://$log/$name', timestamp_column_name 'ts')"
	done
	make_cdc_tables cdc plain gz
	psql_bench <<SQL
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

# Is one of these contenders to take part?
takes()
{
	local name

	for name
	do
		case ,$contenders, in
			,all, | *,"$name",*) return 0 ;;
		esac
	done
	return 1
}

# The log, plain and gzipped, on an S3 server of the bench's own, in memory;
# and how curl fetches all of the plain one: $work/gets.
start_s3()
{
	local file folder

	say "starting an S3 server, and putting the log there"
	"$top/test/s3/rgw.sh" start "$work/s3" "$(free_ports)"
	# shellcheck disable=SC1091
	. "$work/s3/env"
	printf 'url = %s/lake\nrequest = PUT\noutput = /dev/null\n' \
		"$S3_ENDPOINT" >"$work/bucket"
	(cd "$work/log" && find plain gz -type f) | sort >"$work/objects"
	while read -r file
	do
		printf 'url = %s/lake/%s\nupload-file = %s\noutput = /dev/null\n' \
			"$S3_ENDPOINT" "$file" "$work/log/$file"
	done <"$work/objects" >"$work/puts"
	curl_all "$work/bucket"
	curl_all "$work/puts"
	{
		# for every object its status and how much of it came
		printf '%s\n' silent show-error no-progress-meter fail parallel \
			'parallel-max = 32' 'aws-sigv4 = aws:amz:us-east-1:s3' \
			"user = $S3_ACCESS_KEY:$S3_SECRET_KEY" \
			'header = "x-amz-content-sha256: UNSIGNED-PAYLOAD"' \
			'write-out = "%{http_code} %{size_download}\n"'
		grep ^plain/ "$work/objects" |
			while read -r file
			do
				printf 'url = %s/lake/%s\noutput = /dev/null\n' \
					"$S3_ENDPOINT" "$file"
			done
	} >"$work/gets"
	chmod 600 "$work/gets"
	for folder in plain gz
	do
		psql_bench <<SQL
CREATE SERVER s3_$folder FOREIGN DATA WRAPPER cdc_fdw
	OPTIONS (url 's3://lake/$folder', endpoint '$S3_ENDPOINT',
	url_style 'path', allow_http 'true', timestamp_column_name 'ts');
CREATE USER MAPPING FOR CURRENT_USER SERVER s3_$folder
	OPTIONS (access_key_id '$S3_ACCESS_KEY',
	secret_access_key '$S3_SECRET_KEY');
SQL
	done
	make_cdc_tables s3 s3_plain s3_gz
}

mkdir -p "$store"
work_folder bench
finish()
{
	stop_server
	[ ! -d "$work/s3" ] || "$top/test/s3/rgw.sh" stop "$work/s3" || true
	# the daemons may take a moment to end, and leave files meanwhile
	for _ in 1 2 3 4 5
	do
		rm -rf "$work" 2>/dev/null && break
		sleep 0.2
	done
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
! takes cdc_s3 curl || start_s3
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
BENCH_BYTES=$(cat "$work"/log/plain/bench/t/* | wc -c)
export BENCH_BYTES BENCH_WORK=$work BENCH_PSQL=$bindir/psql
node "$store/contest.mjs" "$store/result.md"
