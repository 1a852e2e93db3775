//! What whisper.cpp says goes to `tracing`, without what was spoken.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::{transcribe, transcriber};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_has_the_engine_and_not_the_words() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let engine = transcriber();
    let transcript = transcribe(&engine, "ja-05.wav", "ja").await.unwrap();
    assert_eq!(transcript.text(), "音楽を消してください。");
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("DEBUG whisper_cpp: whisper_model_load"), "{log}");
    assert!(!log.contains("音楽") && !log.contains("ください"));
}
