//! `/v1/audio/transcriptions` and `/v1/models`, as clients of OpenAI use them.

mod answer;
mod form;
pub(crate) mod models;
mod paced;
mod refusal;
mod shape;
mod wanted;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use tracing::{Instrument, Span, error, info};
use watchme_core::{ErrorChain, FetchedAudio, TranscribeError, TranscribeOptions, Transcript};
use watchme_wire::openai::{
    OpenAiErrorBody, TranscriptionAnswer, TranscriptionEvent, TranscriptionForm,
};

pub(crate) use models::{list_models, show_model};
pub(crate) use shape::{in_its_shape, is_of_openai};

use self::form::Form;
use self::refusal::Refusal;
use self::wanted::Wanted;
use crate::Service;
use crate::turns::Turn;

/// Transcribe an upload
///
/// As OpenAI's endpoint: its clients work unchanged with `base_url` set to this service's `/v1` and
/// one of its keys. The recording is kept on disk until it is transcribed, and neither it nor its
/// text any longer. It waits for its turn behind the recording under way. A client that leaves
/// cancels its own work.
///
/// An answer that is known within 25 seconds has its status code. After that the answer is 200 and
/// begins: with a blank before JSON, an empty line before text and SRT, the heading of VTT and empty
/// lines after it, or a comment among events, and one more every 15 seconds, so that no proxy gives
/// up waiting. A failure is then an event, or else the connection is cut, after the error where the
/// answer is JSON: no client takes it for a transcript.
#[utoipa::path(
    post,
    path = "/v1/audio/transcriptions",
    request_body(content = TranscriptionForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "What was said, as `response_format` and `stream` want it",
            content(
                (TranscriptionAnswer = "application/json"),
                (String = "text/plain"),
                (String = "text/vtt"),
                (TranscriptionEvent = "text/event-stream"),
            )),
        (status = 400, description = "A field does not fit, or the file is no audio that can be \
            read", body = OpenAiErrorBody),
        (status = 404, description = "There is no such model", body = OpenAiErrorBody),
        (status = 408, description = "The upload did not arrive in time", body = OpenAiErrorBody),
        (status = 413, description = "The recording is too large", body = OpenAiErrorBody),
        (status = 500, description = "The recording cannot be transcribed here; `x-should-retry` \
            says that another try is in vain", body = OpenAiErrorBody),
        (status = 503, description = "Too many uploads are under way, or the service shuts down; \
            `retry-after` says when to ask again", body = OpenAiErrorBody,
            headers(("retry-after" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn transcribe(
    State(service): State<Service>,
    request: Request,
) -> Result<Response, Refusal> {
    let turn = service.admit_upload()?;
    let Form { audio, fields } =
        form::read(request, &service.settings.uploads, &service.settings.limits).await?;
    let Wanted { options, format } = Wanted::parse(&fields, &service.settings)?;
    let heard = heard(service, turn, audio, options.clone()).instrument(Span::current());
    Ok(answer::respond(format, options, heard).await)
}

/// What is said in `audio`. Dropping the future cancels the work.
async fn heard(
    service: Service,
    turn: Turn,
    audio: FetchedAudio,
    options: TranscribeOptions,
) -> Result<Transcript, Refusal> {
    let transcriber = &service.pipeline.ports().transcriber;
    let work = transcriber.transcribe(audio, &options, Arc::new(()));
    let result = turn.carry(work).await.unwrap_or(Err(TranscribeError::Cancelled));
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
