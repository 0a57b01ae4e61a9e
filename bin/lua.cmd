@echo off
rem What luaPath names on Windows: starts Node, as bin/lua does where it may. Scribunto sets no limits
rem there, and there is no pool. Written by the book: nobody has run it on Windows yet.
rem
rem   SCRIBUNTO_LUA_NODE   the Node to use, if not the one in PATH
setlocal

rem Special:Version asks this way, and shows the first word and what follows it.
if not "%~1"=="-v" goto start
if not "%~2"=="" goto start
echo Lua 5.1.5  Copyright (C) 1994-2012 Lua.org, PUC-Rio
exit /b 0

:start
set "program=%~dp0..\dist\lua.cjs"
if exist "%program%" goto run
>&2 echo lua: "%program%" is missing: run npm run build
exit /b 70

:run
set "node=node"
if defined SCRIBUNTO_LUA_NODE set "node=%SCRIBUNTO_LUA_NODE%"
rem Node would read these certificates first of all, which takes longer than its own start.
set "NODE_EXTRA_CA_CERTS="
rem Not the stack size of bin/lua: Windows gives a program one megabyte, which is V8's own number.
"%node%" --v8-pool-size=1 --max-semi-space-size=8 --max-inlined-bytecode-size-cumulative=300 "%program%" %*
rem cmd.exe's own number for a command that it cannot find.
if not %errorlevel%==9009 exit /b %errorlevel%
>&2 echo lua: cannot find Node ("%node%"): set SCRIBUNTO_LUA_NODE
exit /b 70
