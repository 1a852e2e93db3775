//! `/v1/audio/transcriptions` and `/v1/models`, compatible with OpenAI's clients.

mod answer;
mod form;
pub(crate) mod models;
mod paced;
mod refusal;
mod shape;
mod upload_request;

use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::response::Response;
use tracing::{Instrument, Span, error, info};
use watchme_app::keys::KeyName;
use watchme_core::{ErrorChain, FetchedAudio, TranscribeError, TranscribeOptions, Transcript};
use watchme_wire::openai::{
    OpenAiErrorBody, TranscriptionAnswer, TranscriptionEvent, TranscriptionForm,
};

pub(crate) use shape::{is_of_openai, shape_errors};

use self::form::Form;
use self::refusal::Refusal;
use self::upload_request::UploadRequest;
use crate::Service;
use crate::state::upload_slots::UploadSlot;

/// Transcribe an upload
///
/// Compatible with OpenAI's endpoint: its clients work unchanged with `base_url` set to this
/// service's `/v1` and one of its keys. The recording is kept on disk until it is transcribed;
/// afterwards neither it nor its text is kept. It waits until the current recording is done. A
/// client that leaves cancels its work.
///
/// A result within 25 seconds has its own status code. After that the answer is 200 and begins with
/// bytes that readers ignore, repeated every 15 seconds so that no proxy gives up waiting: a space
/// before JSON, an empty line before text and SRT, the heading of VTT and empty lines after it, or a
/// comment among events. A failure is then an event; in other formats the connection is cut, after
/// the error if the answer is JSON, so that no client takes it for a transcript.
#[utoipa::path(
    post,
    path = "/v1/audio/transcriptions",
    tag = "openai",
    request_body(content = TranscriptionForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "The transcript in the format of `response_format` and `stream`",
            content(
                (TranscriptionAnswer = "application/json"),
                (String = "text/plain"),
                (String = "text/vtt"),
                (TranscriptionEvent = "text/event-stream"),
            )),
        (status = 400, description = "A field is invalid, or the file is not readable audio",
            body = OpenAiErrorBody),
        (status = 404, description = "There is no such model", body = OpenAiErrorBody),
        (status = 408, description = "The upload did not arrive in time", body = OpenAiErrorBody),
        (status = 413, description = "The recording is too large", body = OpenAiErrorBody),
        (status = 500, description = "The recording cannot be transcribed here; `x-should-retry` \
            says that a retry is useless", body = OpenAiErrorBody),
        (status = 503, description = "Too many uploads at once, or the service is shutting down; \
            `retry-after` says when to try again", body = OpenAiErrorBody,
            headers(("retry-after" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn transcribe(
    State(service): State<Service>,
    Extension(caller): Extension<KeyName>,
    request: Request,
) -> Result<Response, Refusal> {
    let slot = service.admit_upload(&caller)?;
    let Form { audio, fields } =
        form::read(request, &service.settings.uploads, &service.settings.limits).await?;
    let UploadRequest { options, format } = UploadRequest::parse(&fields, &service.settings)?;
    service.check_model(&options.model).await?;
    let transcript = run(service, slot, audio, options.clone()).instrument(Span::current());
    Ok(answer::respond(format, options, transcript).await)
}

/// Transcribes `audio`. Dropping the future cancels the work.
async fn run(
    service: Service,
    slot: UploadSlot,
    audio: FetchedAudio,
    options: TranscribeOptions,
) -> Result<Transcript, Refusal> {
    let transcriber = &service.pipeline.ports().transcriber;
    let work = transcriber.transcribe(audio, &options, Arc::new(()));
    let result = slot.run(work).await.unwrap_or(Err(TranscribeError::Cancelled));
    result.map_err(|error| {
        match &error {
            TranscribeError::Unsupported { .. }
            | TranscribeError::Damaged { .. }
            | TranscribeError::Cancelled => info!(%error, "an upload is not transcribed"),
            _ => error!(error = %ErrorChain(&error), "an upload cannot be transcribed"),
        }
        error.into()
    })
}
