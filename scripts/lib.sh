# Shared by the scripts here: says what is done and how long it took. Sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools="$root/target/tools"
PATH="$tools/bin:$PATH"

# The packages that are built, linted and tested together: always the same set, so that cargo never builds a dependency
# a second time with other features.
packages=(-p gesher-contract -p gesher-app --features gesher-app/ssr -p gesher-directory -p gesher-domain -p gesher-insights -p gesher-sandbox -p gesher-server)

say() {
    printf '\n== %s\n' "$*"
}

duration() {
    if (($1 < 60)); then printf '%ds' "$1"; else printf '%dm%02ds' $(($1 / 60)) $(($1 % 60)); fi
}

# step <what it does> <command…>: runs the command and prints how long it took.
step() {
    local what=$1 start=$SECONDS status=0
    shift
    say "$what"
    "$@" || status=$?
    printf '== %s: %s, %s\n' "$what" "$( ((status == 0)) && echo done || echo "failed ($status)")" "$(duration $((SECONDS - start)))"
    return "$status"
}

have() {
    command -v "$1" >/dev/null 2>&1
}

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# npm_install <folder>: what its package-lock.json names, once for each state of that file.
npm_install() {
    local folder=$1
    if ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed"; then
        (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error) && cp "$folder/package-lock.json" "$folder/node_modules/.installed"
    fi
}

# apt_install <package…>: those that are missing, when this is Debian and we are root; else says what to install.
apt_install() {
    local missing=() package
    for package in "$@"; do
        if ! have dpkg || ! dpkg -s "$package" >/dev/null 2>&1; then missing+=("$package"); fi
    done
    ((${#missing[@]})) || return 0
    if ! have apt-get || (($(id -u) != 0)); then
        die "please install ${missing[*]} (on Debian: sudo apt-get install ${missing[*]})"
    fi
    step "Install ${missing[*]}" apt_get_install "${missing[@]}"
}

apt_get_install() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update && apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}
