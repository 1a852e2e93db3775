//! The demo's day: the recording of each slot, and its expected text.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tokio::fs;
use watchme_core::{DeviceId, LocalDate, ObjectKey, TimeBlock};

use crate::error::CommandError;

/// File name of the demo model.
const MODEL: &str = "ggml-synth-tiny.bin";

/// Recordings of the demo, each in the next half hour. They are single utterances: the small model
/// transcribes those exactly, but not minutes of conversation.
const CLIPS: [&str; 12] = [
    "ja-01.wav",
    "ja-02.wav",
    "en-01.wav",
    "ja-03.wav",
    "silence.wav",
    "en-02.wav",
    "ja-04.wav",
    "noise.wav",
    "en-03.wav",
    "ja-05.wav",
    "en-05.wav",
    "ja-06.wav",
];

/// Half hour of the first recording, counted from midnight.
const FIRST_SLOT: usize = 16;

/// Content of the one object that is not audio.
const BROKEN: &[u8] = b"This is a text file that somebody named audio.wav.\n";

/// The demo's day.
pub(super) struct Layout {
    pub(super) model: PathBuf,
    pub(super) device: DeviceId,
    pub(super) date: LocalDate,
    pub(super) slots: Vec<Expected>,
}

/// A slot and its expected outcome.
pub(super) struct Expected {
    pub(super) block: TimeBlock,
    pub(super) key: ObjectKey,
    pub(super) what: What,
}

pub(super) enum What {
    /// A recording with speech, and its text.
    Speech { file: PathBuf, text: String },
    /// A recording without speech.
    Silence { file: PathBuf },
    /// A row without an object.
    Missing,
    /// An object that is not audio.
    Broken,
}

#[derive(Deserialize)]
struct Entry {
    file: String,
    text: String,
}

impl Layout {
    /// Reads the manifest of the recordings in `models`.
    pub(super) async fn read(models: &Path) -> Result<Self, CommandError> {
        let absent = |path: &Path, error: &io::Error| {
            CommandError::new(
                format!("cannot read `{}`: {error}", path.display()),
                "run this in the project's folder, or name its `models` with `--models-dir`",
            )
        };
        let (model, recordings) = (models.join(MODEL), models.join("recordings"));
        fs::metadata(&model).await.map_err(|error| absent(&model, &error))?;
        let manifest = recordings.join("manifest.json");
        let text = fs::read(&manifest).await.map_err(|error| absent(&manifest, &error))?;
        let what = format!("`{}` is no manifest of recordings", manifest.display());
        let entries: Vec<Entry> =
            serde_json::from_slice(&text).map_err(|error| CommandError::caused(&what, &error))?;

        let mut day = Vec::new();
        for clip in CLIPS {
            let entry = entries.iter().find(|entry| entry.file == clip);
            let text = entry.map(|entry| entry.text.clone()).ok_or_else(|| {
                CommandError::new(format!("{what}: it lacks `{clip}`"), "take the project's own")
            })?;
            let file = recordings.join(clip);
            let is_silent = text.is_empty();
            day.push(if is_silent { What::Silence { file } } else { What::Speech { file, text } });
        }
        day.extend([What::Missing, What::Broken]);
        Self::of(model, day)
            .ok_or_else(|| CommandError::new("the day does not fit", "take fewer clips"))
    }

    fn of(model: PathBuf, day: Vec<What>) -> Option<Self> {
        let device: DeviceId = "demo-device".parse().ok()?;
        let date: LocalDate = "2025-07-18".parse().ok()?;
        let blocks = TimeBlock::slots().skip(FIRST_SLOT);
        let slot = |(what, block)| {
            let key = format!("files/{device}/{date}/{block}/audio.wav").parse().ok()?;
            Some(Expected { block, key, what })
        };
        let slots = day.into_iter().zip(blocks).map(slot).collect::<Option<_>>()?;
        Some(Self { model, device, date, slots })
    }

    /// Keys of all rows, including the one without an object.
    pub(super) fn keys(&self) -> BTreeSet<ObjectKey> {
        self.slots.iter().map(|slot| slot.key.clone()).collect()
    }

    /// Writes the recordings below `root`, laid out as devices upload them.
    pub(super) async fn write_recordings(&self, root: &Path) -> Result<(), CommandError> {
        for slot in &self.slots {
            let path = root.join(slot.key.as_str());
            let written = match &slot.what {
                What::Missing => Ok(()),
                What::Broken => write(&path, BROKEN).await,
                What::Speech { file, .. } | What::Silence { file } => match fs::read(file).await {
                    Ok(audio) => write(&path, &audio).await,
                    Err(error) => {
                        let what = format!("cannot read `{}`", file.display());
                        return Err(CommandError::caused(&what, &error));
                    }
                },
            };
            let what = || format!("cannot write `{}`", path.display());
            written.map_err(|error| CommandError::caused(&what(), &error))?;
        }
        Ok(())
    }
}

async fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).await?;
    }
    fs::write(path, bytes).await
}
