//! Sources of settings: the process's environment and files.

use std::fs;

use watchme_app::{Environment, EnvironmentError, variables as var};

fn read(text: &str) -> Result<Environment, EnvironmentError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings");
    fs::write(&file, text).unwrap();
    Environment::read(Some(&file))
}

#[test]
fn a_settings_file_is_read_with_comments_quotes_and_a_byte_order_mark() {
    let text = "\u{feff}# comment\nSUPABASE_URL=\"https://x.supabase.co\"\nS3_BUCKET_NAME='a b'\n\nSUPABASE_KEY=one\nSUPABASE_KEY=two\nAWS_PROFILE=\n";
    let environment = read(text).unwrap();
    assert_eq!(environment.get(&var::SUPABASE_URL), Some("https://x.supabase.co"));
    assert_eq!(environment.get(&var::S3_BUCKET_NAME), Some("a b"));
    assert_eq!(environment.get(&var::SUPABASE_KEY), Some("two"));
    assert_eq!(environment.get(&var::AWS_PROFILE), None);
}

#[test]
fn a_wrong_line_is_named_by_its_number_and_not_repeated() {
    let error = read("A=1\n\nSUPABASE_KEY eyJsecret\n").err().unwrap();
    assert!(error.to_string().starts_with("line 3 of `"), "{error}");
    assert!(!error.to_string().contains("eyJsecret"));
    assert!(!format!("{error:?}").contains("eyJsecret"));
}

#[test]
fn a_settings_file_that_was_asked_for_must_be_there() {
    let error = Environment::read(Some("nowhere/settings".as_ref())).err().unwrap();
    assert_eq!(error.to_string(), "cannot read the settings file `nowhere/settings`");
}
