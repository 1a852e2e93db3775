//! Finds the elements of an AAC frame (ISO/IEC 14496-3, 4.4.2.1): single channels, channel pairs and the
//! low-frequency channel. None states its length, so each is parsed to its end.

use std::ops::Range;

use super::bands::BANDS;
use super::bits::Bits;
use super::codebook::CODEBOOKS;

/// Kinds of elements (table 4.85).
const SINGLE: u32 = 0;
const PAIR: u32 = 1;
const COUPLING: u32 = 2;
const LOW_FREQUENCY: u32 = 3;
const DATA: u32 = 4;
const PROGRAM: u32 = 5;
const FILL: u32 = 6;
const END: u32 = 7;

/// Bits of an element's kind.
const KIND_BITS: usize = 3;

/// Codebook numbers with a special meaning (table 4.95).
const ZERO_BOOK: u32 = 0;
const RESERVED_BOOK: u32 = 12;
const NOISE_BOOK: u32 = 13;

/// Window sequence of eight short windows.
const EIGHT_SHORT: u32 = 2;

/// Largest number of elements in a frame. The standard has up to 48 channels.
const MAX_ELEMENTS: usize = 64;

/// Element with sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) sound: Sound,
    /// Range of bits in the frame, including its kind.
    pub(super) bits: Range<usize>,
}

/// Kind of an element with sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sound {
    Single,
    Pair,
    /// Low-frequency channel (LFE).
    LowFrequency,
}

/// Window structure of a channel (`ics_info`, table 4.6).
#[derive(Debug, Clone)]
struct Windows {
    is_short: bool,
    /// Number of scale factor bands that are coded.
    bands: u32,
    /// Number of windows in each group.
    groups: Vec<u32>,
}

/// Finds the elements with sound. `rate_index` is the index of the sample rate. `None` for a frame that is
/// damaged or uses tools that the low-complexity profile lacks.
pub(super) fn find_elements(frame: &[u8], rate_index: usize) -> Option<Vec<Element>> {
    let (mut bits, mut elements) = (Bits::new(frame), Vec::new());
    while elements.len() < MAX_ELEMENTS {
        let start = bits.position();
        // Some encoders omit the end element.
        let Some(kind) = bits.number(KIND_BITS) else { break };
        let sound = match kind {
            SINGLE => Sound::Single,
            PAIR => Sound::Pair,
            LOW_FREQUENCY => Sound::LowFrequency,
            END => break,
            COUPLING => return None,
            _ => {
                skip_other(&mut bits, kind)?;
                continue;
            }
        };
        bits.number(4)?;
        if sound == Sound::Pair {
            skip_pair(&mut bits, rate_index)?;
        } else {
            skip_channel(&mut bits, None, rate_index)?;
        }
        elements.push(Element { sound, bits: start..bits.position() });
    }
    Some(elements)
}

/// Skips an element without sound.
fn skip_other(bits: &mut Bits<'_>, kind: u32) -> Option<()> {
    match kind {
        DATA => {
            bits.number(4)?;
            let is_aligned = bits.number(1)? == 1;
            let mut bytes = bits.number(8)?;
            if bytes == 255 {
                bytes += bits.number(8)?;
            }
            if is_aligned {
                bits.align();
            }
            bits.skip(8 * bytes as usize)
        }
        PROGRAM => skip_program(bits),
        FILL => {
            let mut bytes = bits.number(4)?;
            if bytes == 15 {
                bytes = bytes + bits.number(8)? - 1;
            }
            bits.skip(8 * bytes as usize)
        }
        _ => None,
    }
}

/// Skips a program config element (table 4.2).
fn skip_program(bits: &mut Bits<'_>) -> Option<()> {
    bits.number(4 + 2 + 4)?;
    let channels = [bits.number(4)?, bits.number(4)?, bits.number(4)?];
    let (lowest, data, coupling) = (bits.number(2)?, bits.number(3)?, bits.number(4)?);
    for mixdown_bits in [4, 4, 3] {
        if bits.number(1)? == 1 {
            bits.number(mixdown_bits)?;
        }
    }
    let numbers = channels.iter().sum::<u32>() * 5 + lowest * 4 + data * 4 + coupling * 5;
    bits.skip(numbers as usize)?;
    bits.align();
    let comment = bits.number(8)?;
    bits.skip(8 * comment as usize)
}

fn skip_pair(bits: &mut Bits<'_>, rate_index: usize) -> Option<()> {
    let mut common = None;
    if bits.number(1)? == 1 {
        let windows = read_windows(bits, rate_index)?;
        // A bit for each band that may be coded as mid and side.
        match bits.number(2)? {
            1 => bits.skip(windows.groups.len() * windows.bands as usize)?,
            3 => return None,
            _ => {}
        }
        common = Some(windows);
    }
    skip_channel(bits, common.clone(), rate_index)?;
    skip_channel(bits, common, rate_index)
}

