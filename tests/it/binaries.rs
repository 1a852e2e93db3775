//! The binaries under test, and their isolation.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

/// Returns a binary of this workspace, built beside this test by `cargo test --workspace`.
pub(crate) fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join(name);
    assert!(path.is_file(), "{} is not built: run `cargo build --workspace` first", path.display());
    path
}

/// Returns the path of a file of the project.
pub(crate) fn project_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(path)
}

/// Isolates a command: it has `home` for everything, the small model and no other setting. It ends
/// with the test, which reads its output.
pub(crate) fn isolate(command: &mut Command, home: &Path) {
    let model = project_file("models/ggml-synth-tiny.bin");
    command
        .env_clear()
        .env("HOME", home)
        .env("WATCHME_DATA_DIR", home.join("data"))
        .env("WATCHME_MODELS", format!("base={}", model.display()))
        .current_dir(home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
}
