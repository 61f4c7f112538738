#!/bin/bash
# The demo: a private PostgreSQL server over the log in test/data/demo.
#   test/demo.sh start    build, make the server, show, leave it running
#   test/demo.sh stop     stop it and remove its folder
# PGBIN=<folder>: take a PostgreSQL that has cdc_fdw from there instead of
# building and copying one.
set -eu
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# where the folder of a running demo is remembered
state=$top/build/demo

stop()
{
	if [ -f "$state" ]
	then
		work=$(cat "$state")
		case $work in
			*/cdc_fdw-demo.??????)
				bindir=$(cat "$work/bindir" 2>/dev/null || true)
				stop_server
				rm -rf "$work"
				say "the demo's server is stopped and its folder removed" ;;
		esac
		rm -f "$state"
	elif [ "${1:-}" != quietly ]
	then
		say "no demo is running"
	fi
}

psql_demo()
{
	PGCLIENTENCODING=UTF8 "$bindir/psql" -X -q -v ON_ERROR_STOP=1 -P pager=off \
		-h "$work/socket" -p 5432 -U postgres "$@"
}

start()
{
	local psql=psql

	stop quietly
	mkdir -p "${state%/*}"
	if [ -z "${PGBIN:-}" ]
	then
		say "building cdc_fdw"
		"$MAKE" -s -C "$top"
	fi
	work_folder demo
	# a start that fails leaves nothing behind
	trap 'stop_server; rm -rf "$work"' EXIT
	if [ -z "${PGBIN:-}" ]
	then
		say "copying PostgreSQL to $work and installing cdc_fdw there"
		private_postgres
		bindir=$(private_bindir)
	else
		bindir=$PGBIN
	fi
	echo "$bindir" >"$work/bindir"
	say "starting a server there, reached by a socket only"
	cp -R "$top/test/data/demo" "$work/log"
	chmod -R a+rX "$work/log"
	start_server "port = 5432"
	psql_demo -d postgres -c 'CREATE DATABASE demo'
	psql_demo -d demo -v url="file://$work/log" -f "$top/test/demo.sql"
	psql_demo -d demo -f "$top/test/demo-show.sql"
	trap - EXIT
	echo "$work" >"$state"

	command -v psql >/dev/null || psql=$bindir/psql
	cat <<-EOF

	The server is still there. To try more:

	    $psql -h $work/socket -p 5432 -U postgres demo

	for instance   SELECT * FROM hist.items WHERE as_of = '2018-12-14 01:00:01';
	or             SET cdc_fdw.asof = '2018-12-18'; SELECT * FROM wishes;
	(test/demo.sql is how the tables were made.) To stop it:

	    make demo-stop

	EOF
}

case ${1:-} in
	start) start ;;
	stop) stop ;;
	*) echo "usage: $0 start|stop" >&2; exit 2 ;;
esac
