#!/bin/bash
# Runs a command as root in a small Debian of the release that PostgreSQL comes
# with, in a copy of these sources without what was built from them.
#   test/chroot.sh [--fresh] 15|17|18 COMMAND [ARGUMENT...]
# The Debian (bookworm for 15, trixie for 17, forky for 18) is made in
# build/versions with debootstrap, from the mirror that this machine's own apt
# uses.  It is kept for the next run; with --fresh it is a new one that has
# nothing but the essential, and is removed.  build/deb is this tree's own in there too.
# Needs root, or sudo without a password.  Mounts are private, and vanish with
# all processes when the command ends.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
versions=$top/build/versions

usage()
{
	echo "usage: $0 [--fresh] 15|17|18 COMMAND [ARGUMENT...]" >&2
	exit 2
}

fresh=
[ "${1:-}" != --fresh ] || { fresh=$1; shift; }
version=${1:-}
[ $# -ge 2 ] || usage
case $version in
	15) suite=bookworm ;;
	17) suite=trixie ;;
	18) suite=forky ;;
	*) usage ;;
esac
if [ "$(id -u)" != 0 ]
then
	sudo -n true 2>/dev/null || { echo "error: $0 needs root" >&2; exit 1; }
	exec sudo -n "$0" $fresh "$@"
fi
shift

# Where this machine's apt gets Debian's main archive from.
mirror()
{
	apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' \
		'Created-By: Packages' |
		awk '$2 == "Debian" && $3 == "Debian" { print $1; exit }'
}

# All of Debian that this machine's apt knows of the suite, its updates too.
sources()
{
	apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT) $(ORIGIN)' \
		'Created-By: Packages' |
		awk -v suite="$suite" '$4 == "Debian" && ($2 == suite || index($2, suite "-") == 1) {
			print "deb", $1, $2, $3 }' | sort -u
}

# A new Debian of the suite in this folder.
unpack()
{
	local uri script base=$versions/$suite.tar

	rm -rf "$1"
	mkdir -p "$1"
	if [ ! -f "$base" ]
	then
		uri=$(mirror)
		[ -n "$uri" ] || { echo "error: apt knows no Debian archive" >&2; exit 1; }
		echo "making a Debian $suite"
		# a suite that debootstrap does not know is made like sid
		script=/usr/share/debootstrap/scripts/$suite
		[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
		debootstrap --variant=minbase "$suite" "$1" "$uri" "$script" >/dev/null
		echo 'Acquire::Check-Valid-Until "false";' \
			>"$1/etc/apt/apt.conf.d/50dated"
		[ -z "$(sources)" ] || sources >"$1/etc/apt/sources.list"
		tar -C "$1" -cf "$base.new" .
		mv "$base.new" "$base"
	else
		tar -C "$1" -xf "$base"
	fi
}

mkdir -p "$versions" "$top/build/deb"
if [ -n "$fresh" ]
then
	root=$(mktemp -d "$versions/fresh-$suite.XXXXXX")
	trap 'rm -rf "$root"' EXIT
	unpack "$root"
else
	root=$versions/$suite
	# one command at a time
	exec 9>"$root.lock"
	flock 9
	if [ ! -f "$root/.complete" ]
	then
		unpack "$root"
		touch "$root/.complete"
	fi
fi
cp /etc/resolv.conf "$root/etc/resolv.conf"

# the sources, without what was built from them
rm -rf "$root/root/cdc_fdw" "$root"/tmp/cdc_fdw-*
mkdir -p "$root/root/cdc_fdw/build/deb"
tar -C "$top" --exclude='*.o' --exclude='*.so' --exclude=./build \
	--exclude=./.git --exclude=./test/output -cf - . |
	tar -C "$root/root/cdc_fdw" -xf -
"$top/test/old_sources.sh" "$root/root/cdc_fdw/build/old"

rc=0
unshare --mount --propagation private --pid --fork --kill-child \
	bash -euc '
		root=$1 deb=$2
		shift 2
		mount -t proc proc "$root/proc"
		mkdir -p "$root/dev/shm"
		mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
		mount --bind "$deb" "$root/root/cdc_fdw/build/deb"
		exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 \
			PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
			PGMAJOR='"$version"' \
			sh -c '\''cd /root/cdc_fdw && exec "$@"'\'' command "$@"' \
	chroot "$root" "$top/build/deb" "$@" || rc=$?
exit $rc
