//! Chooses a decoder for AAC, whose low-complexity profile is at the core of all that recorders write.
//!
//! High efficiency (HE-AAC, v1 and v2) adds the upper half of the band and, in v2, the second channel to
//! such a core. The core alone holds what speech recognition hears, so that it is decoded as it is.

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

/// Makes a decoder for a track of AAC.
pub(super) fn decoder(params: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>> {
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
