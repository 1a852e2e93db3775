//! Splits a packet of several Opus streams. All but the last have the self-delimiting framing (RFC 6716,
//! appendix B), which a decoder of one stream does not take.

/// Splits a packet into one regular packet for each of `streams`.
pub(super) fn split_packet(mut packet: &[u8], streams: usize) -> Option<Vec<Vec<u8>>> {
    let mut packets = Vec::new();
    for _ in 1..streams {
        let (first, length) = split_first(packet)?;
        packets.push(first);
        packet = packet.get(length..)?;
    }
    packets.push(packet.to_vec());
    Some(packets)
}

/// Converts the first stream's packet to regular framing and returns it with its self-delimited length.
fn split_first(packet: &[u8]) -> Option<(Vec<u8>, usize)> {
    let &head = packet.first()?;
    let mut at = 1;
    let mut regular = vec![head];
    let sound = match head & 3 {
        // One frame, or two of equal length: one length.
        0 => read_length(packet, &mut at)?,
        1 => 2 * read_length(packet, &mut at)?,
        // Two frames: both lengths, of which regular framing has the first.
        2 => {
            let begin = at;
            let first = read_length(packet, &mut at)?;
            regular.extend(packet.get(begin..at)?);
            first + read_length(packet, &mut at)?
        }
        _ => read_many(packet, &mut at, &mut regular)?,
    };
    let end = at.checked_add(sound)?;
    regular.extend(packet.get(at..end)?);
    Some((regular, end))
}

/// Reads the header of a packet of any number of frames: their number, padding, and their lengths if they
/// differ. Regular framing lacks the last length.
fn read_many(packet: &[u8], at: &mut usize, regular: &mut Vec<u8>) -> Option<usize> {
    let &numbers = packet.get(*at)?;
    let begin = *at;
    *at += 1;
    let frames = usize::from(numbers & 0x3F);
    let mut padding = 0;
    if numbers & 0x40 != 0 {
        loop {
            let &byte = packet.get(*at)?;
            *at += 1;
            padding += if byte == 255 { 254 } else { usize::from(byte) };
            if byte != 255 {
                break;
            }
        }
    }
    let mut sound = 0;
    if numbers & 0x80 == 0 {
        regular.extend(packet.get(begin..*at)?);
        sound = frames * read_length(packet, at)?;
    } else {
        for _ in 1..frames {
            sound += read_length(packet, at)?;
        }
        regular.extend(packet.get(begin..*at)?);
        sound += read_length(packet, at)?;
    }
    Some(sound + padding)
}

/// Reads a length of one or two bytes.
fn read_length(packet: &[u8], at: &mut usize) -> Option<usize> {
    let first = usize::from(*packet.get(*at)?);
    *at += 1;
    if first < 252 {
        return Some(first);
    }
    let second = usize::from(*packet.get(*at)?);
    *at += 1;
    Some(4 * second + first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_split_into_the_streams_that_were_joined() {
        // As written in RFC 6716: the joined form, and the regular one.
        let cases: [(&[u8], &[u8]); 6] = [
            (&[0xF8, 2, 7, 8], &[0xF8, 7, 8]),
            (&[0xF9, 1, 7, 8], &[0xF9, 7, 8]),
            (&[0xFA, 1, 2, 7, 8, 9], &[0xFA, 1, 7, 8, 9]),
            (&[0xFB, 0x03, 1, 7, 8, 9], &[0xFB, 0x03, 7, 8, 9]),
            (&[0xFB, 0x82, 1, 2, 7, 8, 9], &[0xFB, 0x82, 1, 7, 8, 9]),
            (&[0xFB, 0x41, 2, 1, 7, 0, 0], &[0xFB, 0x41, 2, 7, 0, 0]),
        ];
        let last = [0xF8, 1, 2, 3];
        for (joined, regular) in cases {
            let packet = [joined, &last].concat();
            assert_eq!(split_packet(&packet, 2).unwrap(), [regular, &last], "{joined:x?}");
            for length in 0..joined.len() {
                assert_eq!(split_packet(&joined[..length], 2), None, "{joined:x?} cut to {length}");
            }
        }
        let long = [&[0xF8, 252, 1][..], &[5; 256]].concat();
        assert_eq!(split_packet(&long, 2).unwrap()[0].len(), 257);
    }
}
