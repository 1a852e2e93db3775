//! The reference and `.env.example` are generated from the table.

use std::fs;
use std::path::Path;

use watchme_app::{Environment, Settings, reference, variables};

/// Compares a file of the project with its generated text, or writes it with `UPDATE_DOCS=1`.
fn check_generated(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, text, "{file} is not current: UPDATE_DOCS=1 cargo test -p watchme-app");
}

#[test]
fn the_configuration_page_is_current() {
    check_generated("docs/configuration.md", &reference::configuration_markdown());
}

#[test]
fn the_example_of_a_settings_file_is_current() {
    check_generated(".env.example", &reference::env_example());
}

#[test]
fn the_example_can_be_used_as_it_is_and_with_every_default_written_out() {
    let folder = tempfile::tempdir().unwrap();
    let example = reference::env_example();
    let settings = example.lines().filter_map(|line| line.strip_prefix('#'));
    let written_out: Vec<_> = settings.filter(|line| line.contains('=')).collect();
    let written_out = written_out.join("\n");
    for text in [reference::env_example(), written_out] {
        let file = folder.path().join("env");
        fs::write(&file, text).unwrap();
        let environment = Environment::read(Some(&file)).unwrap();
        let environment = environment.with(&variables::DATA_DIR, "data");
        Settings::parse(&environment).unwrap();
    }
}

#[test]
fn every_variable_is_in_the_table_once() {
    let mut names: Vec<_> = variables::all().map(|variable| variable.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}
