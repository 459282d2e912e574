#!/usr/bin/env bash
# Brings a machine to where Xunjie builds and runs: system packages, a Rust
# toolchain, ONNX Runtime's shared library. May be run again at any time; when
# nothing is missing it says so at once.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
runtime="$root/.runtime"
stamp="$runtime/setup.stamp"
wheel_list="$root/deploy/onnxruntime.txt"
onnxruntime_version=$(sed -n 's/^onnxruntime==\([0-9.]*\).*/\1/p' "$wheel_list")
library="$runtime/libonnxruntime.so.$onnxruntime_version"
rust_wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml")

packages=(
    build-essential pkg-config ca-certificates curl python3
    libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev
    gstreamer1.0-plugins-base gstreamer1.0-plugins-good
    gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav
)

# Brokers that the tests start for themselves; the program runs without them.
brokers=(mosquitto nats-server)
packages+=("${brokers[@]}")

say() { printf 'setup: %s\n' "$*"; }

die() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

main() {
    # Where rustup puts the toolchain, whether or not the shell knows of it yet.
    export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    local inputs
    inputs=$(inputs_hash)
    if is_complete "$inputs"; then
        say "complete"
        return
    fi
    rm -f "$stamp"
    install_packages
    install_rust
    install_onnxruntime
    # Last, and in one step: a stamp is never there for half a set-up.
    printf '%s\n' "$inputs" >"$stamp.new"
    mv "$stamp.new" "$stamp"
    say "done"
}

# What a finished set-up was made from: when it changes, everything is looked at again.
inputs_hash() {
    { cat "${BASH_SOURCE[0]}" "$wheel_list"; printf '%s %s\n' "$rust_wanted" "$(uname -m)"; } |
        sha256sum | cut -d ' ' -f 1
}

is_complete() {
    [[ -f $stamp && $(<"$stamp") == "$1" ]] &&
        onnxruntime_is_there && rust_is_new_enough && gstreamer_is_there
}

gstreamer_is_there() {
    if has dpkg-query; then
        [[ -z $(missing_packages) ]]
    else
        has pkg-config && pkg-config --exists gstreamer-1.0 gstreamer-app-1.0 gstreamer-video-1.0
    fi
}

has() { command -v "$1" >/dev/null 2>&1; }

# --- System packages ---------------------------------------------------------

install_packages() {
    if ! has apt-get || ! has dpkg-query; then
        check_other_system
        return
    fi
    local missing
    read -r -a missing <<<"$(missing_packages)"
    find_pip >/dev/null || missing+=(python3-pip)
    if ((${#missing[@]} == 0)); then
        return
    fi
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120)
    if [[ $(id -u) -ne 0 ]]; then
        has sudo || die "these packages are missing and neither root nor sudo is at hand:" \
            "  ${missing[*]}" "install them as root, then run this again"
        apt=(sudo "${apt[@]}")
    fi
    say "installing ${missing[*]}"
    # Old lists are good enough where one of several mirrors does not answer.
    "${apt[@]}" -qq update || say "apt could not refresh its lists; going on with those it has"
    "${apt[@]}" -qq install -y --no-install-recommends "${missing[@]}" >&2 ||
        die "apt could not install: ${missing[*]}"
    local package
    for package in "${missing[@]}"; do
        [[ " ${brokers[*]} " != *" $package "* ]] || stop_service "$package"
    done
}

# A broker that was installed for the tests is not meant to run on its own.
stop_service() {
    [[ -d /run/systemd/system ]] || return 0
    local systemctl=(systemctl)
    [[ $(id -u) -eq 0 ]] || systemctl=(sudo systemctl)
    "${systemctl[@]}" disable --now "$1" >&2 || say "could not stop $1, which nothing here needs running"
}

missing_packages() {
    local package state missing=()
    declare -A states=()
    while read -r package state; do
        states[$package]=$state
    done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null)
    for package in "${packages[@]}"; do
        [[ ${states[$package]:-} == installed ]] || missing+=("$package")
    done
    echo "${missing[*]}"
}

check_other_system() {
    local program missing=()
    for program in cc pkg-config curl python3; do
        has "$program" || missing+=("$program")
    done
    find_pip >/dev/null || missing+=("pip for python3")
    gstreamer_is_there || missing+=("GStreamer 1.22 or newer with its headers")
    if ((${#missing[@]} == 0)); then
        say "this system has no apt; make sure that GStreamer's base, good, bad, ugly and libav plugins are there"
        return
    fi
    die "this system has no apt, so these must be installed by hand:" "${missing[@]/#/  }" \
        "on Debian 12 and Ubuntu 24.04 the packages are:" "  ${packages[*]} python3-pip"
}

# --- Rust --------------------------------------------------------------------

install_rust() {
    if rust_is_new_enough; then
        return
    fi
    if has rustup; then
        say "bringing Rust to $rust_wanted or newer"
        rustup toolchain install stable --profile minimal --component rustfmt --component clippy
    else
        say "installing Rust with rustup"
        curl --proto '=https' --tlsv1.2 -fsSL https://sh.rustup.rs |
            sh -s -- -y --no-modify-path --profile minimal --component rustfmt --component clippy ||
            die "rustup could not be fetched; install Rust $rust_wanted or newer, then run this again"
        say "cargo is in ${CARGO_HOME:-$HOME/.cargo}/bin; make finds it there by itself"
    fi
    hash -r
    rust_is_new_enough ||
        die "cargo is still older than $rust_wanted; 'rustup default stable' may be what is needed"
}

rust_is_new_enough() {
    local have
    have=$(cargo --version 2>/dev/null | cut -d ' ' -f 2) || return 1
    [[ -n $have && $(printf '%s\n' "$rust_wanted" "$have" | sort -V | head -n 1) == "$rust_wanted" ]]
}

# --- ONNX Runtime ------------------------------------------------------------

onnxruntime_is_there() {
    [[ -s $library || -s ${ORT_DYLIB_PATH:-} ]]
}

install_onnxruntime() {
    mkdir -p "$runtime"
    if onnxruntime_is_there; then
        return
    fi
    local machine python
    machine=$(uname -m)
    [[ $(uname -s) == Linux && ($machine == x86_64 || $machine == aarch64) ]] ||
        die "no ONNX Runtime is known here for $(uname -s) on $machine; set ORT_DYLIB_PATH to one"
    python=$(find_pip) || die "python3 has no pip"
    say "fetching ONNX Runtime $onnxruntime_version"
    # Global, so that the trap still knows it when the function has ended.
    fetched=$(mktemp -d "$runtime/fetch.XXXXXX")
    trap 'rm -rf "$fetched"' EXIT
    # Any CPython's wheel holds the same library; naming one keeps the hashes
    # true whatever Python the machine has.
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
        --only-binary=:all: --implementation cp --python-version 3.12 \
        --platform "manylinux_2_28_$machine" --dest "$fetched" --requirement "$wheel_list" ||
        die "pip could not fetch ONNX Runtime $onnxruntime_version"
    "$python" - "$fetched" "$(basename "$library")" <<'PYTHON'
import pathlib, shutil, sys, zipfile

folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
(wheel,) = folder.glob("*.whl")
with zipfile.ZipFile(wheel) as files, files.open(f"onnxruntime/capi/{name}") as packed:
    with open(folder / name, "wb") as unpacked:
        shutil.copyfileobj(packed, unpacked)
PYTHON
    mv "$fetched/$(basename "$library")" "$library"
}

# The Python that can run pip: the first on the path, or the system's own.
find_pip() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -m pip --version >/dev/null 2>&1; then
            echo "$python"
            return
        fi
    done
    return 1
}

main
