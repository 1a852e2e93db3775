//! The text of a slot that several recordings share.

/// Joins what is saved for a slot already with what its recordings say now, one line each.
///
/// `saved` is the text to keep: that of recordings completed before. A text it already holds is
/// not added again, so that repeating the work after a crash changes nothing.
#[must_use]
pub fn join_slot(saved: &str, texts: &[String]) -> String {
    let mut lines: Vec<&str> = saved.lines().filter(|line| !line.is_empty()).collect();
    for text in texts.iter().filter(|text| !text.is_empty()) {
        if saved.is_empty() || !saved.contains(text.as_str()) {
            lines.push(text);
        }
    }
    lines.join("\n")
}
