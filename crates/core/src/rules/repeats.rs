//! Recognises loops of the decoder that span many segments.

use std::ops::Range;

/// Returns the index ranges of equal texts in a row that nobody said.
///
/// Ten short answers in a row are ten answers. A whole greeting twelve times is a loop.
#[must_use]
pub fn looped_rows<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Range<usize>> {
    let said: Vec<String> =
        texts.map(|text| text.chars().filter(|c| c.is_alphanumeric()).collect()).collect();
    let mut rows = Vec::new();
    let mut start = 0;
    for end in 1..=said.len() {
        if end < said.len() && said[end] == said[start] {
            continue;
        }
        if end - start >= min_row(said[start].chars().count()) {
            rows.push(start..end);
        }
        start = end;
    }
    rows
}

/// Smallest number of equal texts in a row that is a loop, by their length in characters.
fn min_row(characters: usize) -> usize {
    match characters {
        // はい, うん, ううん.
        0..=3 => 20,
        4..=5 => 8,
        _ => 4,
    }
}
