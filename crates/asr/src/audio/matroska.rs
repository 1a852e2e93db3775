//! Outline of a Matroska or `WebM` file, for the parts that the demuxer refuses in a live or cut-off one: a
//! `SeekHead` that points beyond the end, and lengths that reach beyond it.
//!
//! Tracks and general information are usually before the sound. If they are not, the `SeekHead` is kept.

mod tracks;

use std::io::{self, Read, Seek};

use super::peek::{Order, Peek};
use super::source::Patch;

pub(super) use self::tracks::PlainTrack;

const EBML: u32 = 0x1A45_DFA3;
const SEGMENT: u32 = 0x1853_8067;
const SEEK_HEAD: u32 = 0x114D_9B74;
const INFO: u32 = 0x1549_A966;
const TRACKS: u32 = 0x1654_AE6B;
const CLUSTER: u32 = 0x1F43_B675;
const TIME: u32 = 0xE7;

/// Identifier of an element without meaning.
const VOID: u8 = 0xEC;

/// Largest number of elements that are read: more than a day of clusters of a second each.
const MAX_ELEMENTS: u32 = 100_000;

/// Elements of a cluster that may precede its time: a checksum and little else.
const MAX_ELEMENTS_BEFORE_TIME: u32 = 4;

/// Bytes that are searched at once.
const SEARCHED_BYTES: usize = 1 << 16;

/// Header of an element.
struct Element {
    /// Identifier, including its marker bit.
    id: u32,
    /// Bytes of the header.
    header: u64,
    /// Bytes of the length field.
    length_bytes: usize,
    /// Length of the contents, if it is stated.
    length: Option<u64>,
}

/// Outline of a file.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outline {
    /// Replacements of bytes of the file.
    pub(super) patches: Vec<Patch>,
    /// True if the file states no length: a live recording, which may end anywhere.
    pub(super) is_live: bool,
    /// Offset of the first cluster, where the sound begins.
    pub(super) sound: Option<u64>,
    /// Tracks that the demuxer does not know.
    pub(super) plain: Vec<PlainTrack>,
}

/// Reads the outline of a file.
pub(super) fn read_outline<R: Read + Seek>(peek: &mut Peek<R>) -> io::Result<Outline> {
    let (end, mut at) = (peek.length(), 0);
    let Outline { mut patches, mut is_live, mut sound, mut plain } = Outline::default();
    let (mut tables, mut has_info, mut has_tracks, mut is_header) =
        (Vec::new(), false, false, true);
    for _ in 0..MAX_ELEMENTS {
        let Some(element) = read_element(peek, at)? else { break };
        let contents = at.saturating_add(element.header);
        let behind = element.length.map(|length| contents.saturating_add(length));
        if matches!(element.id, SEGMENT | CLUSTER) && behind.is_some_and(|behind| behind > end) {
            patches.push(leave_open(at, &element));
        }
        match element.id {
            SEGMENT => {
                is_live = behind.is_none();
                at = contents;
                continue;
            }
            SEEK_HEAD if is_header => tables.extend(hide(at, &element)),
            INFO => has_info |= is_header,
            TRACKS if is_header => {
                has_tracks = true;
                plain = tracks::read_plain_tracks(peek, contents..behind.unwrap_or(end).min(end))?;
                patches.extend(plain.iter().map(|track| track.patch.clone()));
            }
            CLUSTER => {
                is_header = false;
                sound = sound.or(Some(at));
            }
            EBML if at > 0 => break,
            _ => {}
        }
        let Some(behind) = behind else { break };
        at = behind;
    }
    if has_info && has_tracks {
        patches.extend(tables);
    }
    Ok(Outline { patches, is_live, sound, plain })
}

/// Patch that removes the length of the segment, for a file of which a part is left out.
pub(super) fn open_segment<R: Read + Seek>(peek: &mut Peek<R>) -> io::Result<Option<Patch>> {
    let Some(header) = read_element(peek, 0)? else { return Ok(None) };
    let at = header.header.saturating_add(header.length.unwrap_or_default());
    let segment = read_element(peek, at)?.filter(|it| it.id == SEGMENT);
    Ok(segment.map(|segment| leave_open(at, &segment)))
}

