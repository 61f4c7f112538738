#!/bin/bash
# Tests, in stages; ends with "N passed, N failed" over all of them.
#   test/check.sh [--ci|--long] [stage...]
# Stages are, by size:
#   make check        build floors unit both (regress and tap: test/t/*.pl)
#   make check-ci     build unit valgrind ci (test/ci/*.pl)
#   make check-long   build arm64 fuzz long (test/long/*.pl) asserts versions packages
# and the path of one TAP file.  All tests run in a copy of the sources in a
# folder of their own, as a user without rights where root started them,
# against a private PostgreSQL.  TAP files run side by side, one more than processors;
# those whose first comments say "Runs alone" measure time, and run after the
# others.
set -eu
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

passed=0
failed=0

# Count results in a log: TAP, pg_regress's lines, or another check's sum.
count()
{
	awk '
		/^ok [-0-9]/ || /^(test|    ).* \.\.\. ok / { p++ }
		/^not ok [-0-9]/ && !/# TODO/ { f++ }
		/^(test|    ).* \.\.\. FAILED/ { f++ }
		/^[0-9]+ passed, [0-9]+ failed$/ { sp = $1; sf = $3; sum = 1 }
		END { if (sum) print sp, sf; else print p + 0, f + 0 }' "$1"
}

# Where a stage's output goes.
log_of()
{
	echo "$work/log/${1//[^A-Za-z0-9_.-]/_}.log"
}

# Run one stage's command; how it ended and how long it took go beside its log.
execute()
{
	local log rc=0 began=$SECONDS

	log=$(log_of "$1")
	shift
	("$@") >"$log" 2>&1 </dev/null || rc=$?
	echo "$rc $((SECONDS - began))" >"$log.end"
}

# Add up what a stage reported, and show what failed.
report()
{
	local log rc seconds p f

	log=$(log_of "$1")
	read -r rc seconds <"$log.end"
	mv "$log.end" "$log.reported"
	# shellcheck disable=SC2046
	set -- $(count "$log")
	p=$1 f=$2
	if [ "$p$f" = 00 ] && [ $rc = 0 ]
	then
		if grep -q '^1\.\.0' "$log"
		then
			echo "   skipped: $(sed -n 's/^1\.\.0 # SKIP //p' "$log" | head -n 1)"
			return
		fi
		p=1
	fi
	[ $rc = 0 ] || [ "$f" != 0 ] || f=1
	passed=$((passed + p))
	failed=$((failed + f))
	echo "   $p passed, $f failed ($seconds s)"
	if [ "$f" != 0 ]
	then
		grep -A 3 -E '^not ok|\.\.\. FAILED' "$log" | head -n 40 || true
		echo "   ... the end of $log:"
		tail -n 50 "$log"
		return 1
	fi
	grep '^# long:' "$log" || true
}

# Run one stage's command and add up what it reported.
stage()
{
	say "$1"
	execute "$@"
	report "$1"
}

# A copy of what the tests need, without what was built, theirs to write in.
copy_tree()
{
	# files of a log may be read here when another test begins, and a change of
	# their owner is a change
	mkdir "$work/tree" "$work/tmp"
	give "$work/tmp"
	tar -C "$top" --exclude='*.o' --exclude='*.so' --exclude=test/output \
		-cf - .ci Makefile README.md cdc_fdw.control docs sql expected src test |
		tar -C "$work/tree" -xf -
	# real logs, if they are there, keep their place beside the sources
	if [ -d "$top/../shared/data" ]
	then
		mkdir "$work/shared"
		cp -R "$top/../shared/data" "$work/shared/data"
	fi
	"$top/test/old_sources.sh" "$work/tree/old"
	chmod -R u+rwX,a+rX "$work/tree"
	give "$work/tree"
}

regress()
{
	local rc=0

	# another user's than who runs the tests
	plain_user=daemon start_server "port = 5432" || return
	plainly env PGHOST="$work/socket" PGPORT=5432 PGUSER=postgres \
		"$MAKE" -C "$work/tree" installcheck \
		PG_CONFIG="$bindir/pg_config" || rc=$?
	stop_server
	[ $rc = 0 ] || find "$work/tree" -name regression.diffs -exec cat {} +
	return $rc
}

# One file of TAP tests, in the environment PGXS makes for them.
tap()
{
	local test=$1 pgxs name rc=0

	pgxs=$(cd "$(dirname "$("$PG_CONFIG" --pgxs)")/../.." && pwd)
	name=$(basename "$test" .pl)
	mkdir -p "$work/tap/$name"
	give "$work/tap/$name"
	plainly env PATH="$bindir:$PATH" TMPDIR="$work/tmp" \
		PG_CONFIG="$(command -v "$PG_CONFIG")" \
		TESTDIR="$work/tap/$name" \
		TESTDATADIR="$work/tap/$name/tmp_check" \
		TESTLOGDIR="$work/tap/$name/tmp_check/log" PGPORT=65432 \
		PG_REGRESS="$pgxs/src/test/regress/pg_regress" \
		PERL5LIB="$pgxs/src/test/perl:$work/tree/test/perl${PERL5LIB:+:$PERL5LIB}" \
		bash -c 'cd "$1" && exec prove -v "$2"' tap "$work/tree" "$test" ||
		rc=$?
	# PostgreSQL's test modules keep what tests say of failures to a file
	[ $rc = 0 ] || {
		grep -hA 8 'not ok ' "$work/tap/$name"/tmp_check/log/regress_log_*
		echo "..."
		tail -qn 5 "$work/tap/$name"/tmp_check/log/regress_log_*
	} 2>/dev/null | sed 's/^/#   /'
	return $rc
}

