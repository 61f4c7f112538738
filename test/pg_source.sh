#!/bin/bash
# Fetches the source archive of Debian's PostgreSQL, through lists of its own:
# the machine's may have none.  It comes from where this machine's apt gets its
# packages.
#   test/pg_source.sh MAJOR FOLDER [SUITE]     default: the machine's own suite
# Unpacks it into FOLDER/source.
set -eu
major=$1 folder=$2

mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/source"
folder=$(cd "$folder" && pwd)
read -r uri suite < <(apt-get indextargets \
	--format '$(REPO_URI) $(CODENAME) $(ORIGIN) $(LABEL)' \
	'Created-By: Packages' |
	awk '$3 == "Debian" && $4 == "Debian" && $2 !~ /-/ { print $1, $2; exit }')
[ -n "$uri" ] || { echo "error: apt knows no Debian archive" >&2; exit 1; }
suite=${3:-$suite}
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" \
	>"$folder/source.list"
set -- -q -o Dir::Etc::sourcelist="$folder/source.list" \
	-o Dir::Etc::sourceparts=- -o Dir::State::lists="$folder/lists" \
	-o Dir::Cache="$folder/cache" -o APT::Sandbox::User= \
	-o Acquire::Check-Valid-Until=false
cd "$folder"
apt-get "$@" update
apt-get "$@" --download-only --tar-only source "postgresql-$major"
tar -C source --strip-components=1 -xf postgresql-"$major"_*.orig.tar.*
