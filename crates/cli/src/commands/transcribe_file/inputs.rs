//! Inputs of `watchme transcribe-file`: files, folders of them, and standard input.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use tokio::fs;
use tokio::task::spawn_blocking;
use watchme_core::FetchedAudio;

/// Name that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// Extensions of audio and video files, for folders. A file that is named is read whatever its name.
const EXTENSIONS: [&str; 20] = [
    "aac", "aif", "aiff", "alac", "caf", "flac", "m4a", "m4b", "mka", "mkv", "mov", "mp3", "mp4",
    "oga", "ogg", "opus", "wav", "wave", "weba", "webm",
];

/// A recording to transcribe.
pub(super) enum Input {
    File(PathBuf),
    StandardInput,
}

impl Input {
    /// The path as it was given or found.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::StandardInput => Path::new(STANDARD_INPUT),
        }
    }

    /// Opens the recording. Standard input is copied to a temporary file first.
    pub(super) async fn open(&self) -> io::Result<FetchedAudio> {
        match self {
            Self::File(path) => {
                let found = fs::metadata(path).await?;
                if found.is_file() {
                    Ok(FetchedAudio::new(path.clone(), found.len(), ()))
                } else {
                    Err(io::Error::other("not a file"))
                }
            }
            Self::StandardInput => {
                spawn_blocking(read_standard_input).await.map_err(io::Error::other)?
            }
        }
    }
}

fn read_standard_input() -> io::Result<FetchedAudio> {
    let mut file = NamedTempFile::new()?;
    let size_bytes = io::copy(&mut io::stdin().lock(), &mut file)?;
    let path = file.into_temp_path();
    Ok(FetchedAudio::new(path.to_path_buf(), size_bytes, path))
}

/// Lists the recordings that `paths` name, those of a folder and its subfolders in the order of
/// their names.
pub(super) async fn find(paths: Vec<PathBuf>) -> Result<Vec<Input>, (PathBuf, io::Error)> {
    let mut inputs = Vec::new();
    for path in paths {
        if path == Path::new(STANDARD_INPUT) {
            inputs.push(Input::StandardInput);
        } else if fs::metadata(&path).await.is_ok_and(|found| found.is_dir()) {
            let mut files = files_in(&path).await.map_err(|error| (path, error))?;
            files.sort();
            inputs.extend(files.into_iter().map(Input::File));
        } else {
            inputs.push(Input::File(path));
        }
    }
    Ok(inputs)
}

/// Recordings in a folder and its subfolders. Links to folders are not followed.
async fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        let mut entries = fs::read_dir(&folder).await?;
        while let Some(entry) = entries.next_entry().await? {
            let path = entry.path();
            if entry.file_type().await?.is_dir() {
                folders.push(path);
            } else if is_recording(&path) {
                files.push(path);
            }
        }
    }
    Ok(files)
}

fn is_recording(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension.to_lowercase().as_str()))
}
