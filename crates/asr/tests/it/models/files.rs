//! Only whole model files pass.

use std::fs::{self, File};
use std::path::PathBuf;

use watchme_asr::ModelLibrary;
use watchme_asr::models::{FileState, ModelError, ModelOrigin, find};
use watchme_core::rules::ModelLanguages;

use crate::engine::demo_model;

/// Bytes before the vocabulary: magic, 11 fields, the filters' two sizes and 80 x 201 numbers.
const VOCABULARY_AT: usize = 4 * (1 + 11 + 2) + 4 * 80 * 201;

fn library() -> (tempfile::TempDir, ModelLibrary) {
    let folder = tempfile::tempdir().unwrap();
    let library = ModelLibrary::new(folder.path().to_owned(), None);
    (folder, library)
}

/// The reason why `bytes` are no model.
fn refused(bytes: &[u8]) -> String {
    let (folder, library) = library();
    let path = folder.path().join("model.bin");
    fs::write(&path, bytes).unwrap();
    match library.verify(&ModelOrigin::File(path)) {
        Err(ModelError::Invalid { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

fn with(bytes: &[u8], at: usize, number: u32) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
    bytes
}

/// Offset of the first tensor's header: the vocabulary is walked to get there.
fn tensors_at(bytes: &[u8]) -> usize {
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let mut at = VOCABULARY_AT + 4;
    for _ in 0..number(VOCABULARY_AT) {
        at += 4 + number(at);
    }
    at
}

#[test]
fn the_demo_model_is_whole() {
    let (_folder, library) = library();
    let verified = library.verify(&ModelOrigin::File(demo_model())).unwrap();
    assert_eq!(verified.architecture.width, 128);
    assert_eq!((verified.architecture.audio_layers, verified.architecture.text_layers), (4, 3));
    assert!(verified.architecture.is_multilingual());
    assert_eq!(verified.size_bytes, 18_213_501);
    let languages = library.languages(&ModelOrigin::File(demo_model()));
    assert_eq!(languages, Some(ModelLanguages::WithoutCantonese));
}

#[test]
fn a_file_cut_anywhere_is_truncated() {
    let whole = fs::read(demo_model()).unwrap();
    let tensors = tensors_at(&whole);
    let cuts = [0, 3, 40, 100, VOCABULARY_AT, VOCABULARY_AT + 50, tensors, tensors + 20];
    for cut in cuts.into_iter().chain([whole.len() / 2, whole.len() - 1]) {
        assert_eq!(refused(&whole[..cut]), "it is truncated", "{cut}");
    }
}

#[test]
fn a_file_that_is_no_model_or_lies_is_refused() {
    let whole = fs::read(demo_model()).unwrap();
    let tensors = tensors_at(&whole);
    let field = |index: usize| 4 * index;
    let cases = [
        (field(0), 0x4655_4747, "it does not begin like a ggml model"),
        (field(1), 1_000_000_000, "no Whisper model has a vocabulary of 1000000000 tokens"),
        (field(2), 3000, "no Whisper model has such a header"),
        (field(4), 3, "no Whisper model has 3 and 2 attention heads"),
        (field(5), 0, "no Whisper model has 0 and 3 layers"),
        (field(9), 4_000_000_000, "no Whisper model has 4 and 4000000000 layers"),
        (field(10), 81, "no Whisper model has 81 mel bands"),
        (field(11), 99, "unknown file type 99"),
        (field(12), 128, "its mel filters do not fit its header"),
        (VOCABULARY_AT, u32::MAX, "its vocabulary does not fit its header"),
        (VOCABULARY_AT + 4, u32::MAX, "a token is too long"),
        (tensors, 5, "the header of a tensor is broken"),
        (tensors + 4, u32::MAX, "the header of a tensor is broken"),
    ];
    for (at, number, reason) in cases {
        assert_eq!(refused(&with(&whole, at, number)), reason);
    }
    let wrong_type = refused(&with(&whole, tensors + 8, 8));
    assert!(wrong_type.ends_with("has another shape"), "{wrong_type}");
    let wrong_shape = refused(&with(&whole, tensors + 12, 7));
    assert!(wrong_shape.ends_with("has another shape"), "{wrong_shape}");
}

#[test]
fn a_vocabulary_without_the_tokens_that_the_engine_looks_up_is_refused() {
    let mut whole = fs::read(demo_model()).unwrap();
    let blank = [1, 0, 0, 0, b' '];
    let at = whole[VOCABULARY_AT..].windows(5).position(|bytes| bytes == blank).unwrap();
    whole[VOCABULARY_AT + at + 4] = b'x';
    assert_eq!(refused(&whole), "its vocabulary lacks the blank tokens");
}

#[test]
fn bytes_after_the_last_tensor_are_refused() {
    let mut whole = fs::read(demo_model()).unwrap();
    whole.push(0);
    assert_eq!(refused(&whole), "it is truncated");
}

#[test]
fn a_tensor_given_twice_is_refused() {
    let mut whole = fs::read(demo_model()).unwrap();
    let tensors = whole[tensors_at(&whole)..].to_vec();
    whole.extend_from_slice(&tensors);
    assert_eq!(refused(&whole), "it has a tensor that no Whisper model has");
}

#[test]
fn a_folder_or_nothing_is_no_model() {
    let (folder, library) = library();
    let of = |path: PathBuf| library.verify(&ModelOrigin::File(path)).unwrap_err();
    assert!(matches!(of(folder.path().to_owned()), ModelError::Invalid { .. }));
    assert!(matches!(of(folder.path().join("none.bin")), ModelError::Absent { .. }));
}

#[test]
fn a_file_under_a_published_name_must_be_the_published_one() {
    let (folder, library) = library();
    fs::copy(demo_model(), folder.path().join("ggml-tiny.bin")).unwrap();
    let error = library.verify(&ModelOrigin::Catalogue(find("tiny").unwrap())).unwrap_err();
    assert!(error.to_string().ends_with("its checksum is not the published one"), "{error}");
}

#[test]
fn the_list_tells_which_files_are_here() {
    let (folder, library) = library();
    let create = |name: &str, bytes: u64| {
        File::create(folder.path().join(name)).unwrap().set_len(bytes).unwrap();
    };
    create("ggml-tiny.bin", 77_691_713);
    create("ggml-base.bin", 5);
    create("ggml-small.bin.part", 6);
    let state = |name: &str| {
        let list = library.list();
        list.into_iter().find(|status| status.model.name == name).unwrap().state
    };
    assert_eq!(state("tiny"), FileState::Present);
    assert_eq!(state("base"), FileState::WrongSize { size_bytes: 5 });
    assert_eq!(state("small"), FileState::Partial { done_bytes: 6 });
    assert_eq!(state("medium"), FileState::Absent);
}
