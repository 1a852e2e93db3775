//! The form of an upload: its recording is written to disk as it arrives, other fields are short.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};
use tokio::time::timeout;
use tracing::error;
use watchme_app::{UploadError, Uploads};
use watchme_core::{ErrorChain, FetchedAudio};

use super::paced::{Paced, Unread};
use super::refusal::{INVALID_VALUE, Refusal};
use crate::Limits;
use crate::response::ApiError;

/// Bytes that a form may have besides the recording: other fields, and the framing of each.
const BESIDE_BYTES: u64 = 1 << 20;

/// Longest value of a field, in bytes.
const FIELD_BYTES: usize = 1024;

/// Largest number of values.
const VALUES: usize = 32;

/// Fields that have an effect, without the brackets of lists. All others are ignored, including
/// `prompt`.
const KNOWN: [&str; 6] =
    ["model", "language", "response_format", "temperature", "stream", "timestamp_granularities"];

/// A received form.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) audio: FetchedAudio,
    pub(super) fields: Fields,
}

/// Fields besides the recording, unparsed.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(&'static str, String)>);

impl Fields {
    /// Returns the values of a field that are not empty.
    pub(super) fn all(&self, name: &'static str) -> impl DoubleEndedIterator<Item = &str> {
        let of_name =
            move |(known, value): &'_ &(&'static str, String)| *known == name && !value.is_empty();
        self.0.iter().filter(of_name).map(|(_, value)| value.as_str())
    }

    /// Returns the value of a field, the last of several.
    pub(super) fn get(&self, name: &'static str) -> Option<&str> {
        self.all(name).next_back()
    }
}

/// Reads a form within bounds.
pub(super) async fn read(
    request: Request,
    uploads: &Uploads,
    limits: &Limits,
) -> Result<Form, Refusal> {
    let most = uploads.max_bytes().saturating_add(BESIDE_BYTES);
    if announced(request.headers()).is_some_and(|bytes| bytes > most) {
        return Err(Refusal::too_large(uploads.max_bytes()));
    }
    let (head, body) = request.into_parts();
    let (body, unread) = Paced::wrap(body);
    let mut request = Request::from_parts(head, Body::from_stream(body));
    DefaultBodyLimit::max(usize::try_from(most).unwrap_or(usize::MAX)).apply(&mut request);
    let form = Multipart::from_request(request, &()).await;
    let form =
        form.map_err(|_| Refusal::no_form("the body is no form; send `multipart/form-data`"))?;
    let reader = Reader { uploads, unread, each: limits.body_timeout };
    let form = timeout(limits.upload_timeout, reader.read(form)).await;
    form.map_err(|_| ApiError::BodyTimeout)?
}

struct Reader<'a> {
    uploads: &'a Uploads,
    unread: Unread,
    /// Time the next piece may take.
    each: Duration,
}

impl Reader<'_> {
    async fn read(&self, mut form: Multipart) -> Result<Form, Refusal> {
        let (mut audio, mut fields) = (None, Fields::default());
        while let Some(mut field) = self.next(form.next_field()).await? {
            let name = field.name().unwrap_or_default();
            let name = name.strip_suffix("[]").unwrap_or(name);
            if name == "file" {
                if audio.is_some() {
                    return Err(Refusal::field(
                        "file",
                        INVALID_VALUE,
                        "send one recording at a time",
                    ));
                }
                audio = Some(self.spool(&mut field).await?);
            } else if let Some(name) = KNOWN.into_iter().find(|known| *known == name) {
                let value = self.value(name, &mut field).await?;
                if fields.0.len() == VALUES {
                    return Err(Refusal::field(name, INVALID_VALUE, "there are too many values"));
                }
                fields.0.push((name, value));
            } else {
                while self.next(field.chunk()).await?.is_some() {}
            }
        }
        let audio = audio.filter(|audio| audio.size_bytes() > 0);
        let audio = audio.ok_or_else(|| {
            Refusal::field("file", INVALID_VALUE, "it is missing or empty; send a recording")
        })?;
        Ok(Form { audio, fields })
    }

    async fn spool(&self, field: &mut Field<'_>) -> Result<FetchedAudio, Refusal> {
        let mut upload = self.uploads.begin().await.map_err(refuse)?;
        while let Some(chunk) = self.next(field.chunk()).await? {
            upload.write(&chunk).await.map_err(refuse)?;
        }
        upload.finish().await.map_err(refuse)
    }

    async fn value(&self, name: &'static str, field: &mut Field<'_>) -> Result<String, Refusal> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.next::<Bytes>(field.chunk()).await? {
            if bytes.len() + chunk.len() > FIELD_BYTES {
                return Err(Refusal::field(name, INVALID_VALUE, "the value is too long"));
            }
            bytes.extend_from_slice(&chunk);
        }
        String::from_utf8(bytes)
            .map_err(|_| Refusal::field(name, INVALID_VALUE, "the value is no UTF-8 text"))
    }

    /// Returns the next piece of the form, or why it is late or invalid.
    async fn next<T>(
        &self,
        piece: impl Future<Output = Result<Option<T>, MultipartError>>,
    ) -> Result<Option<T>, Refusal> {
        let piece = timeout(self.each, piece).await.map_err(|_| ApiError::BodyTimeout)?;
        self.unread.reset();
        piece.map_err(|error| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Refusal::too_large(self.uploads.max_bytes()),
            _ => Refusal::no_form("the form cannot be read; is it whole?"),
        })
    }
}

/// Returns the size from `content-length`.
fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn refuse(error: UploadError) -> Refusal {
    match error {
        UploadError::TooLarge { limit_bytes } => Refusal::too_large(limit_bytes),
        UploadError::Full { .. } => ApiError::TooManyRequests.into(),
        UploadError::Spool(error) => {
            error!(error = %ErrorChain(&error), "an upload could not be written to disk");
            Refusal::not_stored()
        }
    }
}
