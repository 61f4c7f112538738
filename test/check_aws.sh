#!/bin/bash
# cdc_fdw against a team's own bucket: imports a schema, reads every table at
# its watermark, compares it with the live source, and prints a report without
# names and values, which can be shown to others.
#
#   CDC_URL=s3://bucket/folder      where DMS writes (required)
#   CDC_SCHEMA=shop                 the source schema's folder (required)
#   CDC_OPTIONS="region 'eu-west-1', s3_settings '{...}'"
#                                   options of the foreign server, as in SQL
#   CDC_SOURCE="host=... dbname=... user=..."
#                                   the live source, if it is a PostgreSQL;
#                                   words of libpq, no URI; a password stands
#                                   in ~/.pgpass.  Its tables are read whole,
#                                   twice: name a replica
#   CDC_SOURCE_SCHEMA=shop          its schema, if it is called otherwise
#   CDC_TABLES=a,b                  some tables only
#   CDC_WAIT=600                    seconds for which rows that differ may come
#                                   late, before they are told
#   CDC_REPORT=folder               where report.txt and private.txt are put
#                                   (./cdc_fdw-report)
#
# Keys of AWS come from where its own tools find them: the environment, the
# profile (AWS_PROFILE), the instance or container.  Nothing is written to the
# bucket or the source.  Everything runs in a private server, which is gone in
# the end.  As root that server is nobody's, and sees the environment alone.
# PGBIN=<folder>: take a PostgreSQL that has cdc_fdw from there instead of
# building and copying one.
set -eu
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

usage()
{
	sed -n '2,/^set -eu/p' "$0" | sed 's/^# \{0,1\}//; /^set -eu/d'
	exit 2
}

[ -n "${CDC_URL:-}" ] && [ -n "${CDC_SCHEMA:-}" ] || usage
report=${CDC_REPORT:-cdc_fdw-report}
wait=${CDC_WAIT:-600}
mkdir -p "$report"
# names and values are for who runs it alone
chmod 700 "$report"
: >"$report/report.txt"
: >"$report/private.txt"

tell()
{
	printf '%s\n' "$*" | tee -a "$report/report.txt"
}

# What may hold names and values stays in a file of its own.
private()
{
	printf '%s\n' "$*" >>"$report/private.txt"
}

query()
{
	PGCLIENTENCODING=UTF8 "$bindir/psql" -X -q -A -t -v ON_ERROR_STOP=1 \
		-v VERBOSITY=verbose -h "$work/socket" -p 5432 -U postgres \
		-d postgres "$@"
}

# Run a statement; its rows to $out.  Where it fails, $state is the SQLSTATE.
try()
{
	state=
	out=$(query -c "$1" 2>"$work/error") || state=failed
	if [ -n "$state" ]
	then
		state=$(sed -n 's/.*ERROR:  \([0-9A-Z]\{5\}\):.*/\1/p' "$work/error" | head -1)
		state=${state:-unknown}
	fi
	{ echo "-- $1"; cat "$work/error"; } >>"$report/private.txt"
	[ -z "$state" ]
}

quoted()
{
	printf "'%s'" "${1//\'/\'\'}"
}

seconds()
{
	date +%s.%N
}

since()
{
	awk -v a="$1" -v b="$(seconds)" 'BEGIN { printf "%.1f s", b - a }'
}

# ---- the private server ----

work_folder aws
trap 'stop_server; rm -rf "$work"' EXIT
if [ -z "${PGBIN:-}" ]
then
	say "building cdc_fdw"
	"$MAKE" -s -C "$top"
	say "copying PostgreSQL to $work and installing cdc_fdw there"
	private_postgres
	bindir=$(private_bindir)
else
	bindir=$PGBIN
fi
say "starting a server there, reached by a socket only"
start_server "port = 5432" "jit = off"
query -c 'CREATE EXTENSION cdc_fdw' -c 'CREATE SCHEMA cdc_log'

