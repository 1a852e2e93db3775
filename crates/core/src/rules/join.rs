//! The text of a slot that several recordings share.

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
