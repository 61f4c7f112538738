#!/bin/bash
# Install what is missing of .ci/packages, and say so.
#   .ci/deps.sh [build|check|deb|long|bench]     default: build
# With everything there it does nothing and needs no right.  Otherwise it needs
# root, or sudo without a password.  No database cluster is created and no
# daemon started: both are held back while packages are being set up, and
# what holds them back is taken away again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
goal=${1:-build}

case $goal in
	build) goals=build ;;
	check) goals='build|check' ;;
	deb) goals='build|deb' ;;
	long) goals='build|check|deb|long' ;;
	bench) goals='build|bench' ;;
	*) echo "usage: $0 [build|check|deb|long|bench]" >&2; exit 2 ;;
esac

# Package names of the goals; with an empty major, without PostgreSQL's own.
names()
{
	awk -v goals="^($goals)\$" -v major="$1" '
		!/^[^#]/ { next }
		{ needed = 0; for (i = 2; i <= NF; i++) needed += $i ~ goals }
		!needed { next }
		$1 ~ /-15$/ && major == "" { next }
		{ sub(/-15$/, "-" major, $1); print $1 }' "$here/packages"
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null
then
	echo "deps: no apt-get here; taking for granted what .ci/packages lists"
	exit 0
fi

# the PostgreSQL whose headers are installed, else PGMAJOR, else the list's;
# one that stands elsewhere than Debian's brings its own parts
major=${PGMAJOR:-15}
config=${PG_CONFIG:-pg_config}
if command -v "$config" >/dev/null &&
	pgxs=$("$config" --pgxs 2>/dev/null) && [ -f "$pgxs" ]
then
	case $pgxs in
		/usr/lib/postgresql/*)
			major=${pgxs#/usr/lib/postgresql/}
			major=${major%%/*} ;;
		*) major= ;;
	esac
fi

missing=
for name in $(names "$major")
do
	# other packages of node have npm inside
	[ "$name" != npm ] || ! command -v npm >/dev/null || continue
	case $(dpkg-query -W -f='${Status}' "$name" 2>/dev/null || true) in
		'install ok installed' | 'hold ok installed') ;;
		*) missing="$missing $name" ;;
	esac
done
if [ -z "$missing" ]
then
	echo "deps: every package needed is installed"
	exit 0
fi

if [ "$(id -u)" != 0 ]
then
	if command -v sudo >/dev/null && sudo -n true 2>/dev/null
	then
		exec sudo -n env ${PG_CONFIG:+PG_CONFIG="$PG_CONFIG"} \
			${PGMAJOR:+PGMAJOR="$PGMAJOR"} "$here/deps.sh" "$goal"
	fi
	echo "deps: missing:$missing" >&2
	echo "deps: to install them needs root, and sudo without a password is not to be had." >&2
	echo "deps: as root, run:  apt-get install --no-install-recommends$missing" >&2
	exit 1
fi

echo "deps: installing$missing"

policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.d/zz-cdc_fdw.conf
mine=
made=

cleanup()
{
	for path in $mine
	do
		rm -f "$path"
	done
	[ -z "$made" ] || rmdir "${cluster%/*}" 2>/dev/null || true
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# a policy of the machine's own stays as it is
if [ ! -e $policy ]
then
	mine="$mine $policy"
	printf '#!/bin/sh\nexit 101\n' > $policy
	chmod 755 $policy
fi
mine="$mine $cluster"
if [ ! -d "${cluster%/*}" ]
then
	made=yes
	mkdir -p "${cluster%/*}"
fi
echo "create_main_cluster = false" > $cluster

export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
mine="$mine $log"
quietly()
{
	"$@" </dev/null >"$log" 2>&1 && return
	cat "$log" >&2
	echo "deps: failed: $*" >&2
	return 1
}
echo "deps: apt-get update"
# a source that does not answer may be one that is not needed
quietly apt-get -q update || true
echo "deps: apt-get install (a minute or two on a bare machine)"
# shellcheck disable=SC2086
quietly apt-get -q install -y --no-install-recommends $missing
echo "deps: done"
