//! Recognises loops of the decoder.

use std::time::Duration;

/// Smallest share of its segment that a suspicious phrase fills without a break, in percent.
const MIN_RUN_PERCENT: usize = 70;

/// Smallest share of a segment that repeats what stands one phrase before, in percent: a loop that
/// slips now and then, `1. 1. 1. 2. 1. 1.`.
const MIN_REPEATED_PERCENT: usize = 70;

/// Longest answer that is given many times in a row, in characters, and most times that it is.
const LONGEST_ANSWER: usize = 2;
const MOST_ANSWERS: usize = 20;

/// Most characters of such answers that are said within a second: ten はい in 17 s are 1.2, without a pause
/// they are 5.
const MOST_PER_SECOND: f64 = 5.0;

/// True if one phrase of any length, repeated, fills most of a segment.
///
/// Judges one segment, never a whole conversation: ten short answers in ten segments are ten
/// answers. Blanks and punctuation between repeats do not hide a loop.
#[must_use]
pub fn is_looped(segment: &str) -> bool {
    let chars: Vec<char> = segment.chars().filter(|c| c.is_alphanumeric()).collect();
    (1..=chars.len() / min_repeats(usize::MAX)).any(|phrase| {
        let needed = phrase * min_repeats(phrase);
        let run = longest_period_run(&chars, phrase);
        chars.len() >= needed
            && (run >= needed && run * 100 >= chars.len() * MIN_RUN_PERCENT
                || repeated(&chars, phrase) * 100 >= chars.len() * MIN_REPEATED_PERCENT)
    })
}

/// True if a looped segment of this length may be a short answer that somebody gave again and again: はい or
/// うん, some twenty times at most, no faster than anybody says them. A decoder that loops writes hundreds of
/// characters, or a dozen within a second.
#[must_use]
pub fn is_row_of_answers(segment: &str, length: Duration) -> bool {
    let chars: Vec<char> = segment.chars().filter(|c| c.is_alphanumeric()).collect();
    #[expect(clippy::cast_precision_loss, reason = "a segment has at most some hundred characters")]
    let is_unhurried = chars.len() as f64 <= MOST_PER_SECOND * length.as_secs_f64();
    (1..=LONGEST_ANSWER.min(chars.len())).any(|answer| {
        repeated(&chars, answer) == chars.len() && chars.len() <= answer * MOST_ANSWERS
    }) && is_unhurried
}

/// Smallest number of repeats in a row that is suspicious, by the length of the phrase in characters:
/// people say はい eight times, but hardly a whole sentence four times.
fn min_repeats(phrase: usize) -> usize {
    match phrase {
        0..=2 => 8,
        3..=5 => 6,
        6..=9 => 5,
        _ => 4,
    }
}

/// Counts the characters that equal the one `period` before them, and the first phrase.
fn repeated(chars: &[char], period: usize) -> usize {
    let equal = chars.iter().zip(&chars[period..]).filter(|(earlier, later)| earlier == later);
    period + equal.count()
}

/// Returns the length of the longest stretch in which each character equals the one `period` before
/// it.
fn longest_period_run(chars: &[char], period: usize) -> usize {
    let mut longest = 0;
    let mut run = period;
    for (earlier, later) in chars.iter().zip(&chars[period..]) {
        run = if earlier == later { run + 1 } else { period };
        longest = longest.max(run);
    }
    longest
}
