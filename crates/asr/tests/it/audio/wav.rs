//! WAV files of every width, made in code.

/// Number type of the samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Width {
    U8,
    S16,
    S24,
    S32,
    F32,
}

impl Width {
    pub(super) const ALL: [Self; 5] = [Self::U8, Self::S16, Self::S24, Self::S32, Self::F32];

    fn bytes(self) -> u16 {
        match self {
            Self::U8 => 1,
            Self::S16 => 2,
            Self::S24 => 3,
            Self::S32 | Self::F32 => 4,
        }
    }

    fn write(self, sample: f32, data: &mut Vec<u8>) {
        let whole = |full_scale: f64| (f64::from(sample) * full_scale).round();
        match self {
            Self::U8 => data.push((whole(127.0) + 128.0) as u8),
            Self::S16 => data.extend((whole(32768.0) as i16).to_le_bytes()),
            Self::S24 => data.extend(&(whole(8_388_608.0) as i32).to_le_bytes()[..3]),
            Self::S32 => data.extend((whole(2_147_483_648.0) as i32).to_le_bytes()),
            Self::F32 => data.extend(sample.to_le_bytes()),
        }
    }
}

/// The fields of a header, each of which a hostile file may set to anything.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) riff: u32,
    pub(super) format: u16,
    pub(super) channels: u16,
    pub(super) rate: u32,
    pub(super) align: u16,
    pub(super) bits: u16,
    pub(super) data: u32,
}

impl Header {
    pub(super) fn new(width: Width, channels: u16, rate: u32, data: usize) -> Self {
        let data = u32::try_from(data).unwrap();
        Self {
            riff: 36 + data,
            format: if width == Width::F32 { 3 } else { 1 },
            channels,
            rate,
            align: channels * width.bytes(),
            bits: width.bytes() * 8,
            data,
        }
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        let mut bytes = b"RIFF".to_vec();
        bytes.extend(self.riff.to_le_bytes());
        bytes.extend(b"WAVEfmt \x10\0\0\0");
        bytes.extend(self.format.to_le_bytes());
        bytes.extend(self.channels.to_le_bytes());
        bytes.extend(self.rate.to_le_bytes());
        bytes.extend(self.rate.wrapping_mul(self.align.into()).to_le_bytes());
        bytes.extend(self.align.to_le_bytes());
        bytes.extend(self.bits.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend(self.data.to_le_bytes());
        bytes
    }
}

/// A file of `samples`, which are interleaved where there are more channels than one.
pub(super) fn wav(width: Width, channels: u16, rate: u32, samples: &[f32]) -> Vec<u8> {
    let mut data = Vec::new();
    for &sample in samples {
        width.write(sample, &mut data);
    }
    let mut bytes = Header::new(width, channels, rate, data.len()).bytes();
    bytes.extend(data);
    bytes
}

/// A tone of half amplitude.
pub(super) fn tone(hertz: f64, rate: u32, length: usize) -> Vec<f32> {
    let turn = std::f64::consts::TAU * hertz / f64::from(rate);
    (0..length).map(|n| (0.5 * (turn * n as f64).sin()) as f32).collect()
}
