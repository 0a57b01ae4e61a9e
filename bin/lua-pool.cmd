@echo off
>&2 echo lua-pool: there is no pool on Windows: luaPath names bin\lua.cmd, and each session starts a Node
exit /b 70
