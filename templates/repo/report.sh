set -eo pipefail
# Writes into $REPORT what HEAD changed in the labels since it parted from BASE. Git has the
# pointers; labelvc fetches the labels that differ, and the pictures it shows, from the DVC remote.
# Where the remote cannot be asked, the report tells what the pointers know.
labelvc report "$BASE...$HEAD" -o "$REPORT"
# For who posts the comment: nothing is said where no label changed.
changed=true
if labelvc diff --quiet --stat --exit-code "$BASE...$HEAD" > /dev/null 2>&1; then
  changed=false
fi
echo "{\"pull_request\": $NUMBER, \"head\": \"$HEAD\", \"run\": $RUN, \"changed\": $changed}" \
  > "$REPORT/about.json"
