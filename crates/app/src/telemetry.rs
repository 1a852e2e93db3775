//! The log: what is written, and in which form.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::settings::{LogFormat, LogSettings};

/// Starts the log of this process, once. `writer` takes each line; standard error, mostly.
///
/// Text of other programs' logs is not coloured: it mostly ends in a journal or a file.
pub fn init_log<W>(settings: &LogSettings, writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::new(&settings.filter);
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    // An error means that a log is there already, which an embedding program may have its way.
    let _ = match settings.format {
        LogFormat::Text => log.with_ansi(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
}
