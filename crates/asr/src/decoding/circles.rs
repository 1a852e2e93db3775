//! Recognises a text that goes round in circles while it is written.

use super::token_rules::Choice;

/// Fewest tokens of a circle.
const MIN_TOKENS: usize = 48;

/// Fewest times of the same tokens in a row that make a circle.
const MIN_TIMES: usize = 4;

/// Most tokens of an answer of two characters, and fewest times of a circle of so few. A judge of the text
/// takes up to twenty answers in a row for speech, so that a shorter circle would be kept.
const MAX_ANSWER: usize = 6;
const MIN_ANSWERS: usize = 24;

/// True if the last tokens are the same few, over and over. Such a text would go on to the last token that
/// it may have, and be thrown away. Timestamps are tokens too, so that equal answers in segments of their
/// own are no circle.
pub(super) fn is_circling(tokens: &[Choice]) -> bool {
    let repeat = |period: usize, count: usize| {
        tokens.len().checked_sub(count).is_some_and(|start| {
            let tail = &tokens[start..];
            tail.iter().zip(&tail[period..]).all(|(one, next)| one.token == next.token)
        })
    };
    // The shortest period: its multiples repeat as well.
    let mut periods = 1..=tokens.len() / MIN_TIMES;
    let period = periods.find(|&it| repeat(it, (it * MIN_TIMES).max(MIN_TOKENS / 2)));
    period.is_some_and(|period| {
        let times = if period > MAX_ANSWER { MIN_TIMES } else { MIN_ANSWERS };
        repeat(period, (period * times).max(MIN_TOKENS))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles(tokens: impl IntoIterator<Item = u32>) -> bool {
        let choice = |token| Choice { token, log_probability: -0.1 };
        is_circling(&tokens.into_iter().map(choice).collect::<Vec<_>>())
    }

    fn repeated(period: u32, times: usize) -> impl Iterator<Item = u32> {
        (0..period).cycle().take(period as usize * times)
    }

    #[test]
    fn a_circle_is_some_tokens_over_and_over() {
        for (period, times, expected) in [
            (1, 47, false),
            (1, 48, true),
            (2, 23, false),
            (2, 24, true),
            (12, 3, false),
            (6, 23, false),
            (6, 24, true),
            (7, 6, false),
            (7, 7, true),
            (12, 4, true),
            (50, 3, false),
            (50, 4, true),
        ] {
            assert_eq!(circles(repeated(period, times)), expected, "{period} {times}");
            let after_speech = (100..130).chain(repeated(period, times));
            assert_eq!(circles(after_speech), expected, "{period} {times}, after speech");
        }
        assert!(!circles(repeated(5, 24).chain([9])), "it goes on with something else");
        // はい with times that advance.
        assert!(!circles((0..30).flat_map(|time| [50_364 + time, 7, 50_365 + time])));
        assert!(!circles([]));
    }
}
