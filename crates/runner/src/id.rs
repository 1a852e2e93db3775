//! The id of a run.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The id of a run: a UUID of version 7, so that ids sort by the time of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(Uuid);

/// The text is not a run id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a run, which is a UUID in lower case with hyphens")]
pub struct ParseRunIdError;

impl RunId {
    /// Creates an id that sorts after every earlier one of this process.
    pub(crate) fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl FromStr for RunId {
    type Err = ParseRunIdError;

    /// Accepts only the form that `Display` prints.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = Uuid::try_parse(text).map_err(|_| ParseRunIdError)?;
        if id.to_string() == text { Ok(Self(id)) } else { Err(ParseRunIdError) }
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let ids: Vec<RunId> = std::iter::repeat_with(RunId::new).take(1000).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        let texts: Vec<String> = ids.iter().map(RunId::to_string).collect();
        assert!(texts.is_sorted());
    }

    #[test]
    fn what_parses_is_what_prints() {
        let id = RunId::new();
        assert_eq!(id.to_string().parse(), Ok(id));
        let upper = id.to_string().to_uppercase();
        let plain = id.to_string().replace('-', "");
        for text in ["", "1", &upper, &plain, "{id}"] {
            assert_eq!(text.parse::<RunId>(), Err(ParseRunIdError), "{text}");
        }
    }
}
