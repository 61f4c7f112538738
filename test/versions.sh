#!/bin/bash
# Build and run the regression tests on another PostgreSQL, the test of waits,
# which have names there, and that of the upgrade.
#   test/versions.sh 17|18
# Makes a small Debian (trixie for 17, forky for 18) in build/versions with
# debootstrap, from the mirror that this machine's own apt uses, and keeps it
# for the next run.  Needs root, or sudo without a password.  Mounts are private and vanish at the end.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
version=${1:-}

case $version in
	17) suite=trixie ;;
	18) suite=forky ;;
	*) echo "usage: $0 17|18" >&2; exit 2 ;;
esac
if [ "$(id -u)" != 0 ]
then
	sudo -n true 2>/dev/null || { echo "error: $0 needs root" >&2; exit 1; }
	exec sudo -n "$0" "$version"
fi

if [ "${2:-}" != mounted ]
then
	exec unshare --mount --propagation private "$0" "$version" mounted
fi

# Where this machine's apt gets Debian's main archive from.
mirror()
{
	apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' \
		'Created-By: Packages' |
		awk '$2 == "Debian" && $3 == "Debian" { print $1; exit }'
}

root=$top/build/versions/$suite
if [ ! -f "$root/.complete" ]
then
	uri=$(mirror)
	[ -n "$uri" ] || { echo "error: apt knows no Debian archive" >&2; exit 1; }
	rm -rf "$root"
	mkdir -p "${root%/*}"
	echo "making a Debian $suite in $root"
	# a suite that debootstrap does not know is made like sid
	script=/usr/share/debootstrap/scripts/$suite
	[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
	debootstrap --variant=minbase --include=make "$suite" "$root" "$uri" \
		"$script"
	echo 'Acquire::Check-Valid-Until "false";' \
		>"$root/etc/apt/apt.conf.d/50dated"
	touch "$root/.complete"
fi

cp /etc/resolv.conf "$root/etc/resolv.conf"
mount -t proc proc "$root/proc"
mkdir -p "$root/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"

# the sources, without what was built from them
rm -rf "$root/root/cdc_fdw" "$root"/tmp/cdc_fdw-*
mkdir -p "$root/root/cdc_fdw"
tar -C "$top" --exclude='*.o' --exclude='*.so' --exclude=./build \
	--exclude=./.git -cf - . | tar -C "$root/root/cdc_fdw" -xf -
mkdir -p "$root/root/cdc_fdw/build"
"$top/test/old_sources.sh" "$root/root/cdc_fdw/build/old"

chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PGMAJOR="$version" \
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	bash -c 'cd /root/cdc_fdw && .ci/deps.sh build &&
		apt-get install -qq -y --no-install-recommends libipc-run-perl \
			>/dev/null && apt-get clean && pg_config --version &&
		# names are asked of a server that does not answer
		echo "nameserver 127.0.0.9" >/etc/resolv.conf &&
		{ perl -MIO::Socket::INET -e '"'"'
			my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.9",
				LocalPort => 53, Proto => "udp") or die "port 53: $!\n";
			sleep 3600'"'"' & } &&
		silent=$! && rc=0 &&
		CDC_NO_RESOLVER=1 test/check.sh build regress test/t/071_waits.pl \
			test/t/110_upgrade.pl ||
		rc=$?
		kill $silent
		exit $rc'
