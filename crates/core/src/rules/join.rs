//! The text of a slot that several recordings share.

use std::collections::BTreeSet;

/// Joins what is saved for a slot already with what its recordings say now, one line each.
///
/// `saved` is the text to keep: that of recordings completed before. A text that is a line of it
/// already (or some, where it has several) is not added again, so that repeating the work after a
/// crash changes nothing. A part of a line is another text.
#[must_use]
pub fn join_slot(saved: &str, texts: &[String]) -> String {
    let mut lines: Vec<&str> = saved.lines().filter(|line| !line.is_empty()).collect();
    for text in texts.iter().filter(|text| !text.is_empty()) {
        if !format!("\n{saved}\n").contains(&format!("\n{text}\n")) {
            lines.push(text);
        }
    }
    lines.join("\n")
}

/// Whether a text is made of these, which is none where it is silent. Recordings are joined as they
/// are completed, so that its lines may stand in another order.
#[must_use]
pub fn is_joined_of(text: &str, texts: &[String]) -> bool {
    fn lines(text: &str) -> BTreeSet<&str> {
        text.lines().filter(|line| !line.is_empty()).collect()
    }
    lines(text) == lines(&join_slot("", texts))
}
