set -eo pipefail
# The forge merges without labelvc's driver. That needs it where both sides changed a pointer or
# a dvc.lock since they parted, and not alike.
BASE_SHA=$(git rev-parse --verify "refs/remotes/origin/$BASE^{commit}")
parted=$(git merge-base "$BASE_SHA" HEAD)
changed() {
  git diff --name-only --no-renames "$1" "$2" -- ':(top)*.dvc' ':(top,glob)**/dvc.lock' |
    LC_ALL=C sort
}
theirs=$(changed "$parted" "$BASE_SHA")
ours=$(changed "$parted" HEAD)
differing=$(changed "$BASE_SHA" HEAD)
both=$(LC_ALL=C comm -12 <(echo "$theirs") <(echo "$ours"))
both=$(LC_ALL=C comm -12 <(echo "$both") <(echo "$differing"))
if test -n "$both"; then
  echo "labelvc: changed here and on $BASE, so only labelvc can merge it:"
  sed 's/^/- /' <<< "$both"
  echo "Run the job labelvc-merge, or in a clone: git merge origin/$BASE; dvc push; git push"
  exit 1
fi
labelvc hook merge-check "$BASE_SHA"
