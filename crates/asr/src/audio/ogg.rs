//! Names codecs in Ogg that are not supported.

/// Offset of the first packet: after the header of a page with one packet.
const PACKET_AT: usize = 28;

/// First bytes of the first packet of each codec.
const FOREIGN: [(&[u8], &str); 4] = [
    (b"Speex   ", "Speex"),
    (b"CELT    ", "CELT"),
    (b"PCM     ", "PCM in Ogg"),
    (b"\x01audio\0\0", "OGM"),
];

/// Names the codec of a file, if it is not supported.
pub(super) fn foreign_codec(head: &[u8]) -> Option<&'static str> {
    let packet = head.get(PACKET_AT..)?;
    FOREIGN.iter().find(|(magic, _)| packet.starts_with(magic)).map(|(_, name)| *name)
}