# Say how each of these TAP files ended that has, and was not told yet.
report_ended()
{
	local test

	for test in "$@"
	do
		[ -f "$(log_of "$test").end" ] || continue
		say "$test"
		report "$test" || true
	done
}

# The TAP files of a folder, beside what runs in the background already: the
# stages named behind it.
taps()
{
	local test tests=("${@:2}") alone=() files=()

	for test in "$work/tree/$1"/*.pl
	do
		[ -f "$test" ] || continue
		if sed '/^[^#]/q' "$test" | grep -q 'Runs alone'
		then
			alone+=("${test#"$work/tree/"}")
		else
			files+=("${test#"$work/tree/"}")
		fi
	done
	# one more than there are processors, since many wait for servers
	local most=$(($(nproc) + 1))

	tests+=("${files[@]}")
	say "$1: ${#files[@]} files, $most at a time"
	for test in "${files[@]}"
	do
		while [ "$(jobs -pr | wc -l)" -ge $most ]
		do
			wait -n || true
			report_ended "${tests[@]}"
		done
		execute "$test" tap "$test" &
	done
	wait
	report_ended "${tests[@]}"
	for test in "${alone[@]}"
	do
		stage "$test" tap "$test" || true
	done
}

build()
{
	"$MAKE" -s -C "$top" WERROR=1 && private_postgres
}

# The private PostgreSQL is made once, for whichever stage needs it first.
need_postgres()
{
	bindir=$(private_bindir)
	[ -x "$bindir/postgres" ] || private_postgres
}

# A target of the unit tests, their random campaigns shorter by the divisor,
# built by the compiler that builds the rest and with the warnings off that PostgreSQL's makefiles turn off for it.
unit()
{
	plainly env UNIT_DIVISOR="$unit_divisor" \
		"$MAKE" -j"$(nproc)" -k -Otarget -C "$work/tree/test/unit" "$1" CC=gcc \
		CFLAGS="-Wno-format-truncation -Wno-stringop-truncation"
}

# Each fuzz target for some seconds.
fuzz()
{
	plainly "$MAKE" -j"$(nproc)" -C "$work/tree/test/unit" fuzz SECONDS="$1"
}

run()
{
	local test

	case $1 in
		build)
			stage "build, warnings are errors" build ;;
		floors)
			stage "floors: who includes what, what is exported" \
				"$top/.ci/floors" || true
			stage "names: where functions are, who calls whom" \
				"$top/.ci/names" || true
			stage "documents: options, settings, new errors, links" \
				"$top/.ci/docs" || true ;;
		unit)
			stage "unit tests of the pure C parts, with sanitizers" \
				unit check || true
			run fuzz ;;
		fuzz)
			stage "fuzzing of the pure C parts, $fuzz_seconds s each" \
				fuzz "$fuzz_seconds" || true ;;
		valgrind)
			stage "unit tests of the pure C parts, with valgrind" \
				unit check-valgrind || true ;;
		regress)
			need_postgres
			stage "regression tests" regress || true ;;
		tap)
			need_postgres
			taps test/t ;;
		both)
			need_postgres
			execute "regression tests" regress &
			taps test/t "regression tests" ;;
		ci)
			need_postgres
			taps test/ci ;;
		*.pl)
			need_postgres
			stage "$1" tap "$1" || true ;;
		long)
			need_postgres
			taps test/long ;;
		arm64)
			stage "unit tests of the pure C parts, emulated arm64" \
				unit check-arm64 || true ;;
		asserts)
			stage "PostgreSQL with assertions: regression and TAP tests" \
				"$top/test/asserts.sh" build regress tap || true ;;
		versions)
			for test in 17 18
			do
				stage "PostgreSQL $test: build and regression tests" \
					"$top/test/versions.sh" "$test" || true
			done ;;
		packages)
			stage "packages: build, install, test, remove" \
				"$top/test/packages.sh" || true ;;
		*)
			echo "error: no stage $1" >&2
			exit 2 ;;
	esac
}

stages="build floors unit both"
fuzz_seconds=2
unit_divisor=4
case ${1:-} in
	--ci)
		stages="build unit valgrind ci"
		fuzz_seconds=5
		unit_divisor=1
		shift ;;
	--long)
		stages="build arm64 fuzz long asserts versions packages"
		fuzz_seconds=60
		shift ;;
esac

work_folder check
mkdir "$work/log"
finish()
{
	# shellcheck disable=SC2046
	[ -z "$(jobs -p)" ] || kill $(jobs -p) 2>/dev/null || true
	stop_server
	if [ "$failed" = 0 ] && [ "${complete:-}" = yes ]
	then
		rm -rf "$work"
	else
		echo "logs are kept in $work"
	fi
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

say "copying the sources to $work"
copy_tree
for name in ${*:-$stages}
do
	# nothing else is worth running where the build fails
	run "$name" || break
done
complete=yes
trap - EXIT
finish
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
