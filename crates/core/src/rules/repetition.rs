//! Recognises loops of the decoder.

/// Smallest number of repeats in a row that is suspicious.
const MIN_REPEATS: usize = 8;

/// Smallest share of its segment that a suspicious phrase fills, in percent.
const MIN_SHARE_PERCENT: usize = 70;

/// Longest phrase looked for, in characters: the loops seen in the field are words and clauses.
const MAX_PHRASE_CHARS: usize = 30;

/// True if one phrase, repeated without a break, fills most of a segment.
///
/// Judges one segment, never a whole conversation: ten short answers in ten segments are ten
/// answers. Blanks and punctuation between repeats do not hide a loop.
#[must_use]
pub fn is_looped(segment: &str) -> bool {
    let chars: Vec<char> = segment.chars().filter(|c| c.is_alphanumeric()).collect();
    let longest = MAX_PHRASE_CHARS.min(chars.len() / MIN_REPEATS);
    (1..=longest).any(|phrase| {
        let looped = longest_period_run(&chars, phrase);
        looped >= phrase * MIN_REPEATS && looped * 100 >= chars.len() * MIN_SHARE_PERCENT
    })
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