tell "cdc_fdw $(query -c "SELECT extversion FROM pg_extension WHERE extname = 'cdc_fdw'"), PostgreSQL $(query -c 'SHOW server_version'), $(uname -m), $(getconf _NPROCESSORS_ONLN) processors"

# ---- import ----

# keys of AWS are the server process's own: its superuser may lend them
query -c "CREATE SERVER lake FOREIGN DATA WRAPPER cdc_fdw OPTIONS (url $(quoted "$CDC_URL"), credentials 'chain'${CDC_OPTIONS:+, $CDC_OPTIONS})"
types=
if [ -n "${CDC_SOURCE:-}" ]
then
	live=${CDC_SOURCE_SCHEMA:-$CDC_SCHEMA}
	options=
	mapping="password_required 'false'"
	for word in $CDC_SOURCE
	do
		case $word in
			user=*|password=*|sslcert=*|sslkey=*)
				mapping="$mapping, ${word%%=*} $(quoted "${word#*=}")" ;;
			*) options="${options:+$options, }${word%%=*} $(quoted "${word#*=}")" ;;
		esac
	done
	query -c 'CREATE EXTENSION postgres_fdw' -c 'CREATE SCHEMA cdc_source' \
		-c "CREATE SERVER source FOREIGN DATA WRAPPER postgres_fdw OPTIONS ($options)" \
		-c "CREATE USER MAPPING FOR CURRENT_USER SERVER source OPTIONS ($mapping)" \
		-c "IMPORT FOREIGN SCHEMA \"${live//\"/\"\"}\" FROM SERVER source INTO cdc_source"
	# types and keys, which postgres_fdw does not bring
	only=()
	tables=${CDC_TABLES:-}
	for word in ${tables//,/ }
	do
		only+=(-t "\"${live//\"/\"\"}\".\"${word//\"/\"\"}\"")
	done
	[ ${#only[@]} -gt 0 ] || only=(-n "\"${live//\"/\"\"}\"")
	"$bindir/pg_dump" -s -O -x "${only[@]}" -d "$CDC_SOURCE" >"$work/model.sql" 2>>"$report/private.txt" || {
		tell 'source: pg_dump could not read its tables, whose keys and types are needed (in private.txt). A newer source needs the pg_dump of its version: PG_CONFIG; CDC_TABLES names those that are there and may be read'
		exit 1
	}
	query -c "CREATE SCHEMA IF NOT EXISTS \"${live//\"/\"\"}\""
	query -v ON_ERROR_STOP=0 -f "$work/model.sql" >>"$report/private.txt" 2>&1 || true
	tell "live source: PostgreSQL, $(query -c "SELECT count(*) FROM pg_foreign_table t JOIN pg_class c ON c.oid = t.ftrelid WHERE c.relnamespace = 'cdc_source'::regnamespace") tables"
	types="OPTIONS (types_from $(quoted "$live"))"
else
	tell 'live source: not given, nothing is compared'
fi
limit=
if [ -n "${CDC_TABLES:-}" ]
then
	limit="LIMIT TO ($(query -c "SELECT string_agg(quote_ident(t), ', ') FROM unnest(string_to_array($(quoted "$CDC_TABLES"), ',')) t"))"
fi
begun=$(seconds)
if try "IMPORT FOREIGN SCHEMA \"${CDC_SCHEMA//\"/\"\"}\" $limit FROM SERVER lake INTO cdc_log $types"
then
	tell "import: $(query -c "SELECT count(*) FROM pg_foreign_table t JOIN pg_class c ON c.oid = t.ftrelid WHERE c.relnamespace = 'cdc_log'::regnamespace") tables in $(since "$begun"), $(grep -c '^.*WARNING: ' "$work/error" || true) warnings (in private.txt)"
else
	tell "import: error $state after $(since "$begun") (in private.txt)"
	exit 1
fi

# ---- each table ----

tell ''
tell 'table  load files  change files  bytes  watermark behind  rows  read  requests  compared with the source'
n=0
failed=0
again=()

# How often each difference stands between a table and its source.
compare()
{
	try "SELECT coalesce(string_agg(n || ' ' || difference, ', ' ORDER BY difference), 'equal') FROM (SELECT difference, count(*) AS n FROM cdc_fdw_compare($(quoted "cdc_log.$1"), $(quoted "cdc_source.$1"), $2, NULL) GROUP BY 1) d"
}

while read -r name
do
	n=$((n + 1))
	ident=$(query -c "SELECT quote_ident($(quoted "$name"))")
	private "table $n is $name"
	if ! try "SELECT load_files, change_files, bytes, date_trunc('second', now() - watermark), quote_literal(watermark) FROM cdc_fdw_status($(quoted "cdc_log.$ident"))"
	then
		tell "$n  error $state"
		failed=$((failed + 1))
		continue
	fi
	IFS='|' read -r load changes bytes behind mark <<<"$out"
	begun=$(seconds)
	asof="SET cdc_fdw.asof = ${mark:-DEFAULT};"
	if ! try "$asof EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) SELECT * FROM cdc_log.$ident"
	then
		tell "$n  $load  $changes  $bytes  ${behind:-unknown}  error $state"
		failed=$((failed + 1))
		continue
	fi
	took=$(since "$begun")
	rows=$(sed -n 's/.*"Actual Rows": \([0-9]*\).*/\1/p' <<<"$out" | head -1)
	requests=$(awk -F: '/Requests": / { n += $2 } END { print n + 0 }' <<<"$out")
	verdict='no such table'
	if [ -z "${CDC_SOURCE:-}" ]
	then
		verdict='not compared'
	elif [ -n "$(query -c "SELECT to_regclass($(quoted "cdc_source.$ident"))")" ]
	then
		if ! compare "$ident" "${mark:-NULL}"
		then
			verdict="error $state"
			failed=$((failed + 1))
		else
			verdict=$out
			[ "$out" = equal ] || again+=("$n|$ident")
		fi
	fi
	tell "$n  $load  $changes  $bytes  ${behind:-unknown}  $rows  $took  $requests  $verdict"
done < <(query -c "SELECT relname FROM pg_foreign_table t JOIN pg_class c ON c.oid = t.ftrelid WHERE c.relnamespace = 'cdc_log'::regnamespace ORDER BY 1")

# ---- what DMS had not delivered yet ----

# The source is ahead of its log: a row differs only if it does so in both
# comparisons, and the second is of files that came later.
if [ ${#again[@]} -gt 0 ]
then
	say "waiting $wait seconds for what DMS delivers late"
	for table in "${again[@]}"
	do
		query -c "CREATE TABLE public.before_${table%%|*} AS SELECT key, difference FROM cdc_fdw_compare($(quoted "cdc_log.${table#*|}"), $(quoted "cdc_source.${table#*|}"), NULL, NULL)"
	done
	sleep "$wait"
	tell ''
	for table in "${again[@]}"
	do
		try "SELECT count(*) FROM (SELECT key FROM cdc_fdw_compare($(quoted "cdc_log.${table#*|}"), $(quoted "cdc_source.${table#*|}"), NULL, NULL) INTERSECT SELECT key FROM public.before_${table%%|*}) d" ||
			out="error $state"
		tell "table ${table%%|*}, $wait seconds later, keys that differ in both comparisons: $out"
		[ "$out" = 0 ] || failed=$((failed + 1))
	done
fi

cat <<-'EOF' | tee -a "$report/report.txt"

	This project has never run on AWS itself: what was tried elsewhere, and how, is in
	docs/reliability.md and docs/security.md. What a run like this one adds: S3's own
	listings, errors and throttling, its latency, the region's endpoint; and, where they
	are used: keys of an instance, a container or a web identity, a role, KMS, versions.
EOF
tell "$n tables, $failed failed"
[ "$n" -gt 0 ] || tell 'no table was imported: do CDC_SCHEMA and CDC_TABLES name folders under CDC_URL?'
say "the report is $report/report.txt; names, warnings and errors are in $report/private.txt, which is yours alone"
[ "$failed" = 0 ] && [ "$n" -gt 0 ]
