//! AAC: symphonia decodes the low-complexity profile in mono and stereo, and everything else is reduced to
//! that.
//!
//! HE-AAC adds the upper half of the band (v1) and the second channel (v2) to a low-complexity core. Speech
//! recognition uses the band below 8 kHz, so the core alone is decoded.

mod bands;
mod bits;
mod codebook;
mod codewords;
mod config;
mod elements;
mod multichannel;

use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::{Error, Result};
use symphonia::default::codecs::AacDecoder;

use self::config::Config;
use self::multichannel::Multichannel;

/// Creates a decoder for an AAC track.
pub(super) fn make_decoder(params: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>> {
    let mut params = params.clone();
    if let Some(bytes) = &params.extra_data {
        let config = Config::read(bytes).ok_or(Error::DecodeError("aac: no configuration"))?;
        if let Some(what) = config.foreign() {
            return Err(Error::Unsupported(what));
        }
        if !(1..=2).contains(&config.channels) {
            return Ok(Box::new(Multichannel::new(&params, config)?));
        }
        params.with_extra_data(config.core());
    }
    Ok(Box::new(AacDecoder::try_new(&params, &AudioDecoderOptions::default())?))
}
