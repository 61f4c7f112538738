#!/bin/bash
# Packages as those meet them who install them; reports as TAP.
#   test/packages.sh [15|17|18...]        all three
# For each PostgreSQL the Debian package is built, with lintian's consent, then
# installed on a Debian of that release which has nothing but the essential,
# where README's commands lead to README's answer.  The regression tests pass
# there by a user who is not the server's, and the removal leaves nothing.
# The archive for PGXN is unpacked and built with another compiler, without a warning, and
# an installation of it removed.
# Needs root, or sudo without a password.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
failed=0

# Run a command, which should succeed, and report it; what it says is shown if it fails.
test_that()
{
	local what=$1 log

	shift
	log=$(mktemp)
	if "$@" >"$log" 2>&1 </dev/null
	then
		echo "ok - $what"
	else
		echo "not ok - $what"
		tail -n 40 "$log" | sed 's/^/#   /'
		failed=1
	fi
	rm -f "$log"
}

# The n-th block of code in README's section about the package, for this PostgreSQL.
readme()
{
	awk -v n="$1" '
		/^### / { mine = /From a Debian package/ }
		!mine { next }
		/^```/ { inside = !inside; if (inside) i++; next }
		inside && i == n' "$top/README.md" | sed "s/-15-/-$version-/g"
}

# As README says, and its answer.
newcomer()
{
	local commands=()

	cd "$top/build/deb" || return
	mapfile -t commands < <(readme 1 | sed -n 's/^# //p')
	[ ${#commands[@]} = 4 ] || return
	sh -ec "${commands[0]}" && sh -ec "${commands[1]}" && sh -ec "${commands[2]}" &&
		readme 2 | sh -ec "${commands[3]}" >/tmp/answer &&
		diff --ignore-trailing-space --ignore-blank-lines <(readme 3) /tmp/answer
}

# The tests from a folder that the server cannot read.
installcheck()
{
	apt-get install -qq make &&
		useradd --create-home tester && chmod 700 /home/tester &&
		cp -R "$top" /home/tester/cdc_fdw && chown -R tester /home/tester &&
		su postgres -c 'createuser --superuser tester' &&
		su tester -c "PGPORT=$(pg_lsclusters -h | awk '{ print $3 }') \
			make -C /home/tester/cdc_fdw installcheck \
			PG_CONFIG=/usr/lib/postgresql/$version/bin/pg_config" ||
		{ cat /home/tester/cdc_fdw/test/output/regression.diffs; false; }
}

leftovers()
{
	su postgres -c 'dropdb sample && dropdb contrib_regression' &&
		apt-get purge -qq "postgresql-$version-cdc-fdw" &&
		rm -rf /home/tester &&
		! find / -xdev -name '*cdc[_-]fdw*' -not -path "$top*" | grep .
}

# On the new machine: nothing is known of languages or of who asks.
inside()
{
	unset LANG
	export DEBIAN_FRONTEND=noninteractive
	printf 'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\n' \
		>/etc/apt/apt.conf.d/50answers
	test_that "PostgreSQL $version: apt knows what there is" apt-get -qq update
	test_that "PostgreSQL $version: README's commands on a new machine give README's answer" newcomer
	test_that "PostgreSQL $version: make installcheck, by another user than the server's" installcheck
	test_that "PostgreSQL $version: nothing is left behind a removal" leftovers
}

# Build and install what is unpacked in a folder, and remove it again.
build_archive()
{
	local installed=(make -s -C "$1" DESTDIR="$scratch/installed" CC=clang)

	make -s -j"$(nproc)" -C "$1" CC=clang WERROR=1 &&
		"${installed[@]}" install && find "$scratch/installed" -name cdc_fdw.so | grep . &&
		"${installed[@]}" uninstall && ! find "$scratch/installed" -type f | grep .
}

# Each file that META.json names is in the archive.
provided()
{
	.ci/meta META.json && perl -MJSON::PP -0777 -ne '
		-f or die "no file $_\n" for map { @{$_}{qw(file docfile)} } values %{ decode_json($_)->{provides} }' META.json
}

archive()
{
	local zip

	test_that "make dist" make -s -C "$top" dist
	zip=$(ls "$top"/build/cdc_fdw-*.zip) && unzip -q "$zip" -d "$scratch" || failed=1
	cd "$scratch/$(basename "$zip" .zip)" || return
	test_that "META.json is as PGXN wants it" provided
	test_that "the archive is built by clang without a warning, installed and removed" build_archive "$PWD"
}

if [ "${1:-}" = --inside ]
then
	version=$2
	inside
	exit $failed
fi

[ $# != 0 ] || set -- 15 17 18
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
rm -f "$top"/build/cdc_fdw-*.zip
archive
for version in "$@"
do
	test_that "PostgreSQL $version: make deb, and lintian" make -s -C "$top" deb VERSIONS="$version"
	"$top/test/chroot.sh" --fresh "$version" test/packages.sh --inside "$version" </dev/null || failed=1
done
exit $failed