/// Finds the first cluster from offset `from` on whose time is later than `after`, in the file's units, and
/// returns its offset.
pub(super) fn find_cluster<R: Read + Seek>(
    peek: &mut Peek<R>,
    mut from: u64,
    after: f64,
) -> io::Result<Option<u64>> {
    let name = CLUSTER.to_be_bytes();
    loop {
        let bytes = peek.up_to(from, SEARCHED_BYTES)?;
        if bytes.len() < name.len() {
            return Ok(None);
        }
        for found in bytes.windows(name.len()).enumerate().filter(|(_, it)| **it == name) {
            let at = from + found.0 as u64;
            let is_later = |time: u64| {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "a day in nanoseconds is below 2^53"
                )]
                let time = time as f64;
                time > after
            };
            if read_cluster_time(peek, at)?.is_some_and(is_later) {
                return Ok(Some(at));
            }
        }
        // An identifier may lie across two pieces.
        from += (bytes.len() - name.len() + 1) as u64;
    }
}

/// Reads the time of a cluster, which is one of its first elements.
fn read_cluster_time<R: Read + Seek>(peek: &mut Peek<R>, at: u64) -> io::Result<Option<u64>> {
    let Some(cluster) = read_element(peek, at)? else { return Ok(None) };
    let mut at = at + cluster.header;
    for _ in 0..MAX_ELEMENTS_BEFORE_TIME {
        let Some(Element { id, header, length: Some(length), .. }) = read_element(peek, at)? else {
            return Ok(None);
        };
        if id == TIME && length <= 8 {
            let bytes = peek.up_to(at + header, usize::try_from(length).unwrap_or_default())?;
            return Ok(Some(bytes.iter().fold(0, |time, byte| time << 8 | u64::from(*byte))));
        }
        at = at.saturating_add(header).saturating_add(length);
    }
    Ok(None)
}

fn read_element<R: Read + Seek>(peek: &mut Peek<R>, at: u64) -> io::Result<Option<Element>> {
    let bytes = peek.up_to(at, 12)?;
    let Some(id_length) = bytes.first().map(|first| first.leading_zeros() as usize + 1) else {
        return Ok(None);
    };
    let Some(length_length) = bytes.get(id_length).map(|first| first.leading_zeros() as usize + 1)
    else {
        return Ok(None);
    };
    if id_length > 4 || length_length > 8 || bytes.len() < id_length + length_length {
        return Ok(None);
    }
    let mut number = [0; 8];
    number[8 - length_length..].copy_from_slice(&bytes[id_length..][..length_length]);
    // The marker bit is not part of the length, and all other bits set mean an unknown length.
    let mask = (1 << (7 * length_length)) - 1;
    let length = Order::Big.u64(&number, 0) & mask;
    let mut id = [0; 4];
    id[4 - id_length..].copy_from_slice(&bytes[..id_length]);
    Ok(Some(Element {
        id: u32::from_be_bytes(id),
        header: (id_length + length_length) as u64,
        length_bytes: length_length,
        length: (length != mask).then_some(length),
    }))
}

/// Patch that removes the length of an element, which then reaches to the end of the file.
fn leave_open(at: u64, element: &Element) -> Patch {
    let id = element.id.to_be_bytes();
    let id = &id[(element.id.leading_zeros() / 8) as usize..];
    let unknown = (1_u64 << (7 * element.length_bytes + 1)) - 1;
    let length = &unknown.to_be_bytes()[8 - element.length_bytes..];
    Patch { at, bytes: [id, length].concat() }
}

