# Shell functions that check.sh and demo.sh share; sourced, not run.
# They return non-zero on failure, with a message on stderr.
#
# Both work with a private copy of PostgreSQL: the binaries are copied, what
# stands beside them is linked to, and cdc_fdw is installed into the copy.
# PostgreSQL finds its files relative to its own binary, so the machine's
# installation and its clusters are neither read for settings nor touched.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PG_CONFIG=${PG_CONFIG:-pg_config}
MAKE=${MAKE:-make}

say()
{
	printf '== %s\n' "$*"
}

# Run a command in $work as somebody without rights: PostgreSQL refuses to run
# as root.
plain_user=nobody
plainly()
{
	if [ "$(id -u)" = 0 ]
	then
		(cd "$work" &&
			exec setpriv --reuid="$plain_user" --regid=nogroup --clear-groups \
				env HOME="$work" USER="$plain_user" LOGNAME="$plain_user" "$@")
	else
		(cd "$work" && exec "$@")
	fi
}

# Make an empty folder with a short name (a socket will stand in it), set
# $work to it.
work_folder()
{
	local base=${TMPDIR:-/tmp}

	[ ${#base} -le 40 ] || base=/tmp
	work=$(mktemp -d "$base/cdc_fdw-$1.XXXXXX")
	chmod 755 "$work"
}

# Hand a folder to whom plainly() runs as.
give()
{
	if [ "$(id -u)" = 0 ]
	then
		chown -R "$plain_user":nogroup "$@"
	fi
}

# Where private_postgres puts its binaries.
private_bindir()
{
	echo "$work/pg$("$PG_CONFIG" --bindir)"
}

# Copy PostgreSQL into $work/pg and install cdc_fdw there.
private_postgres()
{
	local pg=$work/pg bin share lib

	bin=$("$PG_CONFIG" --bindir)
	share=$("$PG_CONFIG" --sharedir)
	lib=$("$PG_CONFIG" --pkglibdir)
	[ -x "$bin/initdb" ] || {
		echo "error: no PostgreSQL server in $bin" >&2
		return 1
	}
	# another cdc_fdw may be installed on the machine
	mkdir -p "$pg$bin" "$pg$share" "$pg$lib" &&
		cp -L "$bin"/* "$pg$bin/" &&
		cp -Rs "$share/." "$pg$share/" &&
		cp -Rs "$lib/." "$pg$lib/" &&
		rm -f "$pg$lib/cdc_fdw.so" "$pg$share"/extension/cdc_fdw[-.]* &&
		"$MAKE" -s -C "$top" install DESTDIR="$pg"
}

# Make a cluster in $work/data and start it; only a socket in $work/socket
# leads to it.  Arguments: lines for postgresql.conf.  $bindir says what runs.
start_server()
{
	local line

	mkdir -m 700 "$work/socket" "$work/data" || return
	: >"$work/server.log"
	give "$work/socket" "$work/data" "$work/server.log"
	# whoever plainly() may run as
	[ "$(id -u)" != 0 ] || chmod 770 "$work/socket"
	plainly "$bindir/initdb" -D "$work/data" -U postgres -A trust \
		--locale=C.UTF-8 -E UTF8 --no-sync >"$work/start.log" 2>&1 || {
		cat "$work/start.log" >&2
		return 1
	}
	for line in "listen_addresses = ''" "fsync = off" "max_connections = 20" \
		"unix_socket_directories = '$work/socket'" "$@"
	do
		echo "$line"
	done >>"$work/data/postgresql.conf"
	# no inherited descriptor may keep a pipe of the caller open
	plainly "$bindir/pg_ctl" -D "$work/data" -l "$work/server.log" -w -s \
		start </dev/null >"$work/start.log" 2>&1 || {
		cat "$work/start.log" "$work/server.log" >&2
		return 1
	}
}

stop_server()
{
	[ ! -f "${work:-}/data/postmaster.pid" ] ||
		plain_user=$(stat -c %U "$work/data") plainly "$bindir/pg_ctl" -D "$work/data" -w -s -m immediate stop \
			>/dev/null 2>&1 || true
}
