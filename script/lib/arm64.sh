# Building for arm64 and emulating it on Debian for amd64: read by script/test-arm64, script/test-image and script/count-arm64, from the root of the project.
# Sets `target`, `sysroot` and `qemu`, and what cargo needs to compile and run for the target.

target=aarch64-unknown-linux-gnu
sysroot=/usr/aarch64-linux-gnu
tools=$PWD/target/arm64
mkdir -p "$tools"

as_root() {
    if [[ $(id -u) -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

install_packages() {
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# A compiler for what is written in C and C++, a linker and the C library.
install_compiler() {
    script/bootstrap
    command -v aarch64-linux-gnu-g++ >/dev/null ||
        { say "installing a compiler for arm64" && install_packages g++-aarch64-linux-gnu libc6-dev-arm64-cross; }
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
    export CC_aarch64_unknown_linux_gnu=aarch64-linux-gnu-gcc CXX_aarch64_unknown_linux_gnu=aarch64-linux-gnu-g++
    export AR_aarch64_unknown_linux_gnu=aarch64-linux-gnu-ar
    # libclang reads the headers of the other machine, and not this one's.
    export BINDGEN_EXTRA_CLANG_ARGS_aarch64_unknown_linux_gnu=-I$sysroot/include
}

# QEMU 8.1 or newer, the first that knows a Neoverse V1. Debian 12 has an older one; its backports have one that needs no library.
install_qemu() {
    qemu=$(command -v qemu-aarch64 || command -v qemu-aarch64-static || true)
    # QEMU ends its help as if it were an error.
    knows_v1() { [[ -n $qemu && $("$qemu" -cpu help || true) == *neoverse-v1* ]]; }
    knows_v1 && return
    qemu=$tools/qemu/usr/bin/qemu-aarch64
    [[ -x $qemu ]] && return
    say "fetching QEMU from the backports of Debian 12"
    local lists=$tools/apt
    mkdir -p "$lists/lists/partial"
    echo 'deb http://deb.debian.org/debian bookworm-backports main' >"$lists/sources.list"
    local apt=(apt-get -qq -o Dir::Etc::SourceList="$lists/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$lists/lists"
        -o Dir::Cache="$lists" -o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root)
    "${apt[@]}" update
    (cd "$lists" && "${apt[@]}" download qemu-user && dpkg-deb --extract qemu-user_*.deb "$tools/qemu" && rm qemu-user_*.deb)
    knows_v1 || die "this QEMU knows no Neoverse V1" "install QEMU 8.1 or newer"
}

add_rust_target() {
    # The toolchain of rust-toolchain.toml.
    rustup target add "$target" 2>/dev/null ||
        die "rustup cannot fetch the standard library for arm64" "check that https://static.rust-lang.org can be reached"
}

# Runs a command of cargo with what it builds emulated as one processor.
emulate() {
    local cpu=$1
    shift
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="$qemu -cpu $cpu -L $sysroot" WATCHME_EMULATED=1 "$@"
}
