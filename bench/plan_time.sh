#!/bin/bash
# How long planning takes where a session has listed a log of many files.
#   bench/plan_time.sh [FILES]    default: 20000
#
# One session reads the whole log in a transaction that keeps the listing, then
# plans a scan and a join ten times each.  Prints the listing's size and the
# longest planning time.  PostgreSQL is a private copy.
set -eu
# shellcheck source=../test/common.sh
. "$(dirname "$0")/../test/common.sh"

files=${1:-20000}

make_log()
{
	plainly perl -e '
		use strict;
		use POSIX qw(strftime);
		my ($dir, $files) = @ARGV;
		open(my $load, ">", "$dir/LOAD00000001.csv") or die $!;
		print $load "2024-01-01 00:00:00,$_,0\n" for 1 .. 1000;
		close($load) or die $!;
		for my $n (1 .. $files)
		{
			my $at = 1704067200 + 60 * $n;
			my $name = strftime("%Y%m%d-%H%M%S000.csv", gmtime($at + 1));
			open(my $out, ">", "$dir/$name") or die $!;
			print $out "U,", strftime("%Y-%m-%d %H:%M:%S", gmtime($at)), ",",
			  1 + $n % 1000, ",$n\n";
			close($out) or die $!;
		}' "$work/log/shop/item" "$files"
}

session()
{
	cat <<SQL
CREATE EXTENSION cdc_fdw;
CREATE SERVER here FOREIGN DATA WRAPPER cdc_fdw
	OPTIONS (url 'file://$work/log', timestamp_column_name 'ts');
CREATE FOREIGN TABLE item (id int OPTIONS (key 'true'), v int) SERVER here
	OPTIONS (prefix 'shop/item');
CREATE TABLE few AS SELECT id FROM generate_series(1, 100) id;
BEGIN ISOLATION LEVEL REPEATABLE READ;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT count(*) FROM item;
SQL
	for _ in 1 2 3 4 5 6 7 8 9 10
	do
		echo "EXPLAIN (SUMMARY) SELECT * FROM item WHERE id = 7;"
		echo "EXPLAIN (SUMMARY) SELECT * FROM item JOIN few USING (id);"
	done
	echo "COMMIT;"
}

work_folder plan
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
mkdir -p "$work/log/shop/item"
give "$work/log"
make_log
start_server "jit = off"
session | "$bindir/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$work/socket" \
	-p 5432 -U postgres -f - >"$work/out"
awk '
	/Files:|Files Read:/ { print $0 }
	/^Execution Time:/ { scan = $3 }
	/^Planning Time:/ { if (n++ > 0 && $3 > most) most = $3 }
	END { printf "scan %d ms, longest of %d plannings %.3f ms\n", scan, n - 1, most }' \
	"$work/out"
