#!/bin/bash
# Build and run the regression tests on another PostgreSQL, the test of waits,
# which have names there, and that of the upgrade, in a Debian that has it.
#   test/versions.sh 17|18
# Needs root, or sudo without a password.
set -eu
exec "$(dirname "$0")/chroot.sh" "${1:-}" bash -c '
	apt-get install -qq -y --no-install-recommends make >/dev/null &&
	.ci/deps.sh build &&
	apt-get install -qq -y --no-install-recommends libipc-run-perl \
		>/dev/null && apt-get clean && pg_config --version &&
	# names are asked of a server that does not answer
	echo "nameserver 127.0.0.9" >/etc/resolv.conf &&
	{ perl -MIO::Socket::INET -e '"'"'
		my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.9",
			LocalPort => 53, Proto => "udp") or die "port 53: $!\n";
		sleep 3600'"'"' & } &&
	CDC_NO_RESOLVER=1 test/check.sh build regress test/t/071_waits.pl \
		test/t/110_upgrade.pl'
