//! Opens a file with the demuxer of its kind.

use std::fs::File;
use std::path::Path;

use symphonia::core::formats::probe::ProbeableFormat as _;
use symphonia::core::formats::well_known::FORMAT_ID_ADTS;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::ReadBytes as _;
use symphonia::default::formats::IsoMp4Reader;

use super::super::content::{Container, Content, content_of};
use super::super::fault::Fault;
use super::super::frames::{FramesReader, are_frames};
use super::super::mp4::{Movie, SoundTrack, read_movie};
use super::super::peek::Peek;
use super::super::raw::{Layout, RawReader};
use super::super::source::{Opened, Patch, Trouble};
use super::super::timeline::Edit;
use super::super::wav::{Wav, read_wav};
use super::super::{aiff, au, caf, matroska, ogg};
use super::demux::{demux, probe, stream};
use super::resume::Resume;
use super::track::{Chosen, choose_track, choose_track_among};
use super::{guarded, unreadable};

/// Largest number of sound tracks of an MP4 file that are tried.
const MAX_TRACKS: usize = 16;

/// Open recording whose sound track was found.
pub(super) struct Opening {
    pub(super) reader: Box<dyn FormatReader>,
    pub(super) chosen: Chosen,
    pub(super) edits: Vec<Edit>,
    pub(super) container: &'static str,
    /// Length of the file in bytes.
    pub(super) length: u64,
    pub(super) trouble: Trouble,
    /// True if the time stamps count samples: missing time was lost, and not paused.
    pub(super) counts_samples: bool,
    pub(super) resume: Option<Resume>,
}

/// Opens the file at `path`, whose kind is recognised by its content alone.
pub(super) fn open(path: &Path) -> Result<Opening, Fault> {
    let mut opened = Opened::open(path).map_err(Fault::Unreadable)?;
    let container = match content_of(opened.head()) {
        Content::Empty if opened.has_tags() => {
            let reason = "it has nothing but tags".to_owned();
            return Err(Fault::Broken { container: "MP3", reason });
        }
        Content::Empty => return Err(Fault::Empty),
        Content::Foreign(what) => return Err(Fault::Foreign(what)),
        Content::Known(container) => Some(container),
        Content::Unknown => None,
    };
    let (length, trouble) = (opened.length(), opened.trouble());
    let (mut name, found) = match container {
        Some(container) => (container.name(), with_demuxer(&mut opened, container)),
        None => ("audio", search(&mut opened)),
    };
    if let Some(error) = unreadable(&trouble) {
        return Err(error);
    }
    let (reader, chosen, edits) = found?;
    if container == Some(Container::Frames) {
        name = if reader.format_info().format == FORMAT_ID_ADTS { "AAC" } else { "MP3" };
    }
    let counts_samples =
        matches!(container, Some(Container::Frames | Container::Ogg | Container::Flac));
    let resume = match container {
        Some(Container::Matroska) => Resume::new(opened)?,
        _ => None,
    };
    Ok(Opening { reader, chosen, edits, container: name, length, trouble, counts_samples, resume })
}

type Found = (Box<dyn FormatReader>, Chosen, Vec<Edit>);

fn with_demuxer(opened: &mut Opened, container: Container) -> Result<Found, Fault> {
    let name = container.name();
    let whole = |opened: &Opened, patches| {
        opened.source(patches, Vec::new()).map(stream).map_err(Fault::Unreadable)
    };
    let reader = match container {
        Container::Wav(family) => match guarded(name, || read_wav(&mut opened.peek(), family))?? {
            Wav::Blocks { blocks, parts, promised } => {
                raw(opened, Layout { container: name, blocks, parts, promised })?
            }
            Wav::Mpeg(part) => {
                let stream = stream(opened.part(part).map_err(Fault::Unreadable)?);
                demux(name, || FramesReader::new(stream))?
            }
        },
        Container::Au => {
            let layout = au::read_layout(&mut opened.peek())?;
            raw(opened, layout)?
        }
        Container::Frames => {
            let stream = whole(opened, Vec::new())?;
            demux(name, || FramesReader::new(stream))?
        }
        Container::Mp4 => return open_mp4(opened),
        Container::Matroska => {
            let outline = matroska::read_outline(&mut opened.peek()).map_err(Fault::Unreadable)?;
            let reader = probe(whole(opened, outline.patches)?, name)?;
            let chosen = choose_track_among(&*reader, &outline.plain, name)?;
            return Ok((reader, chosen, Vec::new()));
        }
        Container::Ogg => {
            if let Some(what) = ogg::foreign_codec(opened.head()) {
                let reason = format!("it is {what}");
                return Err(Fault::Unsupported { container: name, reason });
            }
            probe(whole(opened, Vec::new())?, name)?
        }
        Container::Aiff => {
            let layout = aiff::read_layout(&mut opened.peek())?;
            raw(opened, layout)?
        }
        Container::Caf => match caf::read_layout(&mut opened.peek())? {
            Some(layout) => raw(opened, layout)?,
            None => probe(whole(opened, Vec::new())?, name)?,
        },
        Container::Flac => probe(whole(opened, Vec::new())?, name)?,
    };
    let chosen = choose_track(&*reader, name)?;
    Ok((reader, chosen, Vec::new()))
}

