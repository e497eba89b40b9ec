#!/bin/sh
# As exits.c, for a machine without a C compiler.
echo $$ > "$1"
exit 1
