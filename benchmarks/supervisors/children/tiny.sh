#!/bin/sh
# As tiny.c, for a machine without a C compiler.
echo $$ > "$1"
[ -z "$READY_FD" ] || echo >&"$READY_FD"
exec sleep 86400
