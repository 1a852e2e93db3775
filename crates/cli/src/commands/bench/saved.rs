//! The latest result of `watchme bench`, kept in the data folder for `watchme doctor`.

use std::fs;
use std::io;
use std::path::PathBuf;

use watchme_app::SpeechSettings;

use super::body::BenchBody;

/// Writes the result, replacing the previous one. Without a data folder nothing is kept.
pub(super) fn save(speech: &SpeechSettings, body: &BenchBody) -> io::Result<()> {
    let Some(path) = path(speech) else { return Ok(()) };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, serde_json::to_vec(body)?)
}

/// Reads the result. `None` if there is none, or another version wrote it differently.
pub(super) fn load(speech: &SpeechSettings) -> Option<BenchBody> {
    let bytes = fs::read(path(speech)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Beside the file that remembers the fastest number of threads.
fn path(speech: &SpeechSettings) -> Option<PathBuf> {
    speech.tuning_file.as_ref().map(|file| file.with_file_name("bench.json"))
}
