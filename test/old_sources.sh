#!/bin/bash
# The sources of earlier versions, with which test/t/110_upgrade.pl and
# test/ci/upgrade.pl begin: a folder for each in a new folder.
#   test/old_sources.sh <folder>
# They come from the history; or from build/old, where versions.sh and
# asserts.sh put them, since their copies of this tree have no history.  Without either no folder is made.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)

if [ -d "$top/build/old" ]
then
	cp -R "$top/build/old" "$1"
elif [ -e "$top/.git" ]
then
	# the last commit of each
	while read -r version commit
	do
		git -C "$top" rev-parse -q --verify "$commit^{commit}" >/dev/null 2>&1 || continue
		mkdir -p "$1/$version"
		git -C "$top" archive "$commit" | tar -C "$1/$version" -xf -
	done <<-'VERSIONS'
		0.1.0 94783b9c863360bb32edb0b39e9348d87b9f4274
		0.2.0 d9643f3d7ad621994c46f25043dbfe481106374f
	VERSIONS
fi
