//! Header of an MP4 file, for the parts that the demuxer refuses or ignores: tracks without sound, a missing
//! first box, lengths beyond the end, runs of more samples than there are, and edit lists.

mod boxes;
mod chunks;
mod entry;
mod fragments;
mod overclaims;
#[cfg(test)]
mod tests;

use std::io::{self, Read, Seek};
use std::ops::Range;

use self::boxes::{Mp4Box, find, list_boxes};
use self::entry::{Entry, read_entry};
use self::fragments::Fragmented;
use self::overclaims::hide_overclaims;
use super::peek::{Order, Peek};
use super::raw::Layout;
use super::source::Patch;
use super::timeline::Edit;

/// Largest number of edits that are read. Trimming makes a few.
const MAX_EDITS: u32 = 1024;

/// Box at the start of an MP4 file, which older `QuickTime` files lack. The demuxer finds it at the end,
/// too.
const FILE_TYPE: &[u8; 16] = b"\0\0\0\x10ftypisom\0\0\x02\0";

/// Codecs that are not supported, by the names of their sample entries.
const FOREIGN: [(&[u8; 4], &str); 16] = [
    (b"samr", "AMR"),
    (b"sawb", "AMR"),
    (b"sawp", "AMR"),
    (b"sevc", "EVRC"),
    (b"sqcp", "QCELP"),
    (b"agsm", "GSM 6.10"),
    (b"spex", "Speex"),
    (b"ac-3", "AC-3"),
    (b"ec-3", "E-AC-3"),
    (b"ac-4", "AC-4"),
    (b"dtsc", "DTS"),
    (b"mha1", "MPEG-H"),
    (b"QDM2", "QDesign Music"),
    (b"QDMC", "QDesign Music"),
    (b"enca", "encrypted"),
    (b"drms", "encrypted"),
];

/// Header of a file.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Movie {
    /// Replacements of bytes of the file.
    pub(super) patches: Vec<Patch>,
    /// Bytes to append to the file.
    pub(super) tail: Vec<u8>,
    /// Sound tracks, in the order of the file.
    pub(super) tracks: Vec<SoundTrack>,
}

/// Sound track.
#[derive(Debug, PartialEq)]
pub(super) struct SoundTrack {
    pub(super) id: u32,
    /// Name of the first sample entry, which identifies the codec.
    pub(super) codec: [u8; 4],
    /// Where its samples are, if they are in blocks of constant length. Such a track needs no demuxer.
    pub(super) layout: Option<Layout>,
    /// Edits; empty if the track is played as it is.
    pub(super) edits: Vec<Edit>,
    /// Patches that hide the track from the demuxer.
    pub(super) hidden: Vec<Patch>,
}

/// Reads the header. Errors in it are left to the demuxer.
pub(super) fn read_movie<R: Read + Seek>(peek: &mut Peek<R>) -> io::Result<Movie> {
    let length = peek.length();
    let mut movie = Movie { patches: hide_overclaims(peek)?, ..Movie::default() };
    let outer = list_boxes(peek, 0..length)?;
    if let Some(last) = outer.last() {
        movie.patches.extend(correct_length(last, length));
    }
    if !outer.iter().any(|it| it.name == *b"ftyp") {
        movie.tail = FILE_TYPE.to_vec();
    }
    let Some(header) = outer.iter().find(|it| it.name == *b"moov") else { return Ok(movie) };
    let inner = list_boxes(peek, within(header, length))?;
    let timescale = match inner.iter().find(|it| it.name == *b"mvhd") {
        Some(it) => read_timescale(peek, it)?,
        None => 0,
    };
    let mut extensions = Vec::new();
    if let Some(extends) = inner.iter().find(|it| it.name == *b"mvex") {
        for extension in list_boxes(peek, within(extends, length))? {
            let body = peek.up_to(extension.contents.start, 20)?;
            let [track, sample_bytes] = [4, 16].map(|at| Order::Big.u32(&body, at));
            extensions.push((Fragmented { track, sample_bytes }, extension));
        }
    }
    for track in inner.iter().filter(|it| it.name == *b"trak") {
        let id = read_track_id(peek, track)?;
        let of_track =
            |(it, extension): &&(Fragmented, Mp4Box)| it.track == id && extension.name == *b"trex";
        let extension = extensions.iter().find(of_track);
        let hidden_extension = extension.map(|(_, extension)| hide(extension));
        let hidden: Vec<Patch> = [hide(track)].into_iter().chain(hidden_extension).collect();
        match read_sound_track(peek, track, timescale, extension.map(|(it, _)| *it))? {
            Some(Sound { codec, layout, edits, patches }) => {
                movie.patches.extend(patches);
                movie.tracks.push(SoundTrack { id, codec, layout, edits, hidden });
            }
            // Other tracks are not needed, and the demuxer refuses some of them.
            None => movie.patches.extend(hidden),
        }
    }
    Ok(movie)
}

/// What a sound track says of itself.
#[derive(Default)]
struct Sound {
    codec: [u8; 4],
    layout: Option<Layout>,
    edits: Vec<Edit>,
    patches: Vec<Patch>,
}

