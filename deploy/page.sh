#!/usr/bin/env bash
# Builds the page of web/ into web/dist, from where the program takes it in.
# The program also builds without it and then serves its small page, so what is
# missing here is told and is no failure, except to CI.
#
#   deploy/page.sh            build it, if it is not built from what is there now
#   deploy/page.sh npm ARGS   run npm in web/, if there is one
#   deploy/page.sh browser    bring Chromium for the page's own test, if it can be had
#
# WITHOUT_PAGE=1 leaves the page out.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
web="$root/web"
stamps="$root/.runtime"
node_wanted=18

say() { printf 'page: %s\n' "$*"; }

# Ends without the page: an ordinary outcome for a user, a fault in CI.
do_without() {
    say "$@"
    say "the program is built without it and serves its small page; see \"The page\" in docs/operations.md"
    if [[ ${CI:-} == true ]]; then exit 1; fi
    exit 0
}

has() { command -v "$1" >/dev/null 2>&1; }

main() {
    if [[ -n ${WITHOUT_PAGE:-} ]]; then
        return
    fi
    case ${1:-build} in
    build) build ;;
    npm)
        shift
        if node_is_there && [[ -d $web/node_modules ]]; then
            (cd "$web" && quiet_npm "$@")
        else
            say "npm $* left out: there is no Node $node_wanted"
        fi
        ;;
    browser) install chromium || say "Chromium cannot be had; the page's own test is left out" ;;
    *) say "there is no $1 here" && return 2 ;;
    esac
}

build() {
    mkdir -p "$stamps"
    local sources lock
    sources=$(cd "$web" && find src scripts index.html package-lock.json vite.config.ts -type f -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
    if [[ -s $web/dist/index.html && $(stamp page.built) == "$sources" && -d $web/node_modules ]]; then
        return
    fi
    node_is_there || install nodejs npm || do_without "Node $node_wanted or newer with npm is missing"
    node_is_there || do_without "the Node that there is, is older than $node_wanted"
    lock=$(sha256sum <"$web/package-lock.json")
    if [[ ! -d $web/node_modules || $(stamp page.lock) != "$lock" ]]; then
        say "fetching what it is built with"
        # Not `npm ci`: it wants the packages of every platform in the lock, also those
        # that a registry does not have. Versions and hashes are the lock's this way too.
        (cd "$web" && quiet_npm install --no-save --ignore-scripts --prefer-offline) ||
            do_without "npm could not fetch what it is built with"
        printf '%s' "$lock" >"$stamps/page.lock"
    fi
    say "building"
    (cd "$web" && quiet_npm run --silent build) || do_without "it could not be built"
    printf '%s' "$sources" >"$stamps/page.built"
}

stamp() { cat "$stamps/$1" 2>/dev/null || true; }

quiet_npm() { npm --loglevel=error --no-audit --no-fund "$@"; }

node_is_there() {
    has node && has npm && (($(node -p 'process.versions.node.split(".")[0]') >= node_wanted))
}

install() {
    local missing=() package
    for package in "$@"; do
        has "${package/nodejs/node}" || missing+=("$package")
    done
    if ((${#missing[@]} == 0)); then
        return 0
    fi
    has apt-get || return 1
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120)
    if [[ $(id -u) -ne 0 ]]; then
        has sudo || return 1
        apt=(sudo "${apt[@]}")
    fi
    say "installing ${missing[*]}"
    "${apt[@]}" -qq update || true
    "${apt[@]}" -qq install -y --no-install-recommends "${missing[@]}" >&2
}

main "$@"
