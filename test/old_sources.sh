#!/bin/bash
# The sources of 0.1.0, with which test/t/110_upgrade.pl begins, into a new folder.
#   test/old_sources.sh <folder>
# They come from the history; or from build/old, where versions.sh and
# asserts.sh put them, since their copies of this tree have no history.  Without either no folder is made.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
# the last commit of 0.1.0
commit=94783b9c863360bb32edb0b39e9348d87b9f4274

if [ -d "$top/build/old" ]
then
	cp -R "$top/build/old" "$1"
elif [ -e "$top/.git" ] && git -C "$top" rev-parse -q --verify "$commit^{commit}" >/dev/null 2>&1
then
	mkdir "$1"
	git -C "$top" archive "$commit" | tar -C "$1" -xf -
fi
