//! Headers of MP4 files, and the patches for the demuxer.

use std::io::Cursor;

use super::*;

/// Edits of a track, as (duration, start).
type Edits = &'static [(u32, u32)];

fn named<const N: usize>(name: &[u8; N], contents: &[u8]) -> Vec<u8> {
    let length = u32::try_from(8 + contents.len()).unwrap();
    [&length.to_be_bytes()[..], name, contents].concat()
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// A track of this kind, with this number of sample entries and these edits.
fn track(id: u32, handler: &str, entries: u32, edits: &[(u32, u32)]) -> Vec<u8> {
    let list: Vec<u32> =
        edits.iter().flat_map(|&(duration, start)| [duration, start, 0x1_0000]).collect();
    let list = [numbers(&[0, u32::try_from(edits.len()).unwrap()]), numbers(&list)].concat();
    let entry = named(b"mp4a", &[0; 28]);
    let descriptions = [numbers(&[0, entries]), entry.repeat(entries as usize)].concat();
    let table = named(b"stbl", &named(b"stsd", &descriptions));
    let media = [
        named(b"mdhd", &numbers(&[0, 0, 0, 44_100, 0])),
        named(b"hdlr", &[&numbers(&[0, 0]), handler.as_bytes(), &[0; 12]].concat()),
        named(b"minf", &table),
    ];
    let parts = [
        named(b"tkhd", &numbers(&[0, 0, 0, id])),
        named(b"edts", &named(b"elst", &list)),
        named(b"mdia", &media.concat()),
    ];
    named(b"trak", &parts.concat())
}

fn file(tracks: &[Vec<u8>], first: &[u8]) -> Vec<u8> {
    let header = [named(b"mvhd", &numbers(&[0, 0, 0, 1000, 0])), tracks.concat()].concat();
    [first, &named(b"moov", &header), &named(b"mdat", &[7; 100])].concat()
}

fn movie_of(bytes: &[u8]) -> Movie {
    let length = bytes.len() as u64;
    read_movie(&mut Peek::new(Cursor::new(bytes), 0, length)).unwrap()
}

fn patched(bytes: &[u8], patches: &[Patch]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    for Patch { at, bytes } in patches {
        let at = usize::try_from(*at).unwrap();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
    }
    changed
}

fn position(bytes: &[u8], name: &[u8]) -> Option<usize> {
    bytes.windows(name.len()).position(|window| window == name)
}

#[test]
fn a_plain_file_is_left_as_it_is() {
    let bytes = file(&[track(1, "soun", 1, &[])], FILE_TYPE);
    let Movie { patches, tail, tracks } = movie_of(&bytes);
    assert_eq!((patches, tail.len(), tracks.len()), (vec![], 0, 1));
    assert_eq!((tracks[0].id, &tracks[0].codec, tracks[0].edits.len()), (1, b"mp4a", 0));
}

#[test]
fn what_is_in_the_way_is_hidden() {
    let bytes = file(&[track(1, "vide", 2, &[]), track(2, "soun", 3, &[])], FILE_TYPE);
    let movie = movie_of(&bytes);
    let patched = patched(&bytes, &movie.patches);
    assert_eq!(patched.len(), bytes.len());
    let (hidden, shown) = (position(&patched, b"free"), position(&patched, b"trak"));
    assert!(hidden.is_some() && hidden < shown);
    // The only track that is left has one entry.
    let again = movie_of(&patched);
    assert_eq!((again.patches, again.tracks.len(), again.tracks[0].id), (vec![], 1, 2));
}

#[test]
fn a_file_without_its_first_box_gets_it_at_its_end() {
    let bytes = file(&[track(1, "soun", 1, &[])], &[]);
    assert_eq!(movie_of(&bytes).tail, FILE_TYPE);
}

#[test]
fn sound_is_as_long_as_there_is() {
    let bytes = file(&[track(1, "soun", 1, &[])], FILE_TYPE);
    let at = position(&bytes, b"mdat").unwrap() - 4;
    for (length, cut) in [(108, 50), (0, 50), (0, 0), (u32::MAX, 0)] {
        let mut changed = bytes[..bytes.len() - cut].to_vec();
        changed[at..at + 4].copy_from_slice(&u32::to_be_bytes(length));
        let there = u32::try_from(changed.len() - at).unwrap();
        let expected = Patch { at: at as u64, bytes: there.to_be_bytes().to_vec() };
        assert_eq!(movie_of(&changed).patches, [expected], "{length}, cut by {cut}");
    }
}

#[test]
fn edits_say_what_is_played_and_when() {
    let edit = |start: f64, end: f64, at: f64| Edit { media: start..end, at };
    let cases: [(Edits, Vec<Edit>); 5] = [
        (&[], vec![]),
        (&[(4000, 5 * 44_100)], vec![edit(5.0, 9.0, 0.0)]),
        // Nothing for half a second, then two pieces.
        (
            &[(500, u32::MAX), (1000, 44_100), (2000, 4 * 44_100)],
            vec![edit(1.0, 2.0, 0.5), edit(4.0, 6.0, 1.5)],
        ),
        (&[(0, 0)], vec![edit(0.0, f64::INFINITY, 0.0)]),
        (&[(500, u32::MAX)], vec![]),
    ];
    for (edits, expected) in cases {
        let bytes = file(&[track(1, "soun", 1, edits)], FILE_TYPE);
        assert_eq!(movie_of(&bytes).tracks[0].edits, expected, "{edits:?}");
    }
}

#[test]
fn any_bytes_are_a_header_or_none() {
    let whole = file(&[track(1, "vide", 2, &[]), track(2, "soun", 2, &[(1, 2)])], FILE_TYPE);
    for length in 0..whole.len() {
        movie_of(&whole[..length]);
    }
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..3000 {
        let mut mutant = whole.clone();
        for _ in 0..random.usize(1..5) {
            mutant[random.usize(..whole.len())] = random.u8(..);
        }
        movie_of(&mutant);
    }
}

/// A table of samples with one chunk at each of these offsets.
fn table(entry: &[u8], samples: u32, size: u32, offsets: &[u32]) -> Vec<u8> {
    let count = u32::try_from(offsets.len()).unwrap();
    let parts = [
        named(b"stsd", &[&numbers(&[0, 1]), entry].concat()),
        named(b"stsc", &numbers(&[0, 1, 1, samples, 1])),
        named(b"stsz", &numbers(&[0, size, samples * count])),
        named(b"stco", &[numbers(&[0, count]), numbers(offsets)].concat()),
    ];
    [parts.concat(), vec![0; 400]].concat()
}

fn layout_of(table: &[u8]) -> Option<Layout> {
    let length = table.len() as u64;
    let mut peek = Peek::new(Cursor::new(table), 0, length);
    super::read_table(&mut peek, 0..length, None).unwrap().layout
}

/// A sample entry of the first version: two channels, 16 bits, 8 kHz.
fn entry(name: [u8; 4], inner: &[u8]) -> Vec<u8> {
    named(&name, &[&numbers(&[0, 1, 0, 0, 2 << 16 | 16, 0, 8000 << 16]), inner].concat())
}

#[test]
fn sound_in_blocks_is_found_by_its_entry() {
    use symphonia::core::codecs::audio::well_known::{
        CODEC_ID_ADPCM_IMA_QT, CODEC_ID_PCM_ALAW, CODEC_ID_PCM_F32BE, CODEC_ID_PCM_S16LE,
        CODEC_ID_PCM_S24BE, CODEC_ID_PCM_S24LE,
    };

    let order = |order: u16| named(b"wave", &named(b"enda", &order.to_be_bytes()));
    let iso = named(b"pcmC", &[0, 0, 0, 0, 1, 24]);
    for (name, inner, codec, bytes) in [
        (b"sowt", vec![], CODEC_ID_PCM_S16LE, 4),
        (b"alaw", vec![], CODEC_ID_PCM_ALAW, 2),
        (b"in24", vec![], CODEC_ID_PCM_S24BE, 6),
        (b"in24", order(0), CODEC_ID_PCM_S24BE, 6),
        (b"in24", order(1), CODEC_ID_PCM_S24LE, 6),
        (b"fl32", vec![], CODEC_ID_PCM_F32BE, 8),
        (b"ipcm", iso, CODEC_ID_PCM_S24LE, 6),
        (b"ima4", vec![], CODEC_ID_ADPCM_IMA_QT, 68),
    ] {
        let found = layout_of(&table(&entry(*name, &inner), 2, bytes, &[10, 300])).unwrap();
        assert_eq!((found.blocks.codec, found.blocks.bytes), (codec, bytes), "{name:?}");
        let length = u64::from(2 * bytes);
        assert_eq!(found.parts, [10..10 + length, 300..300 + length], "{name:?}");
    }
}

#[test]
fn chunks_count_blocks_or_the_samples_in_them() {
    let ima = entry(*b"ima4", &[]);
    let (blocks, samples) = (table(&ima, 2, 68, &[10, 300]), table(&ima, 128, 1, &[10, 300]));
    for table in [blocks, samples] {
        assert_eq!(layout_of(&table).unwrap().parts, [10..146, 300..436]);
    }
    let adjacent = layout_of(&table(&entry(*b"twos", &[]), 5, 4, &[10, 30, 300])).unwrap();
    assert_eq!(adjacent.parts, [10..50, 300..320]);
}

#[test]
fn what_is_in_other_frames_or_in_fragments_is_left_to_the_demuxer() {
    assert_eq!(layout_of(&table(&entry(*b"mp4a", &[]), 2, 4, &[10])), None);
    assert_eq!(layout_of(&table(&entry(*b"sowt", &[]), 2, 4, &[])), None);
}

/// A fragment whose runs have these flags and numbers of samples.
fn fragment(runs: &[(u32, u32)]) -> Vec<u8> {
    let runs = runs.iter().map(|&(flags, count)| named(b"trun", &numbers(&[flags, count])));
    let parts = [named(b"tfhd", &numbers(&[0, 1])), runs.collect::<Vec<_>>().concat()];
    let track = named(b"traf", &parts.concat());
    named(b"moof", &[named(b"mfhd", &numbers(&[0, 1])), track].concat())
}

/// Numbers of samples of the runs that the demuxer sees, by their boxes.
fn seen_runs(bytes: &[u8]) -> Vec<u32> {
    let bytes = patched(bytes, &movie_of(bytes).patches);
    let names = bytes.windows(12).filter(|it| it.starts_with(b"trun"));
    names.map(|it| u32::from_be_bytes(it[8..12].try_into().unwrap())).collect()
}

#[test]
fn runs_of_more_samples_than_the_file_has_bytes_are_hidden() {
    let start = file(&[track(1, "soun", 1, &[])], FILE_TYPE);
    let with = |fragments: &[Vec<u8>]| [&start[..], &fragments.concat()].concat();
    let runs = with(&[fragment(&[(0, u32::MAX), (0, 9)]), fragment(&[(1, 0xFFFF_0000), (4, 7)])]);
    assert_eq!(seen_runs(&runs), [9, 7]);
    // As many as a recording may claim that was cut off after the header of a fragment, in all.
    assert_eq!(seen_runs(&with(&[fragment(&[(0, 1 << 16)])])), [1 << 16]);
    assert_eq!(seen_runs(&with(&[fragment(&[(0, 60_000)]), fragment(&[(0, 60_000)])])), [60_000]);
    // A list of samples ends by itself.
    assert_eq!(seen_runs(&with(&[fragment(&[(0x200, u32::MAX)])])), [u32::MAX]);
    // The length of the box may have 64 bits.
    let long = [&numbers(&[1]), &b"trun"[..], &numbers(&[0, 24, 0, u32::MAX])].concat();
    assert_eq!(seen_runs(&with(&[named(b"moof", &named(b"traf", &long))])), [0; 0]);
    // The demuxer steps over what makes no sense to it.
    for junk in [[0; 8], [0, 0, 0, 3, 7, 7, 7, 7]] {
        let runs = [&start[..], &junk, &fragment(&[(0, u32::MAX), (0, 9)])].concat();
        assert_eq!(seen_runs(&runs), [9], "{junk:?}");
    }
}

#[test]
fn a_file_ends_after_a_thousand_hidden_runs() {
    let start = file(&[track(1, "soun", 1, &[])], FILE_TYPE);
    let absurd = fragment(&[(0, u32::MAX); 3]);
    let bytes = [&start[..], &absurd.repeat(1000)].concat();
    let movie = movie_of(&bytes);
    let (end, runs) = movie.patches.split_last().unwrap();
    assert_eq!(runs.len(), 1024);
    assert_eq!(end.at, (start.len() + absurd.len() * (1024 / 3)) as u64);
    assert_eq!(end.bytes[4..8], *b"free");
}
