#!/bin/sh
# Docker: ENTRYPOINT of an image with Apache and PHP, started as root. The pool runs beside the web
# server, as its user; when the web server ends, so does the container.
set -e

export SCRIBUNTO_LUA_RUNTIME_DIR=/run/scribunto-lua
install -d -m 0700 -o www-data -g www-data "$SCRIBUNTO_LUA_RUNTIME_DIR"
setpriv --reuid=www-data --regid=www-data --init-groups /opt/scribunto-fengari/bin/lua-pool start

exec docker-php-entrypoint "${@:-apache2-foreground}"
