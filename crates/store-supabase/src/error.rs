//! Failures of a request, and the one place where they become errors of the port.

use std::error::Error;
use std::io;
use std::time::Duration;

use watchme_core::StoreError;

use crate::answer::{Class, Refusal};

/// Name of this store in errors.
pub(crate) const BACKEND: &str = "Supabase";

/// Reason to show for a write that changed nothing.
pub(crate) const NOTHING_WRITTEN: &str = "row-level security hides the row from this key, or the \
     row is gone; use the project's secret (`service_role`) key or add a policy for this role";

/// Reason why a request has no rows to show.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    /// The server refused it.
    #[error("{}", said(.0))]
    Refused(Refusal),
    /// Nothing, or only half an answer, arrived.
    #[error("{}", describe(.0))]
    Transport(#[source] reqwest::Error),
    /// More arrived than a page can have.
    #[error("the answer is larger than {limit_bytes} bytes; ask for fewer rows at once")]
    TooLarge { limit_bytes: usize },
    /// The server answers the same rows whatever page is asked for.
    #[error("the same rows come again and again; is there a cache before the project?")]
    NoPages,
}

impl RequestError {
    pub(crate) fn class(&self) -> Class {
        match self {
            Self::Refused(refusal) => refusal.class,
            // Every request of ours may be made twice: reads, upserts, and updates by key.
            Self::Transport(error) if !error.is_builder() => Class::Retry,
            Self::Transport(_) | Self::TooLarge { .. } | Self::NoPages => Class::Fatal,
        }
    }

    pub(crate) fn is_timeout(&self) -> bool {
        matches!(self, Self::Transport(error) if error.is_timeout())
    }

    /// Returns true if nobody listens at the address.
    pub(crate) fn is_connection_refused(&self) -> bool {
        matches!(self, Self::Transport(error) if is_connection_refused(error))
    }
}

impl From<RequestError> for StoreError {
    fn from(error: RequestError) -> Self {
        let unavailable = |error, retry_after: Option<Duration>| Self::Unavailable {
            backend: BACKEND,
            retry_after,
            source: Box::new(error),
        };
        match error.class() {
            Class::Retry => unavailable(error, None),
            Class::RetryAfter(wait) => unavailable(error, Some(wait)),
            Class::Row => Self::InvalidRow { backend: BACKEND, reason: error.to_string() },
            Class::Fatal | Class::EndOfPages => {
                let mend = match &error {
                    RequestError::Refused(refusal) => mend(refusal),
                    _ => None,
                };
                let reason = match mend {
                    Some(mend) => format!("{error}; {mend}"),
                    None => error.to_string(),
                };
                Self::Denied { backend: BACKEND, reason }
            }
        }
    }
}

/// Makes the error of a table or an answer that is not what it should be.
pub(crate) fn denied(reason: impl Into<String>) -> StoreError {
    StoreError::Denied { backend: BACKEND, reason: reason.into() }
}

fn describe(error: &reqwest::Error) -> &'static str {
    match error {
        error if error.is_timeout() => "no answer in time",
        error if is_connection_refused(error) => "the connection was refused",
        _ => "the connection failed",
    }
}

fn is_connection_refused(error: &reqwest::Error) -> bool {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::ConnectionRefused)
}

pub(crate) fn said(refusal: &Refusal) -> String {
    let status = refusal.status.as_u16();
    match (&refusal.code, &refusal.message) {
        (Some(code), Some(message)) => format!("status {status}, code `{code}`: {message}"),
        (Some(code), None) => format!("status {status}, code `{code}`"),
        (None, Some(message)) => format!("status {status}: {message}"),
        (None, None) => format!("status {status}"),
    }
}

/// Returns what to do about a refusal that repeats itself.
pub(crate) fn mend(refusal: &Refusal) -> Option<&'static str> {
    let says = |part| refusal.message.as_deref().is_some_and(|message| message.contains(part));
    Some(match (refusal.code.as_deref(), refusal.status.as_u16()) {
        (Some("42501"), _) if says("row-level security") => {
            "use the project's secret (`service_role`) key or add a policy for this role"
        }
        (Some("42501"), _) => {
            "grant the role the privilege or use the project's secret (`service_role`) key"
        }
        (Some("PGRST303"), _) => "the key has expired; create a new one",
        (Some("PGRST301"), _) if says("expired") => "the key has expired; create a new one",
        (Some("PGRST300" | "PGRST301" | "PGRST302"), _) | (None, 401 | 403) => {
            "copy the project's secret (`service_role`) key again"
        }
        (Some("42703" | "PGRST204" | "PGRST205" | "42P01"), _) => {
            "add what is missing to the table, or reload the schema cache if it is there"
        }
        (Some("42P10"), _) => "`vibe_whisper` needs the primary key (device_id, date, time_block)",
        (Some("PGRST106"), _) => "expose the schema `public` in the project's API settings",
        (None, 404 | 405 | 200..=399) => {
            "this is not the REST interface of a project; check the address"
        }
        (_, 540) => "the project is paused; restore it in its dashboard",
        _ => return None,
    })
}
