//! The engine logs its work to `tracing`, without what was spoken.

use super::{log, transcribe, transcriber};

#[tokio::test]
async fn the_log_has_the_engine_and_not_the_words() {
    log::keep();
    let engine = transcriber();
    let transcript = transcribe(&engine, "ja-05.wav", "ja").await.unwrap();
    assert_eq!(transcript.text(), "音楽を消してください。");
    let log = log::kept();
    assert!(log.contains("model loaded model=demo"), "{log}");
    assert!(!log.contains("音楽") && !log.contains("ください"));
}
