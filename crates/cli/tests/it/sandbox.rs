//! A folder for one test: home, data and working folder of the binary, and nothing else.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub(crate) struct Sandbox {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// Output and exit status of a command.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The models and recordings of the project.
pub(crate) fn models_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").canonicalize().unwrap()
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let sandbox = Self { folder: TempDir::new().unwrap(), variables: Vec::new() };
        let home = sandbox.path("home");
        fs::create_dir_all(&home).unwrap();
        sandbox.with("HOME", &home.display().to_string())
    }

    /// With the demo model, for speech of either of its languages.
    pub(crate) fn with_model() -> Self {
        let model = models_dir().join("ggml-synth-tiny.bin");
        let model = format!("synth-tiny={}", model.display());
        Self::new().with("WATCHME_MODELS", &model).with("WATCHME_LANGUAGE", "auto")
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// The data folder that a home has.
    pub(crate) fn data(&self, below: &str) -> PathBuf {
        self.path("home/.local/share/watchme").join(below)
    }

    /// Puts a recording where the folder source looks for it.
    pub(crate) fn record(&self, key: &str, content: &[u8]) {
        let path = self.data("recordings").join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Runs the binary in this folder, with these variables only.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with_input(arguments, &[])
    }

    /// Runs the binary with this standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Run {
        let mut child = Command::new(env!("CARGO_BIN_EXE_watchme"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads nothing may have ended already.
        let _ = child.stdin.take().unwrap().write_all(input);
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        Run {
            code: status.code().unwrap(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }
}

impl Run {
    /// Checks the exit status and returns the output.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}
