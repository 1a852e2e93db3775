//! Findings, hints and reasons that the Japanese page shows: each has its Japanese words.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use watchme_core::RemovalReason;

const TOLD: &str = include_str!("../../ui/i18n/told.js");
const SUBJECTS: &str = include_str!("../../ui/i18n/ja.js");

/// Files whose texts the page shows.
const SOURCES: [&str; 9] = [
    "asr/src/transcriber.rs",
    "asr/src/audio/fault.rs",
    "core/src/rules/finding.rs",
    "server/src/state/readiness.rs",
    "storage/src/folder.rs",
    "storage/src/s3/check.rs",
    "storage/src/spool.rs",
    "store-sqlite/src/check.rs",
    "store-supabase/src/check.rs",
];

/// Parts of texts there that the page shows nowhere (logs, faults of this program, SQL), or that are made
/// of others.
const LEFT_OUT: [&str; 13] = [
    "SELECT ",
    "PRAGMA ",
    "return=representation",
    "the checkpoint of a recording",
    "no model is allowed",
    "is allowed twice",
    "is not allowed, use",
    "cannot start its thread",
    "somebody spoke",
    "{facts}",
    "{finding}",
    "{separator}",
    "resampling: ",
];

/// Commands, settings and roles, which are names.
const NAMES: [&str; 8] = [
    "WATCHME_SPOOL_DIR",
    "s3:ListBucket",
    "AccessDenied",
    "supabase/migrations",
    "supabase db push",
    "watchme doctor",
    "watchme models pull {}",
    "chmod 600 {}",
];

/// Returns the texts of a source file that have several words, without its tests and comments.
fn texts(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    // Attributes are for the compiler.
    let lines = lines.filter(|line| !line.contains("reason = "));
    let code = lines.collect::<Vec<_>>().join("\n");
    let mut texts = Vec::new();
    for (index, text) in code.split('"').enumerate() {
        // A text that goes on in the next line begins there without blanks.
        let text = text.split("\\\n").map(str::trim_start).collect::<String>();
        if index % 2 == 1 && text.contains(' ') && text.chars().any(char::is_lowercase) {
            texts.push(text);
        }
    }
    texts
}

/// Replaces what stands between braces.
fn normalize(text: &str) -> String {
    let mut parts = text.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| match part.split_once('}') {
        Some((_, rest)) => format!("{text}{{}}{rest}"),
        None => text + part,
    })
}

#[test]
fn each_finding_and_hint_of_a_check_has_japanese_words() {
    let told = normalize(TOLD);
    let is_subject = |text: &str| {
        let kind = text.split('`').next().unwrap().trim().to_lowercase().replace(' ', "_");
        SUBJECTS.contains(&format!("\"check.{kind}\""))
    };
    let mut missing = BTreeSet::new();
    for source in SOURCES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(source);
        let found = texts(&fs::read_to_string(path).unwrap());
        assert!(!found.is_empty(), "{source}");
        for text in found {
            let is_shown = !LEFT_OUT.iter().any(|other| text.contains(other));
            let plain = normalize(
                &text.replace(", {SUPPORTED}", "").replace("role `service_role`", "role `{}`"),
            );
            let plain = NAMES.iter().fold(plain, |text, name| text.replace(name, "{}"));
            if is_shown && !is_subject(&text) && !told.contains(plain.trim()) {
                missing.insert(format!("{source}: {text}"));
            }
        }
    }
    assert!(missing.is_empty(), "add these to ui/i18n/told.js: {missing:#?}");
}

#[test]
fn each_reason_of_a_removal_has_japanese_words() {
    for reason in RemovalReason::ALL {
        assert!(TOLD.contains(&format!("[\"{}\", ", reason.in_words())), "{reason:?}");
        assert!(SUBJECTS.contains(&format!("\"removed.{}\"", reason.as_str())), "{reason:?}");
    }
}
