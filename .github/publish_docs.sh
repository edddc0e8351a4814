#!/usr/bin/env bash
# Commits built documentation to the local branch gh-pages.
#
#     publish_docs.sh FOLDER REF
#
# REF is the branch "main" or a tag such as v0.1.2. Beside the folders of versions, the
# branch has "stable", a copy of the latest release, and versions.json for the menu.
set -euo pipefail

built=$(realpath "$1")
case $2 in
    main) version=dev ;;
    v[0-9]*.[0-9]*) version=$(sed -E 's/^v([0-9]+\.[0-9]+).*/\1/' <<< "$2") ;;
    *) echo "$2 is neither main nor a tag of a version" >&2; exit 1 ;;
esac

pages=$(mktemp -d)
trap 'git worktree remove --force "$pages"' EXIT
if git rev-parse -q --verify origin/gh-pages > /dev/null; then
    git worktree add -q -B gh-pages "$pages" origin/gh-pages
else
    git worktree add -q --detach "$pages"
    git -C "$pages" checkout -q --orphan gh-pages
    git -C "$pages" rm -rfq .
fi

cd "$pages"
rm -rf "$version"
cp -r "$built" "$version"
releases=$(find . -maxdepth 1 -type d -name '[0-9]*.[0-9]*' -printf '%f\n' | sort -rV)
latest=$(head -n 1 <<< "$releases")
if [ -n "$latest" ]; then
    rm -rf stable
    cp -r "$latest" stable
fi
root=$([ -n "$latest" ] && echo stable || echo dev)
echo "<meta http-equiv=\"refresh\" content=\"0; url=$root/index.html\">" > index.html
touch .nojekyll
{
    echo "["
    for name in dev $releases; do
        [ -d "$name" ] || continue
        url="https://skdeepcluster.github.io/skdeepcluster/$name/"
        preferred=$([ "$name" = "$latest" ] && echo true || echo false)
        echo "  {\"version\": \"$name\", \"url\": \"$url\", \"preferred\": $preferred},"
    done | sed '$ s/,$//'
    echo "]"
} > versions.json
git add -A
git commit -q -m "Documentation of $version" || echo "nothing has changed"
