set -eo pipefail
# Merges the branch $BASE into $BRANCH, which is checked out, and pushes to $ORIGIN.
if test -z "$LABELVC_TOKEN"; then
  echo "labelvc: the secret LABELVC_TOKEN is missing. What the job's own token pushes starts no" \
    "checks, so this job needs another: see docs/forge.md of labelvc."
  exit 1
fi
token=$LABELVC_TOKEN
unset LABELVC_TOKEN  # nothing but the last line is to see it
labelvc init
# The files that `init` lays down where they are missing are no part of the merge.
git reset --quiet --hard
git clean --quiet -d --force
if ! git merge -m "Merge $BASE into $BRANCH" "refs/remotes/origin/$BASE"; then
  labelvc conflicts || true
  echo "labelvc: nothing was pushed. Settle it in a clone: git merge origin/$BASE;" \
    "labelvc resolve; labelvc merge --continue; dvc push; git push"
  exit 1
fi
# Labels before the pointers to them: whoever sees the merge can fetch its labels.
top=$(git rev-parse --show-toplevel)
git -C "$top" ls-files -z -- ':(glob)**/.dvc/config' | while IFS= read -r -d '' config; do
  (cd "$top/${config%.dvc/config}" && dvc push)
done
helper='!f() { echo username=x-access-token; echo "password=$LABELVC_TOKEN"; }; f'
LABELVC_TOKEN=$token git -c credential.helper= -c credential.helper="$helper" \
  push "$ORIGIN" "HEAD:refs/heads/$BRANCH"
