#!/bin/sh
# From `labelvc init`: labels with open conflicts are neither committed nor pushed.
# The hook that stood here before runs first; it is kept beside this file as
# @NAME@.before-labelvc, and `labelvc uninstall` puts it back.
input=/dev/null
if test "@NAME@" = pre-push; then
    input=$(mktemp) || exit 1
    trap 'rm -f "$input"' EXIT
    cat >"$input"
fi
earlier="${0%/*}/@NAME@.before-labelvc"
if test -x "$earlier"; then
    "$earlier" "$@" <"$input" || exit $?
fi

# Called by labelvc's own work, which looks for itself.
if test -n "$LABELVC_IN_HOOK"; then
    exit 0
fi

program=$(git config --get labelvc.program) || exit 0
test -x "$program" || program=labelvc
if command -v "$program" >/dev/null; then
    LABELVC_IN_HOOK=1 "$program" hook @NAME@ "$@" <"$input" || exit 1
elif test "@NAME@" != pre-push &&
    git grep --cached -q -e '^<<<<<<< ' -e '^ *unresolved: [0-9a-f]' -- '*.dvc'; then
    echo "labelvc: a pointer is in conflict, and labelvc, which settles it, was not found" >&2
    exit 1
fi
