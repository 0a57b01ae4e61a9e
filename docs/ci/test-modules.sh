#!/bin/sh
# Runs the tests of a folder of Scribunto modules: test-modules.sh FOLDER [OPTION OF LUA-RUN]...
# Test modules are files called testcases.lua, the usual name on wikis.
#
#   LUA_RUN   the lua-run to use, if not scribunto-lua-run in PATH
set -eu

folder=${1:?usage: test-modules.sh FOLDER [OPTION OF LUA-RUN]...}
shift
set -- "${LUA_RUN:-scribunto-lua-run}" --modules "$folder" "$@" --test
modules=$#
while IFS= read -r file; do
	set -- "$@" "$file"
done <<FILES
$(find "$folder" -name testcases.lua | LC_ALL=C sort)
FILES
# Without modules one empty line was read.
for file; do :; done
if [ "$#" -eq "$((modules + 1))" ] && [ -z "$file" ]; then
	echo "test-modules.sh: no testcases.lua in $folder" >&2
	exit 66
fi
exec "$@"
