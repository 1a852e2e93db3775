//! The text of a slot that several recordings share.

use std::collections::BTreeSet;

/// Joins the saved text of a slot with the texts of its recordings, one line each.
///
/// `saved` comes from recordings that were completed before, and is kept. A text that is a line of
/// it already, or several lines, is not added again, so repeating the work after a crash changes
/// nothing. A part of a line is another text.
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

/// True if a text is made of these texts and nothing else. Recordings are joined as they are
/// completed, so its lines may stand in another order.
#[must_use]
pub fn is_joined_of(text: &str, texts: &[String]) -> bool {
    fn lines(text: &str) -> BTreeSet<&str> {
        text.lines().filter(|line| !line.is_empty()).collect()
    }
    lines(text) == lines(&join_slot("", texts))
}
