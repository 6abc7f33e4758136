# Read by the programs beside it, with $0 as theirs: starts the stand-in for the provider $1 with the other arguments.
#
# The engine starts a provider again for every operation, so this path is short: the program is one file, made anew
# only when a source or a package has changed. It lives under node_modules, where its packages are found and where
# `npm ci` removes it.
here=$(dirname -- "$(readlink -f -- "$0")")
root=$(dirname -- "$(dirname -- "$here")")
provider=$1
shift

# The sources name each other by their place, so that counts too.
sum=$({
  printf '%s\n' "$root"
  find "$root/package-lock.json" "$root/lab" "$root/backlog" -type f \( -name '*.ts' -o -name package-lock.json \) \
    -exec cat {} +
} | sha256sum)
key=$(printf %.16s "$sum")
file=$root/node_modules/.cache/listen-backlog/$provider-$key.js
if [ ! -f "$file" ]; then
  # The port on stdout is what the engine waits for; nothing else may be there.
  (cd "$root" && node --require tsx/cjs lab/providers/bundle.ts "$provider" "$file") >&2
fi
exec node "$file" "$@"
