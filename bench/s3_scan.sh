#!/bin/bash
# What S3 costs a scan: a whole log read over S3, against fetching the same
# objects with plain curl, 32 at a time, and reading the same log from a
# local directory.
#   bench/s3_scan.sh [ROUNDS [MILLISECONDS MEGABYTES [FILES CHANGES]]]
#
# With MILLISECONDS and MEGABYTES all goes through bench/slowly.c: answers come
# so much later, and every connection carries so many megabytes per second.
# Fetching is the slower part then, as it is over a real network.
#
# The log (two full-load files of 60 MB; 200 change files of 7000 changes each,
# 0.5 MB, or as many and as large as FILES and CHANGES say; with
# commit times) is made anew, and always the same.  It is put on an S3 server
# of the bench's own, in memory; PostgreSQL is a private copy.  Every round
# takes the three in turn, each query in a session of its own, and the answers
# are compared.  Absolute times say little about other machines: quote the
# ratio.
#
# Needs what "make check" needs, and curl.
set -eu
# shellcheck source=../test/common.sh
. "$(dirname "$0")/../test/common.sh"
# shellcheck source=s3.sh
. "$(dirname "$0")/s3.sh"

rounds=${1:-5}
latency=${2:-}
speed=${3:-}
load_rows=1000000
change_files=${4:-200}
change_rows=${5:-7000}

make_log()
{
	plainly perl -e '
		use strict;
		use POSIX qw(strftime);
		my ($dir, $load, $files, $rows) = @ARGV;
		my $keys = 2 * $load;
		my $day = 1718100000;
		for my $n (1, 2)
		{
			open(my $out, ">", sprintf("%s/LOAD%08X.csv", $dir, $n)) or die $!;
			print $out "commit_ts,id,v,name,amount,day\n";
			for my $i (1 .. $load)
			{
				my $id = ($n - 1) * $load + $i;
				printf $out "2024-06-11 00:00:00,%d,%d,customer %07d,%d.%02d,2024-01-%02d\n",
				  $id, $id % 1000, $id, $id % 9999, $id % 100, 1 + $id % 28;
			}
			close($out) or die $!;
		}
		for my $f (1 .. $files)
		{
			my $name = strftime("%Y%m%d-%H%M%S000", gmtime($day + 60 * $f + 60));
			my $time = strftime("%Y-%m-%d %H:%M:%S", gmtime($day + 60 * $f));
			open(my $out, ">", "$dir/$name.csv") or die $!;
			print $out "Op,commit_ts,id,v,name,amount,day\n";
			for my $i (1 .. $rows)
			{
				my $id = 1 + ($f * 7919 + $i * 104729) % $keys;
				printf $out "%s,%s.%06d,%d,%d,customer %07d,%d.%02d,2024-02-%02d\n",
				  $i % 50 ? "U" : "D", $time, $i, $id, ($f + $i) % 1000, $id,
				  $i, $f % 100, 1 + $i % 28;
			}
			close($out) or die $!;
		}' "$work/log/shop/item" "$load_rows" "$change_files" "$change_rows"
}

# Put a slow network before the server.
slow_down()
{
	local port

	[ -n "$speed" ] || return 0
	port=$(free_ports)
	gcc -O2 -o "$work/slowly" "$top/bench/slowly.c" -lpthread
	"$work/slowly" "$port" "${S3_ENDPOINT##*:}" "$latency" "$speed" &
	relay=$!
	S3_ENDPOINT=${S3_ENDPOINT%:*}:$port
	say "every answer $latency ms later, every connection $speed MB/s"
}

start_s3()
{
	local file name direct

	"$top/test/s3/rgw.sh" start "$work/s3" "$(free_ports)"
	# shellcheck disable=SC1091
	. "$work/s3/env"
	direct=$S3_ENDPOINT
	slow_down
	printf 'url = %s/lake\nrequest = PUT\noutput = /dev/null\n' \
		"$direct" >"$work/bucket"
	for file in "$work"/log/shop/item/*
	do
		name=${file##*/}
		printf 'url = %s/lake/dms/shop/item/%s\nupload-file = %s\noutput = /dev/null\n' \
			"$direct" "$name" "$file" >>"$work/puts"
		printf 'url = %s/lake/dms/shop/item/%s\noutput = /dev/null\n' \
			"$S3_ENDPOINT" "$name" >>"$work/gets"
	done
	# for every object its status and how much of it came
	printf '%s\n' 'write-out = "%{http_code} %{size_download}\n"' >>"$work/gets"
	curl_all "$work/bucket"
	curl_all "$work/puts"
}

