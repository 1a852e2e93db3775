//! Codecs in Ogg that are not read, for an error that says what the file is.

/// Bytes before the first packet of a file: the header of a page whose only packet is that.
const PACKET_AT: usize = 28;

/// First bytes of a codec's first packet.
const FOREIGN: [(&[u8], &str); 4] = [
    (b"Speex   ", "Speex"),
    (b"CELT    ", "CELT"),
    (b"PCM     ", "PCM in Ogg"),
    (b"\x01audio\0\0", "OGM"),
];

/// Names the codec of a file that begins like this, if it is not read.
pub(super) fn foreign(head: &[u8]) -> Option<&'static str> {
    let packet = head.get(PACKET_AT..)?;
    FOREIGN.iter().find(|(magic, _)| packet.starts_with(magic)).map(|(_, name)| *name)
}