/// Patch that makes an element a void one of the same length.
fn hide(at: u64, element: &Element) -> Option<Patch> {
    // The identifier of a void element is three bytes shorter, so its length field is as much longer.
    let length_length = usize::try_from(element.header).ok()? - 1;
    let length = element.length.filter(|_| length_length <= 8)?;
    let marked = length | 1 << (7 * length_length);
    let mut bytes = vec![VOID];
    bytes.extend(&marked.to_be_bytes()[8 - length_length..]);
    Some(Patch { at, bytes })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A header with these elements, whose length fields have `length_bytes`.
    fn file(length_bytes: usize, elements: &[u32]) -> Vec<u8> {
        let mut file = [&EBML.to_be_bytes()[..], &[0x81, 0]].concat();
        file.extend(SEGMENT.to_be_bytes());
        file.extend([0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        for id in elements {
            file.extend(id.to_be_bytes());
            let length = 3_u64 | 1 << (7 * length_bytes);
            file.extend(&length.to_be_bytes()[8 - length_bytes..]);
            file.extend([1, 2, 3]);
        }
        file
    }

    fn patches_of(file: &[u8]) -> Vec<Patch> {
        let mut peek = Peek::new(Cursor::new(file), 0, file.len() as u64);
        read_outline(&mut peek).unwrap().patches
    }

    #[test]
    fn the_table_of_contents_becomes_a_void_of_the_same_length() {
        for length_bytes in 1..=5 {
            let mut file = file(length_bytes, &[SEEK_HEAD, INFO, TRACKS, CLUSTER]);
            let [Patch { at, bytes }] = &patches_of(&file)[..] else { panic!("{length_bytes}") };
            let at = usize::try_from(*at).unwrap();
            file[at..at + bytes.len()].copy_from_slice(bytes);
            let mut peek = Peek::new(Cursor::new(&file), 0, file.len() as u64);
            let void = read_element(&mut peek, at as u64).unwrap().unwrap();
            assert_eq!((void.id, void.length), (u32::from(VOID), Some(3)));
            assert_eq!(void.header, 4 + length_bytes as u64);
        }
    }

    #[test]
    fn a_table_that_may_be_needed_stays() {
        assert!(patches_of(&file(1, &[SEEK_HEAD, TRACKS, CLUSTER, INFO])).is_empty());
        assert!(patches_of(&file(1, &[SEEK_HEAD, CLUSTER])).is_empty());
        assert!(patches_of(&file(8, &[SEEK_HEAD, INFO, TRACKS])).is_empty(), "no room for it");
    }

    #[test]
    fn lengths_beyond_the_end_are_left_open() {
        let mut file = [&EBML.to_be_bytes()[..], &[0x81, 0]].concat();
        file.extend(SEGMENT.to_be_bytes());
        file.extend([0x48, 0x00]);
        file.extend(CLUSTER.to_be_bytes());
        file.extend([0x81, 7]);
        file.extend(CLUSTER.to_be_bytes());
        file.extend([0x10, 0x00, 0x01, 0x00, 1, 2, 3]);
        let open = |id: u32, length: &[u8]| [&id.to_be_bytes(), length].concat();
        let expected = [
            Patch { at: 6, bytes: open(SEGMENT, &[0x7F, 0xFF]) },
            Patch { at: 18, bytes: open(CLUSTER, &[0x1F, 0xFF, 0xFF, 0xFF]) },
        ];
        assert_eq!(patches_of(&file), expected);
    }

    #[test]
    fn sound_goes_on_with_the_next_cluster() {
        let cluster = |time: u8| [&CLUSTER.to_be_bytes()[..], &[0x85, 0xE7, 0x81, time]].concat();
        let junk = vec![0x1F; SEARCHED_BYTES - 6];
        let file = [cluster(1), junk.clone(), cluster(5), junk, cluster(9)].concat();
        let mut peek = Peek::new(Cursor::new(&file), 0, file.len() as u64);
        let places = [0, 1, 2].map(|n| Some(n * (SEARCHED_BYTES as u64 + 2)));
        for (from, after, expected) in [
            (0, 0.0, places[0]),
            (0, 1.0, places[1]),
            (0, 4.9, places[1]),
            (0, 5.0, places[2]),
            (1, 0.0, places[1]),
            (0, 9.0, None),
        ] {
            assert_eq!(find_cluster(&mut peek, from, after).unwrap(), expected, "{after}");
        }
    }

    #[test]
    fn any_bytes_are_a_header_or_none() {
        let whole = file(1, &[SEEK_HEAD, INFO, TRACKS, CLUSTER]);
        for length in 0..whole.len() {
            patches_of(&whole[..length]);
        }
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..2000 {
            let mut mutant = whole.clone();
            mutant[random.usize(..whole.len())] = random.u8(..);
            patches_of(&mutant);
        }
    }
}