psql_bench()
{
	"$bindir/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$work/socket" -p 5432 \
		-U postgres "$@"
}

make_tables()
{
	local columns="(id int OPTIONS (key 'true'), v int, name text, amount numeric, day date)"
	local dms="add_column_name 'true', timestamp_column_name 'commit_ts'"

	psql_bench <<SQL
CREATE EXTENSION cdc_fdw;
CREATE SERVER here FOREIGN DATA WRAPPER cdc_fdw
	OPTIONS (url 'file://$work/log', $dms);
CREATE SERVER cloud FOREIGN DATA WRAPPER cdc_fdw
	OPTIONS (url 's3://lake/dms', endpoint '$S3_ENDPOINT', url_style 'path', allow_http 'true', $dms);
CREATE USER MAPPING FOR CURRENT_USER SERVER cloud
	OPTIONS (access_key_id '$S3_ACCESS_KEY', secret_access_key '$S3_SECRET_KEY');
CREATE FOREIGN TABLE item_here $columns SERVER here OPTIONS (prefix 'shop/item');
CREATE FOREIGN TABLE item_cloud $columns SERVER cloud OPTIONS (prefix 'shop/item');
SQL
}

# Milliseconds that fetching everything took.
fetch()
{
	local began=${EPOCHREALTIME/./} ended

	curl_all "$work/gets" >"$work/fetched"
	ended=${EPOCHREALTIME/./}
	awk -v all="$bytes" '$1 != 200 { exit 1 } { n += $2 }
		END { exit n != all }' "$work/fetched" || {
		echo "error: curl did not fetch the whole log" >&2
		return 1
	}
	echo $(((ended - began) / 1000))
}

# Milliseconds that a scan of a table took; it must answer as the first did.
scan()
{
	psql_bench -c '\timing on' -c "SELECT count(*), sum(v) FROM $1" \
		>"$work/scanned"
	[ -s "$work/answer" ] || head -n 1 "$work/scanned" >"$work/answer"
	head -n 1 "$work/scanned" | cmp -s - "$work/answer" || {
		echo "error: $1 answers $(head -n 1 "$work/scanned")," \
			"not $(cat "$work/answer")" >&2
		return 1
	}
	awk '$1 == "Time:" { printf "%d\n", $2 }' "$work/scanned"
}

measure()
{
	local round a b c

	: >"$work/times"
	# once unmeasured, to have everything in memory
	fetch >/dev/null
	scan item_here >/dev/null
	printf '%8s %12s %12s %12s %10s %10s\n' round "curl ms" "local ms" "S3 ms" \
		"to curl" "to both"
	for round in $(seq "$rounds")
	do
		a=$(fetch)
		b=$(scan item_here)
		c=$(scan item_cloud)
		echo "$a $b $c" >>"$work/times"
		awk -v r="$round" -v a="$a" -v b="$b" -v c="$c" 'BEGIN {
			printf "%8d %12d %12d %12d %10.2f %10.2f\n", r, a, b, c, c / a,
				c / (a + b) }'
	done
	for round in 1 2 3
	do
		cut -d ' ' -f "$round" "$work/times" | sort -n |
			awk '{ v[NR] = $1 }
				END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
	done | paste -s -d ' ' | awk '{
		printf "%8s %12d %12d %12d %10.2f %10.2f\n", "median", $1, $2, $3,
			$3 / $1, $3 / ($1 + $2) }'
}

command -v curl >/dev/null || {
	echo "error: curl is not installed" >&2
	exit 1
}
work_folder bench
relay=
finish()
{
	stop_server
	[ -z "$relay" ] || kill "$relay" || true
	"$top/test/s3/rgw.sh" stop "$work/s3" || true
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
say "making the log"
mkdir -p "$work/log/shop/item"
give "$work/log"
make_log
bytes=$(cat "$work"/log/shop/item/* | wc -c)
say "$((bytes / 1000000)) MB in $(find "$work/log" -type f | wc -l) files"
start_s3
start_server "shared_buffers = 64MB" "work_mem = 64MB" "jit = off"
make_tables
say "count(*) and sum(v) of all of it, $rounds rounds"
measure
