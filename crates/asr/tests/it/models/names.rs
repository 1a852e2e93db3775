//! Entries of the list of allowed models.

use std::path::PathBuf;

use watchme_asr::models::{ModelOrigin, catalogue, find};
use watchme_asr::{ModelSpec, Precision};

fn parsed(text: &str) -> (String, String) {
    let spec: ModelSpec = text.parse().unwrap();
    let origin = match &spec.origin {
        ModelOrigin::Catalogue(model) => model.file.to_owned(),
        ModelOrigin::File(path) => path.display().to_string(),
    };
    (spec.name.to_string(), origin)
}

#[test]
fn a_name_a_file_and_a_name_for_a_file_are_models() {
    let cases = [
        ("base", "base", "ggml-base.bin"),
        (" base ", "base", "ggml-base.bin"),
        ("large", "large", "ggml-large-v3.bin"),
        ("turbo", "turbo", "ggml-large-v3-turbo.bin"),
        ("large-v3-turbo-q8_0", "large-v3-turbo-q8_0", "ggml-large-v3-turbo-q8_0.bin"),
        ("/srv/ggml-mine.bin", "ggml-mine", "/srv/ggml-mine.bin"),
        ("mine.bin", "mine", "mine.bin"),
        ("./models/mine", "mine", "./models/mine"),
        ("base=/srv/mine.bin", "base", "/srv/mine.bin"),
        ("base=/srv/a=b.bin", "base", "/srv/a=b.bin"),
    ];
    for (text, name, origin) in cases {
        assert_eq!(parsed(text), (name.to_owned(), origin.to_owned()), "{text}");
    }
}

#[test]
fn what_prints_parses_to_the_same_model() {
    for text in ["base", "base=/srv/mine.bin", "/srv/mine.bin"] {
        let spec: ModelSpec = text.parse().unwrap();
        assert_eq!(spec.to_string().parse::<ModelSpec>().unwrap(), spec);
    }
}

#[test]
fn anything_else_is_refused_with_the_mend() {
    let refused = |text: &str| text.parse::<ModelSpec>().unwrap_err().to_string();
    assert!(refused("huge").contains("unknown model `huge`, use one of `tiny-q8_0`"));
    assert!(refused("").contains("unknown model"));
    assert!(refused("base=").contains("no file after `base=`"));
    assert!(refused("/srv/my model.bin").contains("write `NAME=/srv/my model.bin`"));
    assert!(refused("a b=/srv/mine.bin").contains("`a b` cannot name a model"));
}

#[test]
fn the_catalogue_is_in_order_and_each_file_is_told_by_its_checksum() {
    let models = catalogue();
    assert!(models.is_sorted_by_key(|model| model.size_bytes));
    for model in models {
        assert_eq!(model.file, format!("ggml-{}.bin", model.name));
        assert_eq!(find(model.name), Some(model));
        assert!(model.sha256.len() == 64 && model.sha256.bytes().all(|b| b.is_ascii_hexdigit()));
        let url = format!(
            "https://huggingface.co/ggerganov/whisper.cpp/resolve/main/{}",
            PathBuf::from(model.file).display()
        );
        assert_eq!(model.url(), url);
        for precision in [Precision::Fast, Precision::Exact] {
            let need = model.memory_need(precision);
            assert!(need.bytes(None) > model.size_bytes, "{}", model.name);
            assert!(!need.fits(Some(model.size_bytes)), "{}", model.name);
        }
    }
    for name in ["tiny", "base", "small", "medium", "large-v3", "large-v3-turbo"] {
        assert!(find(name).is_some(), "{name}");
    }
}
