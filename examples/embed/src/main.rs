//! The pipeline inside another program: recordings of a folder, texts in one SQLite file.
use std::{error::Error, num::NonZeroUsize, path::Path, sync::Arc};

use watchme_asr::{Config, ModelLibrary, WhisperTranscriber};
use watchme_core::{Pipeline, Policy, Ports, Selection, TranscribeOptions};
use watchme_storage::{DEFAULT_MAX_BYTES, FolderConfig, FolderSource};
use watchme_store_sqlite::{Config as SqliteConfig, NewRecording, SqliteStore};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the example shows its result")]
async fn main() -> Result<(), Box<dyn Error>> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let database = tempfile::tempdir()?;
    let store =
        SqliteStore::open(&SqliteConfig { path: database.path().join("watchme.sqlite3") }).await?;
    store
        .register(&[NewRecording {
            device: "my-device".parse()?,
            recorded_at: "2025-07-20T12:00:00+09:00".parse()?,
            object_key: "recordings/ja-02.wav".parse()?,
            local_date: None,
            time_block: None,
        }])
        .await?;

    let library = ModelLibrary::new(models.clone(), None);
    let model = format!("base={}/ggml-synth-tiny.bin", models.display()).parse()?;
    let ports = Ports {
        source: Arc::new(FolderSource::new(FolderConfig {
            root: models,
            max_bytes: DEFAULT_MAX_BYTES,
        })),
        transcriber: Arc::new(WhisperTranscriber::new(Config::new(vec![model], library))?),
        store: Arc::new(store),
    };
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(9));
    let policy = Policy { zone, silence_text: String::new(), prefetch: NonZeroUsize::MIN };
    let options = TranscribeOptions { model: "base".parse()?, language: "ja".parse()? };
    let report =
        Pipeline::new(ports, policy).run(&Selection::Pending, &options, Arc::new(())).await?;
    println!("{report:#?}");
    Ok(())
}
