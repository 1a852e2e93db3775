//! Filters: `device_id=eq.x`, `status=in.(a,"b,c")`, `or=(a.eq.1,and(b.is.null,c.lt.2))`.

use std::cmp::Ordering;

use serde_json::Value;

use super::error::Refusal;
use super::table::{Row, Table};
use super::value::{compared, stored_text};

/// A condition on a row.
#[derive(Debug)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Compare { column: String, test: Test, value: Value },
    OneOf { column: String, values: Vec<Value> },
    Is { column: String, value: Value },
}

/// Comparison of a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Test {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Filter {
    /// Reads one parameter of a query.
    pub(crate) fn parse(table: &Table, name: &str, value: &str) -> Result<Self, Refusal> {
        let (name, is_negated) = match name.strip_prefix("not.") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let filter = match name {
            "or" => Self::Any(parse_group(table, value)?),
            "and" => Self::All(parse_group(table, value)?),
            column => parse_condition(table, column, value, Quoting::None)?,
        };
        Ok(if is_negated { Self::Not(Box::new(filter)) } else { filter })
    }

    /// True if the row is wanted. A comparison with null is neither true nor false.
    pub(crate) fn accepts(&self, row: &Row) -> bool {
        self.truth(row) == Some(true)
    }

    fn truth(&self, row: &Row) -> Option<bool> {
        let value_of = |column: &str| row.get(column).unwrap_or(&Value::Null);
        match self {
            Self::All(parts) => {
                let truths: Vec<_> = parts.iter().map(|part| part.truth(row)).collect();
                let is_false = truths.contains(&Some(false));
                if is_false {
                    Some(false)
                } else {
                    truths.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
                }
            }
            Self::Any(parts) => {
                let truths: Vec<_> = parts.iter().map(|part| part.truth(row)).collect();
                let is_true = truths.contains(&Some(true));
                if is_true {
                    Some(true)
                } else {
                    truths.into_iter().collect::<Option<Vec<_>>>().map(|_| false)
                }
            }
            Self::Not(part) => part.truth(row).map(|truth| !truth),
            Self::Compare { column, test, value } => {
                compared(value_of(column), value).map(|order| test.holds(order))
            }
            Self::OneOf { column, values } => {
                let left = value_of(column);
                if left.is_null() {
                    return None;
                }
                Some(values.iter().any(|value| compared(left, value) == Some(Ordering::Equal)))
            }
            Self::Is { column, value } => Some(value_of(column) == value),
        }
    }
}

impl Test {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "eq" => Self::Equal,
            "neq" => Self::NotEqual,
            "gt" => Self::Greater,
            "gte" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "lte" => Self::LessOrEqual,
            _ => return None,
        })
    }

    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
        }
    }
}

/// Place of a value. It may stand in double quotes inside groups and lists only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    None,
    Double,
}

fn parse_group(table: &Table, text: &str) -> Result<Vec<Filter>, Refusal> {
    let unparsable = || Refusal::unparsable("logic tree", text);
    let parts = list_items(text).ok_or_else(unparsable)?;
    parts
        .into_iter()
        .map(|part| {
            let (negated, rest) = match part.strip_prefix("not.") {
                Some(rest) => (true, rest),
                None => (false, part),
            };
            let filter = if let Some(group) = rest.strip_prefix("and(") {
                Filter::All(parse_group(table, &format!("({group}"))?)
            } else if let Some(group) = rest.strip_prefix("or(") {
                Filter::Any(parse_group(table, &format!("({group}"))?)
            } else {
                let (column, condition) = rest.split_once('.').ok_or_else(unparsable)?;
                parse_condition(table, column, condition, Quoting::Double)?
            };
            Ok(if negated { Filter::Not(Box::new(filter)) } else { filter })
        })
        .collect()
}

fn parse_condition(
    table: &Table,
    column: &str,
    text: &str,
    quoting: Quoting,
) -> Result<Filter, Refusal> {
    let kind = table.kind_of(column)?;
    let unparsable = || Refusal::unparsable("filter", text);
    if let Some(rest) = text.strip_prefix("not.") {
        return Ok(Filter::Not(Box::new(parse_condition(table, column, rest, quoting)?)));
    }
    let (operator, value) = text.split_once('.').ok_or_else(unparsable)?;
    let column = column.to_owned();
    if let Some(test) = Test::parse(operator) {
        let value = if quoting == Quoting::Double { unquoted(value) } else { value.to_owned() };
        let value = Value::from(stored_text(kind, &value)?);
        return Ok(Filter::Compare { column, test, value });
    }
    match (operator, value) {
        ("in", list) => {
            let items = list_items(list).ok_or_else(unparsable)?;
            let values = items
                .into_iter()
                .map(|item| stored_text(kind, &unquoted(item)).map(Value::from))
                .collect::<Result<_, _>>()?;
            Ok(Filter::OneOf { column, values })
        }
        ("is", "null") => Ok(Filter::Is { column, value: Value::Null }),
        ("is", "true") => Ok(Filter::Is { column, value: Value::Bool(true) }),
        ("is", "false") => Ok(Filter::Is { column, value: Value::Bool(false) }),
        _ => Err(unparsable()),
    }
}

/// Splits `(a,"b,c",d(e,f))` at commas outside of quotes and inner brackets.
fn list_items(text: &str) -> Option<Vec<&str>> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let (mut items, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (index, char) in inner.char_indices() {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            ',' if depth == 0 => {
                items.push(&inner[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    if is_quoted || depth != 0 {
        return None;
    }
    if !inner.is_empty() {
        items.push(&inner[start..]);
    }
    Some(items)
}

/// Removes the double quotes around a value, and the backslashes in it if it has quotes.
fn unquoted(text: &str) -> String {
    let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let Some(quoted) = quoted else { return text.to_owned() };
    let mut plain = String::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => plain.extend(chars.next()),
            other => plain.push(other),
        }
    }
    plain
}
