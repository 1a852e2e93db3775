//! Splits a packet of several Opus streams. All but the last say how long they are, in a form that a
//! decoder of one stream does not take (RFC 6716, appendix B).

/// Splits a packet of so many streams into packets of one stream.
pub(super) fn packets(mut packet: &[u8], streams: usize) -> Option<Vec<Vec<u8>>> {
    let mut packets = Vec::new();
    for _ in 1..streams {
        let (first, length) = first(packet)?;
        packets.push(first);
        packet = packet.get(length..)?;
    }
    packets.push(packet.to_vec());
    Some(packets)
}

/// The first packet in the usual form, and its length in this one.
fn first(packet: &[u8]) -> Option<(Vec<u8>, usize)> {
    let &head = packet.first()?;
    let mut at = 1;
    let mut usual = vec![head];
    let sound = match head & 3 {
        // One frame, or two of equal length, of which one is said.
        0 => length(packet, &mut at)?,
        1 => 2 * length(packet, &mut at)?,
        // Two frames, both lengths said; usually only the first.
        2 => {
            let begin = at;
            let first = length(packet, &mut at)?;
            usual.extend(packet.get(begin..at)?);
            first + length(packet, &mut at)?
        }
        _ => many(packet, &mut at, &mut usual)?,
    };
    let end = at.checked_add(sound)?;
    usual.extend(packet.get(at..end)?);
    Some((usual, end))
}

/// Any number of frames: their number, padding, and their lengths, where they differ. All lengths are
/// said here, but not the last usually.
fn many(packet: &[u8], at: &mut usize, usual: &mut Vec<u8>) -> Option<usize> {
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
        usual.extend(packet.get(begin..*at)?);
        sound = frames * length(packet, at)?;
    } else {
        for _ in 1..frames {
            sound += length(packet, at)?;
        }
        usual.extend(packet.get(begin..*at)?);
        sound += length(packet, at)?;
    }
    Some(sound + padding)
}

/// Reads a length of one or two bytes.
fn length(packet: &[u8], at: &mut usize) -> Option<usize> {
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
        // As written in RFC 6716: the joined form, and the usual one.
        let cases: [(&[u8], &[u8]); 6] = [
            (&[0xF8, 2, 7, 8], &[0xF8, 7, 8]),
            (&[0xF9, 1, 7, 8], &[0xF9, 7, 8]),
            (&[0xFA, 1, 2, 7, 8, 9], &[0xFA, 1, 7, 8, 9]),
            (&[0xFB, 0x03, 1, 7, 8, 9], &[0xFB, 0x03, 7, 8, 9]),
            (&[0xFB, 0x82, 1, 2, 7, 8, 9], &[0xFB, 0x82, 1, 7, 8, 9]),
            (&[0xFB, 0x41, 2, 1, 7, 0, 0], &[0xFB, 0x41, 2, 7, 0, 0]),
        ];
        let last = [0xF8, 1, 2, 3];
        for (joined, usual) in cases {
            let packet = [joined, &last].concat();
            assert_eq!(packets(&packet, 2).unwrap(), [usual, &last], "{joined:x?}");
            for length in 0..joined.len() {
                assert_eq!(packets(&joined[..length], 2), None, "{joined:x?} cut to {length}");
            }
        }
        let long = [&[0xF8, 252, 1][..], &[5; 256]].concat();
        assert_eq!(packets(&long, 2).unwrap()[0].len(), 257);
    }
}
