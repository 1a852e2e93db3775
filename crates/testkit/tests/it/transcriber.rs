//! The transcriber in memory: the contract.

use watchme_testkit::contract::transcriber::TranscriberUnderTest;
use watchme_testkit::{FakeTranscriber, sample};

watchme_testkit::transcriber_contract!(in_memory);

async fn in_memory() -> TranscriberUnderTest {
    let (transcriber, options) = (FakeTranscriber::new(), sample::options());
    transcriber.allow_only(options.model.clone());
    TranscriberUnderTest {
        transcriber: Box::new(transcriber),
        options,
        speech: "おはよう".into(),
        said: "おはよう".to_owned(),
        silence: Vec::new(),
        // No text begins with this byte.
        not_audio: vec![0xff],
        guard: Box::new(()),
    }
}
