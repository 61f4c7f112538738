#!/bin/bash
# Build and test on a PostgreSQL with assertions: it checks itself and those who
# call it at every step, and overwrites memory that is freed.
#   test/asserts.sh [stage...]      stages of test/check.sh; build regress
# Debian has none, so it is compiled from Debian's source package, fetched from
# where this machine's own apt gets its packages, into build/asserts, and kept for the
# next run.  Needs what is in .ci/packages for long.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
major=${PGMAJOR:-15}
root=$top/build/asserts
prefix=$root/postgresql-$major

if [ ! -f "$prefix/.complete" ]
then
	rm -rf "$root"
	"$top/test/pg_source.sh" "$major" "$root"
	cd "$root/source"
	# with what the tests need of PostgreSQL: ICU, TAP modules, contrib's hstore
	./configure -q --prefix="$prefix" --enable-cassert --enable-tap-tests \
		--without-readline --with-icu --with-ssl=openssl \
		CFLAGS='-O1 -g'
	# its makefiles make headers only where no other make calls them
	unset MAKELEVEL MAKEFLAGS MFLAGS
	make -s -j"$(nproc)"
	make -s install
	make -s -C contrib install
	touch "$prefix/.complete"
	cd "$top"
	rm -rf "$root/source"
fi

# the sources' own build stays as it is
rm -rf "$root/cdc_fdw" "$root/shared"
mkdir "$root/cdc_fdw"
# real logs, if they are there, lie beside them too
if [ -d "$top/../shared/data" ]
then
	mkdir "$root/shared"
	cp -R "$top/../shared/data" "$root/shared/data"
	chmod -R u+w "$root/shared"
fi
tar -C "$top" --exclude='*.o' --exclude='*.so' --exclude=test/output \
	-cf - .ci Makefile README.md LICENSE CHANGELOG.md cdc_fdw.control docs sql \
	expected src test | tar -C "$root/cdc_fdw" -xf -
mkdir "$root/cdc_fdw/build"
"$top/test/old_sources.sh" "$root/cdc_fdw/build/old"
export PG_CONFIG=$prefix/bin/pg_config
[ $# != 0 ] || set -- build regress
"$root/cdc_fdw/test/check.sh" "$@"
