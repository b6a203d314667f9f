#!/bin/sh
# From `labelvc init`: after Git moved a pointer (*.dvc), its label file follows.
# The hook that stood here before runs first and decides the exit status; it is kept beside this
# file as @NAME@.before-labelvc, and `labelvc uninstall` puts it back.
status=0
earlier="${0%/*}/@NAME@.before-labelvc"
if test -x "$earlier"; then
    "$earlier" "$@" || status=$?
fi

# Told by Git that only the index changed, or called by labelvc's own work: nothing to follow.
if test "@NAME@ $1" = "post-index-change 0" || test -n "$LABELVC_IN_HOOK"; then
    exit "$status"
fi

program=$(git config --get labelvc.program) || exit "$status"
test -x "$program" || program=labelvc
if command -v "$program" >/dev/null; then
    LABELVC_IN_HOOK=1 "$program" hook @NAME@ "$@" </dev/null
fi
exit "$status"