/// Reads a sound track; `None` for any other track.
fn read_sound_track<R: Read + Seek>(
    peek: &mut Peek<R>,
    track: &Mp4Box,
    movie_timescale: u32,
    fragmented: Option<Fragmented>,
) -> io::Result<Option<Sound>> {
    let contents = within(track, peek.length());
    let Some(media) = find(peek, contents.clone(), &[b"mdia"])? else { return Ok(None) };
    let media = within(&media, peek.length());
    let handler = find(peek, media.clone(), &[b"hdlr"])?;
    let handler = handler.map(|it| peek.up_to(it.contents.start + 8, 4)).transpose()?;
    if handler.as_deref() != Some(b"soun") {
        return Ok(None);
    }
    let mut sound = Sound::default();
    if let Some(table) = find(peek, media.clone(), &[b"minf", b"stbl"])? {
        let table = within(&table, peek.length());
        sound = read_table(peek, table, fragmented)?;
    }
    let media_timescale = match find(peek, media, &[b"mdhd"])? {
        Some(it) => read_timescale(peek, &it)?,
        None => 0,
    };
    if let Some(list) = find(peek, contents, &[b"edts", b"elst"])? {
        sound.edits = read_edits(peek, &list, movie_timescale, media_timescale)?;
    }
    Ok(Some(sound))
}

/// Reads the codec of a track, and where its samples are.
fn read_table<R: Read + Seek>(
    peek: &mut Peek<R>,
    table: Range<u64>,
    fragmented: Option<Fragmented>,
) -> io::Result<Sound> {
    let Some(entries) = find(peek, table.clone(), &[b"stsd"])? else { return Ok(Sound::default()) };
    // The demuxer accepts one entry. Recorders that write more describe the same codec in each.
    let at = entries.contents.start + 4;
    let count = Order::Big.u32(&peek.up_to(at, 4)?, 0);
    let single = (count > 1).then(|| Patch { at, bytes: 1_u32.to_be_bytes().to_vec() });
    let Entry { codec, blocks, patch } =
        read_entry(peek, at + 4..within(&entries, peek.length()).end)?;
    let layout = match blocks {
        Some(blocks) => chunks::read_layout(peek, table, blocks, fragmented)?,
        None => None,
    };
    let patches = single.into_iter().chain(patch).collect();
    Ok(Sound { codec, layout, edits: Vec::new(), patches })
}

fn read_edits<R: Read + Seek>(
    peek: &mut Peek<R>,
    list: &Mp4Box,
    movie_timescale: u32,
    media_timescale: u32,
) -> io::Result<Vec<Edit>> {
    if movie_timescale == 0 || media_timescale == 0 {
        return Ok(Vec::new());
    }
    let head = peek.up_to(list.contents.start, 8)?;
    let is_long = head.first() == Some(&1);
    let count = Order::Big.u32(&head, 4).min(MAX_EDITS);
    let entry_length = if is_long { 20 } else { 12 };
    let bytes = peek.up_to(list.contents.start + 8, count as usize * entry_length)?;
    let (mut edits, mut at) = (Vec::new(), 0.0);
    for entry in bytes.chunks_exact(entry_length) {
        let (duration, start) = if is_long {
            (Order::Big.u64(entry, 0), Order::Big.u64(entry, 8).cast_signed())
        } else {
            let start = Order::Big.u32(entry, 4).cast_signed();
            (u64::from(Order::Big.u32(entry, 0)), i64::from(start))
        };
        #[expect(clippy::cast_precision_loss, reason = "seconds need not be exact to the sample")]
        let (duration, start) = (
            duration as f64 / f64::from(movie_timescale),
            start as f64 / f64::from(media_timescale),
        );
        // An empty edit: nothing is played.
        if start < 0.0 {
            at += duration;
            continue;
        }
        // The edit of a fragmented recording has no duration.
        let length = if duration > 0.0 { duration } else { f64::INFINITY };
        edits.push(Edit { media: start..start + length, at });
        at += length;
    }
    Ok(edits)
}

fn read_track_id<R: Read + Seek>(peek: &mut Peek<R>, track: &Mp4Box) -> io::Result<u32> {
    let contents = within(track, peek.length());
    let Some(header) = find(peek, contents, &[b"tkhd"])? else { return Ok(0) };
    let body = peek.up_to(header.contents.start, 24)?;
    Ok(Order::Big.u32(&body, if body.first() == Some(&1) { 20 } else { 12 }))
}

/// Reads the units per second of an `mvhd` or `mdhd`.
fn read_timescale<R: Read + Seek>(peek: &mut Peek<R>, header: &Mp4Box) -> io::Result<u32> {
    let body = peek.up_to(header.contents.start, 24)?;
    Ok(Order::Big.u32(&body, if body.first() == Some(&1) { 20 } else { 12 }))
}

/// Patch that makes a box a free one.
fn hide(it: &Mp4Box) -> Patch {
    Patch { at: it.at + 4, bytes: b"free".to_vec() }
}

/// Patch of the length of the last box, if that is the sound and its header states another length.
fn correct_length(last: &Mp4Box, length: u64) -> Option<Patch> {
    let is_wrong = last.is_open || last.contents.end > length;
    // Only files above 4 GB have a 64-bit length, which is elsewhere.
    let there = u32::try_from(length - last.at).ok()?;
    let is_short = last.contents.start - last.at == 8;
    (is_wrong && is_short && last.name == *b"mdat")
        .then(|| Patch { at: last.at, bytes: there.to_be_bytes().to_vec() })
}

/// Contents of a box within a file of this length.
fn within(it: &Mp4Box, length: u64) -> Range<u64> {
    it.contents.start..it.contents.end.min(length)
}

impl SoundTrack {
    /// Name of its codec, if that is not supported.
    pub(super) fn foreign(&self) -> Option<&'static str> {
        FOREIGN.iter().find(|(codec, _)| *codec == &self.codec).map(|(_, name)| *name)
    }
}
