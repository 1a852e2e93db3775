//! Error answers in PostgREST's and the gateway's form.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A request that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: u16,
    /// An SQLSTATE or a code of PostgREST's own; the gateway has none.
    code: Option<&'static str>,
    message: String,
    details: Option<String>,
    hint: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code: Some(code), message: message.into(), details: None, hint: None }
    }

    /// Makes an answer of the gateway before PostgREST.
    pub(crate) fn of_gateway(status: u16, message: &str, hint: &str) -> Self {
        let hint = Some(hint.to_owned());
        Self { status, code: None, message: message.to_owned(), details: None, hint }
    }

    pub(crate) fn with_details(self, details: impl Into<String>) -> Self {
        Self { details: Some(details.into()), ..self }
    }

    pub(crate) fn no_column(table: &str, column: &str) -> Self {
        Self::new(400, "42703", format!("column {table}.{column} does not exist"))
    }

    pub(crate) fn no_table(table: &str) -> Self {
        let message = format!("Could not find the table 'public.{table}' in the schema cache");
        Self::new(404, "PGRST205", message)
    }

    pub(crate) fn unparsable(what: &str, text: &str) -> Self {
        let message = format!("\"failed to parse {what} ({text})\" (line 1, column 1)");
        Self::new(400, "PGRST100", message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let Some(code) = self.code else {
            let body = json!({ "message": self.message, "hint": self.hint });
            return (status, Json(body)).into_response();
        };
        let body = json!({
            "code": code, "message": self.message, "details": self.details, "hint": self.hint,
        });
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, super::respond::JSON);
        if let Ok(value) = HeaderValue::from_str(&format!("PostgREST; error={code}")) {
            headers.insert("proxy-status", value);
        }
        response
    }
}
