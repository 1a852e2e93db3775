//! Every removal reason is named wherever a reader meets one: in the page's languages and in the
//! descriptions of the API.

use std::fs;
use std::path::Path;

use watchme_core::RemovalReason;

#[test]
fn page_and_documents_name_every_removal_reason() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (file, before, after) in [
        ("crates/server/ui/i18n/en.js", "\"removed.", "\":"),
        ("crates/server/ui/i18n/ja.js", "\"removed.", "\":"),
        ("crates/wire/src/explanation.rs", "`", "`"),
        ("docs/http-api.md", "`", "`"),
    ] {
        let text = fs::read_to_string(project.join(file)).unwrap();
        for reason in RemovalReason::ALL {
            let name = format!("{before}{reason}{after}", reason = reason.as_str());
            assert!(text.contains(&name), "{file} lacks {name}");
        }
    }
}
