//! Runs a demuxer, with its panics and errors as faults.

use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use super::super::fault::Fault;
use super::super::frames::FramesReader;
use super::super::registry::PROBE;
use super::super::source::Source;
use super::guarded;

pub(super) fn stream(source: Source) -> MediaSourceStream<'static> {
    MediaSourceStream::new(Box::new(source), MediaSourceStreamOptions::default())
}

pub(super) fn probe(
    stream: MediaSourceStream<'static>,
    name: &'static str,
) -> Result<Box<dyn FormatReader>, Fault> {
    demux(name, || {
        let (format, metadata) = (FormatOptions::default(), MetadataOptions::default());
        PROBE.probe(&Hint::default(), stream, format, metadata)
    })
}

/// Runs a demuxer.
pub(super) fn demux<T: IntoReader>(
    name: &'static str,
    open: impl FnOnce() -> Result<T, Error>,
) -> Result<Box<dyn FormatReader>, Fault> {
    let reader = guarded(name, open)?.map_err(|error| refusal(name, &error))?;
    Ok(reader.into_reader())
}

/// Conversion of a demuxer to a trait object.
pub(super) trait IntoReader {
    fn into_reader(self) -> Box<dyn FormatReader>;
}

impl IntoReader for Box<dyn FormatReader> {
    fn into_reader(self) -> Box<dyn FormatReader> {
        self
    }
}

impl IntoReader for FramesReader<'static> {
    fn into_reader(self) -> Box<dyn FormatReader> {
        Box::new(self)
    }
}

/// Reason why a container that was recognised cannot be opened.
pub(super) fn refusal(container: &'static str, error: &Error) -> Fault {
    let reason = error.to_string();
    match error {
        // A part that is missing was cut off.
        Error::Unsupported(what) if !what.contains("missing") && !what.contains("no suitable") => {
            Fault::Unsupported { container, reason }
        }
        _ => Fault::Broken { container, reason },
    }
}
