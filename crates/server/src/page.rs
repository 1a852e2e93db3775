//! Files of the page, embedded in the program: it needs no folder and no network.
//!
//! They are in `crates/server/ui`. Add a new file to `page/files.rs` too, and a module also to
//! `index.html`, so that browsers load it early; tests compare them.

mod files;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::HeaderValue;
use sha2::{Digest, Sha256};

use crate::request::language::Language;
use files::FILES;

/// The page itself. Its URLs are relative, so that it also works behind a proxy that strips a
/// prefix.
const INDEX: &str = include_str!("../ui/index.html");

/// Placeholder in [`INDEX`] for the language.
const LANGUAGE: &str = "%lang%";

/// A file of the page.
#[derive(Debug)]
pub(crate) struct File {
    /// Media type.
    pub(crate) kind: &'static str,
    /// Entity tag, which changes with the content.
    pub(crate) etag: HeaderValue,
    /// Content.
    pub(crate) bytes: Bytes,
}

/// Returns the page in a language.
pub(crate) fn index(language: Language) -> &'static File {
    static PAGES: LazyLock<[File; 2]> = LazyLock::new(|| {
        [Language::English, Language::Japanese]
            .map(|language| File::new("index.html", INDEX.replace(LANGUAGE, language.tag()).into()))
    });
    let [english, japanese] = &*PAGES;
    if language == Language::Japanese { japanese } else { english }
}

/// Returns the file with this path.
pub(crate) fn file(name: &str) -> Option<&'static File> {
    static FILES_BY_NAME: LazyLock<BTreeMap<&str, File>> = LazyLock::new(|| {
        let file = |(name, bytes): &(&'static str, &'static [u8])| {
            (*name, File::new(name, Bytes::from_static(bytes)))
        };
        FILES.iter().map(file).collect()
    });
    FILES_BY_NAME.get(name)
}

impl File {
    fn new(name: &str, bytes: Bytes) -> Self {
        Self { kind: kind(name), etag: etag(&bytes), bytes }
    }
}

/// Returns the media type for a file extension.
fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

/// Returns the first half of a SHA-256, quoted.
fn etag(bytes: &[u8]) -> HeaderValue {
    let mut text = String::from("\"");
    for byte in Sha256::digest(bytes).iter().take(16) {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.push('"');
    // Quotes and digits are valid in a header.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("\"\""))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    #[test]
    fn the_table_has_every_file_of_the_folder() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
        let (mut found, mut open) = (BTreeSet::new(), vec![root.clone()]);
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path: PathBuf = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
                    found.insert(name.replace('\\', "/"));
                }
            }
        }
        assert!(found.remove("index.html"));
        let table: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(table, found);
        assert_eq!(table.len(), FILES.len());
        for name in table {
            assert_ne!(kind(&name), "application/octet-stream", "{name}");
        }
    }
    #[test]
    fn every_module_is_asked_for_with_the_page() {
        for (name, _) in FILES {
            let path = Path::new(name);
            let is_module = path.extension().is_some_and(|it| it == "js") && *name != "early.js";
            let asked = |how: &str| INDEX.contains(&format!("{how}=\"ui/{name}\""));
            assert!(!is_module || asked("href") || asked("src"), "{name}");
        }
    }
}
