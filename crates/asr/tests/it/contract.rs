//! The engine keeps the promises of the port.

use watchme_testkit::contract::transcriber::TranscriberUnderTest;

use crate::engine::{demo_options, models, transcriber};

watchme_testkit::transcriber_contract!(on_the_demo_model);

async fn on_the_demo_model() -> TranscriberUnderTest {
    let recording = |name| std::fs::read(models().join("recordings").join(name)).unwrap();
    TranscriberUnderTest {
        transcriber: Box::new(transcriber()),
        options: demo_options("ja"),
        speech: recording("ja-02.wav"),
        said: "会社に行きました。".to_owned(),
        silence: recording("silence.wav"),
        not_audio: b"no audio at all".to_vec(),
        guard: Box::new(()),
    }
}