fn read_windows(bits: &mut Bits<'_>, rate_index: usize) -> Option<Windows> {
    if bits.number(1)? == 1 {
        return None;
    }
    let is_short = bits.number(2)? == EIGHT_SHORT;
    bits.number(1)?;
    let (bands, mut groups) = (bits.number(if is_short { 4 } else { 6 })?, vec![1]);
    if is_short {
        for _ in 1..8 {
            match (bits.number(1)?, groups.last_mut()) {
                (1, Some(last)) => *last += 1,
                _ => groups.push(1),
            }
        }
    } else if bits.number(1)? == 1 {
        // Prediction, which the profile lacks.
        return None;
    }
    let windows = Windows { is_short, bands, groups };
    ((bands as usize) < windows.offsets(rate_index)?.len()).then_some(windows)
}

impl Windows {
    /// Offsets of the scale factor bands.
    fn offsets(&self, rate_index: usize) -> Option<&'static [u16]> {
        let bands = BANDS.get(rate_index)?;
        Some(if self.is_short { bands.short } else { bands.long })
    }
}

/// Skips a channel (table 4.50).
fn skip_channel(bits: &mut Bits<'_>, common: Option<Windows>, rate_index: usize) -> Option<()> {
    bits.number(8)?;
    let windows = match common {
        Some(windows) => windows,
        None => read_windows(bits, rate_index)?,
    };
    let books = read_books(bits, &windows)?;
    skip_scale_factors(bits, &books)?;
    skip_pulses(bits)?;
    skip_noise_shaping(bits, &windows)?;
    // Gain control, which the profile lacks.
    if bits.number(1)? == 1 {
        return None;
    }
    let offsets = windows.offsets(rate_index)?;
    for (group, books) in windows.groups.iter().zip(&books) {
        for (band, &book) in books.iter().enumerate() {
            if (1..RESERVED_BOOK).contains(&book) {
                let width = u32::from(offsets.get(band + 1)? - offsets[band]);
                CODEBOOKS.skip_lines(bits, book, width * group)?;
            }
        }
    }
    Some(())
}

/// Reads the codebook of each band of each group.
fn read_books(bits: &mut Bits<'_>, windows: &Windows) -> Option<Vec<Vec<u32>>> {
    let length_bits = if windows.is_short { 3 } else { 5 };
    let escape = (1 << length_bits) - 1;
    let mut groups = Vec::new();
    for _ in &windows.groups {
        let mut books = Vec::new();
        while books.len() < windows.bands as usize {
            let book = bits.number(4)?;
            let mut length = 0;
            loop {
                let more = bits.number(length_bits)?;
                length += more as usize;
                if more < escape {
                    break;
                }
            }
            if book == RESERVED_BOOK || books.len() + length > windows.bands as usize {
                return None;
            }
            books.resize(books.len() + length, book);
        }
        groups.push(books);
    }
    Some(groups)
}

fn skip_scale_factors(bits: &mut Bits<'_>, books: &[Vec<u32>]) -> Option<()> {
    let mut is_first_noise = true;
    for &book in books.iter().flatten() {
        match book {
            ZERO_BOOK => {}
            NOISE_BOOK if is_first_noise => {
                is_first_noise = false;
                bits.number(9)?;
            }
            _ => CODEBOOKS.skip_scale_factor(bits)?,
        }
    }
    Some(())
}

fn skip_pulses(bits: &mut Bits<'_>) -> Option<()> {
    if bits.number(1)? == 1 {
        let pulses = bits.number(2)? + 1;
        bits.number(6)?;
        bits.skip(9 * pulses as usize)?;
    }
    Some(())
}

/// Skips temporal noise shaping (table 4.54).
fn skip_noise_shaping(bits: &mut Bits<'_>, windows: &Windows) -> Option<()> {
    if bits.number(1)? == 0 {
        return Some(());
    }
    let (filter_bits, length_bits, order_bits) =
        if windows.is_short { (1, 4, 3) } else { (2, 6, 5) };
    for _ in 0..windows.groups.iter().sum::<u32>() {
        let filters = bits.number(filter_bits)?;
        let resolution = if filters > 0 { bits.number(1)? + 3 } else { 0 };
        for _ in 0..filters {
            bits.number(length_bits)?;
            let order = bits.number(order_bits)?;
            if order > 0 {
                bits.number(1)?;
                let is_compressed = bits.number(1)?;
                bits.skip((order * (resolution - is_compressed)) as usize)?;
            }
        }
    }
    Some(())
}
