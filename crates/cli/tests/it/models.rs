//! Models that cannot be used are refused before anything is loaded.

use std::fs;

use crate::sandbox::{Sandbox, models_dir};

#[test]
fn a_model_that_is_too_large_is_refused_with_both_figures() {
    let model = models_dir().join("ggml-synth-tiny.bin").display().to_string();
    let clip = models_dir().join("recordings/ja-02.wav").display().to_string();
    let sandbox = Sandbox::new().with("WATCHME_MEMORY_LIMIT_MB", "30");
    let run = sandbox.run(&["transcribe-file", &clip, "--model", &model]).expect(2);
    assert_eq!(run.stdout, "");
    // What it needs is up to the processor.
    for figure in ["`ggml-synth-tiny` needs ", " MB of memory and 32 MB are left"] {
        assert!(run.stderr.contains(figure), "{run:#?}");
    }
}

#[test]
fn a_truncated_model_is_refused() {
    let sandbox = Sandbox::new();
    let whole = fs::read(models_dir().join("ggml-synth-tiny.bin")).unwrap();
    let model = sandbox.path("cut.bin");
    fs::write(&model, &whole[..whole.len() / 2]).unwrap();
    let clip = models_dir().join("recordings/ja-02.wav").display().to_string();
    let model = model.display().to_string();
    let run = sandbox.run(&["transcribe-file", &clip, "--model", &model]).expect(2);
    assert!(run.stderr.contains("truncated"), "{run:#?}");
}
