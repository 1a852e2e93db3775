//! Reading the fields of a body, and noting each that does not fit.

use std::ops::RangeInclusive;
use std::str::FromStr;

use serde_json::{Map, Value};
use watchme_core::ParseIdError;
use watchme_wire::{IssueContext, LocationPart, ValidationIssue};

use crate::echo::echo;
use crate::error::ApiError;

/// A body has at most this many issues noted, so that no answer is larger than its request.
const MAX_ISSUES: usize = 32;

/// The fields of a body, each read at most once, in the order in which issues are told.
pub(crate) struct Fields<'a> {
    body: &'a Value,
    map: &'a Map<String, Value>,
    issues: Vec<ValidationIssue>,
}

/// The object that a body must be.
pub(crate) fn object(body: &Value) -> Result<&Map<String, Value>, ApiError> {
    let issue = match body {
        Value::Object(map) => return Ok(map),
        Value::Null => issue("missing", Vec::new(), "Field required", body),
        _ => {
            let expected = "Input should be a valid dictionary or object to extract fields from";
            issue("model_attributes_type", Vec::new(), expected, body)
        }
    };
    Err(ApiError::Invalid(vec![issue]))
}

impl<'a> Fields<'a> {
    /// The fields of `body`, which is the object `map`.
    pub(crate) fn new(body: &'a Value, map: &'a Map<String, Value>) -> Self {
        Self { body, map, issues: Vec::new() }
    }

    /// A text that must be there and must parse.
    pub(crate) fn required<T: FromStr<Err = ParseIdError>>(&mut self, key: &str) -> Option<T> {
        let Some(value) = self.map.get(key) else {
            self.note(issue("missing", vec![key.into()], "Field required", self.body));
            return None;
        };
        let text = self.text(vec![key.into()], value)?;
        self.parsed(vec![key.into()], text)
    }

    /// A text that may be left out.
    pub(crate) fn optional(&mut self, key: &str) -> Option<&'a str> {
        let value = self.map.get(key)?;
        self.text(vec![key.into()], value)
    }

    /// A text that may be left out or `null`, and must parse else.
    pub(crate) fn nullable<T: FromStr<Err = ParseIdError>>(&mut self, key: &str) -> Option<T> {
        let value = self.map.get(key).filter(|value| !value.is_null())?;
        let text = self.text(vec![key.into()], value)?;
        self.parsed(vec![key.into()], text)
    }

    /// A whole number within `bounds` that may be left out or `null`.
    pub(crate) fn nullable_count(
        &mut self,
        key: &str,
        bounds: RangeInclusive<usize>,
    ) -> Option<usize> {
        let value = self.map.get(key).filter(|value| !value.is_null())?;
        let count = value.as_u64().and_then(|count| usize::try_from(count).ok());
        let count = count.filter(|count| bounds.contains(count));
        if count.is_none() {
            let error =
                format!("expected a whole number from {} to {}", bounds.start(), bounds.end());
            self.note_error(vec![key.into()], value, error);
        }
        count
    }

    /// A text that may be left out, read by `read`, which says what is expected.
    pub(crate) fn optional_as<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.optional(key)?;
        match read(text) {
            Ok(value) => Some(value),
            Err(expected) => {
                self.note_value(vec![key.into()], text, expected);
                None
            }
        }
    }

    /// The texts of a list that may be left out.
    pub(crate) fn list(&mut self, key: &str) -> Option<Vec<&'a str>> {
        let value = self.map.get(key)?;
        let Value::Array(items) = value else {
            let expected = "Input should be a valid list";
            self.note(issue("list_type", vec![key.into()], expected, value));
            return None;
        };
        let items = items.iter().enumerate();
        Some(items.filter_map(|(at, item)| self.text(vec![key.into(), at.into()], item)).collect())
    }

    /// The texts of a list, parsed.
    pub(crate) fn parsed_list<T: FromStr<Err = ParseIdError>>(
        &mut self,
        key: &str,
        texts: &[&str],
    ) -> Vec<T> {
        let texts = texts.iter().enumerate();
        texts.filter_map(|(at, text)| self.parsed(vec![key.into(), at.into()], text)).collect()
    }

    /// Everything that does not fit.
    pub(crate) fn into_issues(self) -> Vec<ValidationIssue> {
        self.issues
    }

    fn text(&mut self, place: Vec<LocationPart>, value: &'a Value) -> Option<&'a str> {
        let text = value.as_str();
        if text.is_none() {
            self.note(issue("string_type", place, "Input should be a valid string", value));
        }
        text
    }

    fn parsed<T: FromStr<Err = ParseIdError>>(
        &mut self,
        place: Vec<LocationPart>,
        text: &str,
    ) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.note_value(place, text, error.to_string());
                None
            }
        }
    }

    fn note_value(&mut self, place: Vec<LocationPart>, text: &str, error: String) {
        self.note_error(place, &Value::from(text), error);
    }

    fn note_error(&mut self, place: Vec<LocationPart>, input: &Value, error: String) {
        let mut issue = issue("value_error", place, format!("Value error, {error}"), input);
        issue.ctx = Some(IssueContext { error });
        self.note(issue);
    }

    fn note(&mut self, issue: ValidationIssue) {
        if self.issues.len() < MAX_ISSUES {
            self.issues.push(issue);
        }
    }
}

/// An issue at `place` in the body.
pub(crate) fn issue(
    kind: &str,
    place: Vec<LocationPart>,
    expected: impl Into<String>,
    input: &Value,
) -> ValidationIssue {
    let mut loc = vec![LocationPart::from("body")];
    loc.extend(place);
    issue_at(kind, loc, expected, input)
}

/// An issue anywhere in a request.
pub(crate) fn issue_at(
    kind: &str,
    loc: Vec<LocationPart>,
    expected: impl Into<String>,
    input: &Value,
) -> ValidationIssue {
    ValidationIssue {
        kind: kind.to_owned(),
        loc,
        msg: expected.into(),
        input: echo(input),
        ctx: None,
        // The address that the original's library gives.
        url: Some(format!("https://errors.pydantic.dev/2.11/v/{kind}")),
    }
}
