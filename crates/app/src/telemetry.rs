//! Starts and ends log and spans of the process.

use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use secrecy::ExposeSecret;
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, warn};
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

use crate::settings::{LogFormat, LogSettings, SpanSettings};

/// Time limit for sending the last spans when the process ends.
const LAST_SPANS: Duration = Duration::from_secs(3);

/// Spans that are not sent: a lane lasts as long as its worker and would make one trace of
/// everything it ever did; probes come every few seconds and say nothing.
const NOT_SENT: [&str; 2] = ["lane", "probe"];

/// Directive before those of the settings: the demuxers warn of what is usual. What is wrong with a
/// recording is logged by `watchme-asr`, once.
const QUIET: &str = "symphonia=off";

/// Sends the spans of this process.
static SPANS: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Starts the log of this process, and sending spans if the settings say so. `writer` receives each
/// line; it is usually standard error. Call [`end_log`] at the end.
///
/// Text is not coloured, since it usually goes to a journal or a file.
pub fn init_log<W>(settings: &LogSettings, writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_writer(writer);
    let lines = match settings.format {
        LogFormat::Text => lines.with_ansi(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let filter = format!("{QUIET},{}", settings.filter);
    let lines = lines.with_filter(EnvFilter::new(filter));
    let (provider, error) = match settings.spans.as_ref().map(provider).transpose() {
        Ok(provider) => (provider, None),
        Err(error) => (None, Some(error)),
    };
    let spans = provider.as_ref().map(|provider| {
        // Log lines and code locations go to the log only.
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer(env!("CARGO_PKG_NAME")))
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_filter(FilterFn::new(is_sent).with_max_level_hint(LevelFilter::INFO))
    });
    // An error means that there is already a subscriber, of an embedding program. It takes
    // precedence.
    let _ = registry().with(lines).with(spans).try_init();
    if let Some(provider) = provider {
        // If one is already set, this one has no spans to send.
        let _ = SPANS.set(provider);
    }
    if let Some(error) = error {
        warn!(%error, "no spans are sent; see `OTEL_EXPORTER_OTLP_ENDPOINT`");
    }
}

/// Sends the remaining spans, waiting a few seconds at most. Call it at the end of the process.
/// Blocking.
pub fn end_log() {
    if let Some(provider) = SPANS.get()
        && let Err(error) = provider.shutdown_with_timeout(LAST_SPANS)
    {
        warn!(%error, "the last spans were not sent");
    }
}

/// Builds the sender of spans. Spans wait in a queue of 2,048 and are sent in batches every 5
/// seconds, on a thread of their own. If the queue is full they are dropped.
fn provider(settings: &SpanSettings) -> Result<SdkTracerProvider, ExporterBuildError> {
    let headers = settings.headers.iter();
    let headers = headers.map(|(name, value)| (name.clone(), value.expose_secret().to_owned()));
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(settings.endpoint.as_str())
        .with_headers(headers.collect())
        .build()?;
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder()
        .with_service_name(settings.service.clone())
        .with_attribute(version)
        .build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

fn is_sent(metadata: &Metadata<'_>) -> bool {
    metadata.is_span()
        && metadata.target().starts_with("watchme")
        && !NOT_SENT.contains(&metadata.name())
}
