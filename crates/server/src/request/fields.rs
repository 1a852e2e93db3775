//! Reading the fields of a body and noting each that does not fit.

use std::ops::RangeInclusive;
use std::str::FromStr;

use serde_json::{Map, Value};
use watchme_core::ParseIdError;
use watchme_wire::{IssueContext, LocationPart, ValidationIssue};

use crate::response::ApiError;
use crate::response::echo::echo;

/// Number of issues that are noted of a body, so that no answer is larger than its request.
const MAX_ISSUES: usize = 32;

/// Fields of a body. Each is read at most once, in the order in which issues are reported.
pub(crate) struct Fields<'a> {
    body: &'a Value,
    map: &'a Map<String, Value>,
    issues: Vec<ValidationIssue>,
}

/// Returns the object that a body must be.
pub(crate) fn object(body: &Value) -> Result<&Map<String, Value>, ApiError> {
    let not_an_object = match body {
        Value::Object(map) => return Ok(map),
        Value::Null => issue("missing", Vec::new(), "Field required", body),
        _ => {
            let expected = "Input should be a valid dictionary or object to extract fields from";
            issue("model_attributes_type", Vec::new(), expected, body)
        }
    };
    Err(ApiError::Invalid(vec![not_an_object]))
}

impl<'a> Fields<'a> {
    /// Prepares to read `body`, which is the object `map`.
    pub(crate) fn new(body: &'a Value, map: &'a Map<String, Value>) -> Self {
        Self { body, map, issues: Vec::new() }
    }

    /// Reads a required text and parses it.
    pub(crate) fn required<T: FromStr<Err = ParseIdError>>(&mut self, key: &str) -> Option<T> {
        let Some(value) = self.map.get(key) else {
            self.note(issue("missing", vec![key.into()], "Field required", self.body));
            return None;
        };
        let text = self.text(vec![key.into()], value)?;
        self.parsed(vec![key.into()], text)
    }

    /// Reads an optional text.
    pub(crate) fn optional(&mut self, key: &str) -> Option<&'a str> {
        let value = self.map.get(key)?;
        self.text(vec![key.into()], value)
    }

    /// Reads an optional text that may be `null`, and parses it.
    pub(crate) fn nullable<T: FromStr<Err = ParseIdError>>(&mut self, key: &str) -> Option<T> {
        let value = self.map.get(key).filter(|value| !value.is_null())?;
        let text = self.text(vec![key.into()], value)?;
        self.parsed(vec![key.into()], text)
    }

    /// Reads an optional whole number within `bounds` that may be `null`.
    pub(crate) fn nullable_count(
        &mut self,
        key: &str,
        bounds: RangeInclusive<usize>,
    ) -> Option<usize> {
        let value = self.map.get(key).filter(|value| !value.is_null())?;
        let count = whole_number(value).and_then(|count| usize::try_from(count).ok());
        let count = count.filter(|count| bounds.contains(count));
        if count.is_none() {
            let error =
                format!("expected a whole number from {} to {}", bounds.start(), bounds.end());
            self.note_error(vec![key.into()], value, error);
        }
        count
    }

    /// Reads an optional text with `parse`, whose error says what is expected.
    pub(crate) fn optional_as<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.optional(key)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(expected) => {
                self.note_value(vec![key.into()], text, expected);
                None
            }
        }
    }

    /// Reads an optional list of texts.
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

    /// Parses the texts of a list.
    pub(crate) fn parsed_list<T: FromStr<Err = ParseIdError>>(
        &mut self,
        key: &str,
        texts: &[&str],
    ) -> Vec<T> {
        let texts = texts.iter().enumerate();
        texts.filter_map(|(at, text)| self.parsed(vec![key.into(), at.into()], text)).collect()
    }

    /// Returns everything that does not fit.
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
        let msg = format!("Value error, {error}");
        let ctx = Some(IssueContext { error });
        self.note(ValidationIssue { ctx, ..issue("value_error", place, msg, input) });
    }

    fn note(&mut self, issue: ValidationIssue) {
        if self.issues.len() < MAX_ISSUES {
            self.issues.push(issue);
        }
    }
}

/// Builds an issue at `place` in the body.
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

/// Builds an issue anywhere in a request.
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
        // The URL that the original's library gives.
        url: Some(format!("https://errors.pydantic.dev/2.11/v/{kind}")),
    }
}

/// Reads a whole number. `10.0` is one too, for JSON Schema and for the original.
fn whole_number(value: &Value) -> Option<u64> {
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    value.as_u64().or_else(|| {
        let number = value.as_f64()?;
        let is_whole = number.fract() == 0.0 && (0.0..=LARGEST).contains(&number);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole, in range"
        )]
        is_whole.then_some(number as u64)
    })
}
