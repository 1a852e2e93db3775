//! Resumes a Matroska file behind damage.

use symphonia::core::formats::FormatReader;

use super::super::content::Container;
use super::super::fault::Fault;
use super::super::matroska::{self, Outline};
use super::super::source::Opened;
use super::open::{probed, stream};

/// Limit of places at which a damaged file is resumed. The header is read again at each.
const MAX_RESUMES: u32 = 100;

/// Resumes a Matroska file behind damage at which its demuxer gives up.
pub(super) struct Resume {
    opened: Opened,
    outline: Outline,
    /// Offset of the first cluster.
    sound: u64,
    /// Offset behind the cluster at which it last went on.
    from: u64,
    times: u32,
}

impl Resume {
    pub(super) fn new(mut opened: Opened) -> Result<Option<Self>, Fault> {
        let outline = matroska::outline(&mut opened.peek()).map_err(Fault::Unreadable)?;
        let sound = outline.sound;
        Ok(sound.map(|sound| Self { opened, outline, sound, from: sound, times: 0 }))
    }

    /// True if the recording ends anywhere, since its recorder did not know when it would.
    pub(super) fn is_live(&self) -> bool {
        self.outline.is_live
    }

    /// Opens the file at the next cluster that begins later than `after`, in units of its clock.
    pub(super) fn behind(&mut self, after: f64) -> Result<Option<Box<dyn FormatReader>>, Fault> {
        self.times += 1;
        if self.times > MAX_RESUMES {
            return Ok(None);
        }
        let mut peek = self.opened.peek();
        let next = matroska::cluster_after(&mut peek, self.from, after);
        let Some(next) = next.map_err(Fault::Unreadable)? else { return Ok(None) };
        self.from = next + 1;
        // Only what stands before the sound is where it was.
        let patches = self.outline.patches.iter().filter(|it| it.at < self.sound).cloned();
        let mut patches: Vec<_> = patches.collect();
        patches.extend(matroska::open_segment(&mut self.opened.peek()).map_err(Fault::Unreadable)?);
        let source = self.opened.resumed(patches, self.sound, next).map_err(Fault::Unreadable)?;
        // What cannot be opened there is no worse than the damage before.
        Ok(probed(stream(source), Container::Matroska.name()).ok())
    }
}