/// Searches a file of unknown kind for audio. Without a result it is not damaged audio, but none.
fn search(opened: &mut Opened) -> Result<Found, Fault> {
    let mut peek: Peek<&mut File> = opened.peek();
    let start = peek.up_to(0, 1 << 18).map_err(Fault::Unreadable)?;
    let stream = stream(opened.source(Vec::new(), Vec::new()).map_err(Fault::Unreadable)?);
    let reader = if are_frames(&start) {
        demux("audio", || FramesReader::new(stream)).map_err(|_| Fault::Unknown)?
    } else {
        probe(stream, "audio").map_err(|_| Fault::Unknown)?
    };
    let chosen = choose_track(&*reader, "audio")?;
    Ok((reader, chosen, Vec::new()))
}

/// Opens an MP4 file. A track in blocks of constant length needs no demuxer. If the demuxer refuses the
/// file for the first of several tracks, that track is hidden.
fn open_mp4(opened: &mut Opened) -> Result<Found, Fault> {
    let Movie { mut patches, tail, tracks } =
        read_movie(&mut opened.peek()).map_err(Fault::Unreadable)?;
    let mut shown = &tracks[..tracks.len().min(MAX_TRACKS)];
    loop {
        let found = match shown.first() {
            Some(SoundTrack { layout: Some(layout), edits, .. }) => {
                open_blocks(opened, layout.clone(), edits)
            }
            _ => open_tracks(opened, patches.clone(), tail.clone(), &tracks),
        };
        let fault = match found {
            Ok(found) => return Ok(found),
            Err(fault) => fault,
        };
        match shown.split_first() {
            Some((track, rest)) if !rest.is_empty() => {
                patches.extend(track.hidden.iter().cloned());
                shown = rest;
            }
            _ => return Err(with_codec(fault, &tracks)),
        }
    }
}

fn open_blocks(opened: &Opened, layout: Layout, edits: &[Edit]) -> Result<Found, Fault> {
    let container = layout.container;
    let reader = raw(opened, layout)?;
    let chosen = choose_track(&*reader, container)?;
    Ok((reader, chosen, edits.to_vec()))
}

/// Opens the first of the tracks that the demuxer sees and that can be decoded.
fn open_tracks(
    opened: &Opened,
    patches: Vec<Patch>,
    tail: Vec<u8>,
    tracks: &[SoundTrack],
) -> Result<Found, Fault> {
    let name = Container::Mp4.name();
    let source = opened.source(patches, tail).map_err(Fault::Unreadable)?;
    let reader = demux(name, || {
        let mut stream = stream(source);
        // The demuxer expects the position after the first length.
        stream.ignore_bytes(4)?;
        IsoMp4Reader::try_probe_new(stream, FormatOptions::default())
    })?;
    let chosen = choose_track(&*reader, name)?;
    let of_track = |it: &&SoundTrack| it.id == chosen.track.id;
    let edits = tracks.iter().find(of_track).map(|it| it.edits.clone());
    Ok((reader, chosen, edits.unwrap_or_default()))
}

/// Adds the name of the codec to a fault.
fn with_codec(fault: Fault, tracks: &[SoundTrack]) -> Fault {
    let codec = tracks.first().and_then(SoundTrack::foreign);
    match (fault, codec) {
        (Fault::NoAudio { container }, Some(codec)) => {
            Fault::Unsupported { container, reason: format!("it is {codec}") }
        }
        (fault, _) => fault,
    }
}

fn raw(opened: &Opened, layout: Layout) -> Result<Box<dyn FormatReader>, Fault> {
    let source = opened.source(Vec::new(), Vec::new()).map_err(Fault::Unreadable)?;
    Ok(Box::new(RawReader::new(stream(source), layout)?))
}
