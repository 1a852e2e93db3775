//! Resumes a Matroska file after damage.

use symphonia::core::formats::FormatReader;

use super::super::content::Container;
use super::super::fault::Fault;
use super::super::matroska::{self, Outline};
use super::super::source::Opened;
use super::demux::{probe, stream};

/// Limit of places at which a damaged file is resumed. The header is read again at each.
const MAX_RESUMES: u32 = 100;

/// Resumes a Matroska file after damage at which its demuxer gives up.
pub(super) struct Resume {
    opened: Opened,
    outline: Outline,
    /// Offset of the first cluster.
    sound: u64,
    /// Offset after the start of the last cluster that was opened.
    from: u64,
    times: u32,
}

impl Resume {
    pub(super) fn new(mut opened: Opened) -> Result<Option<Self>, Fault> {
        let outline = matroska::read_outline(&mut opened.peek()).map_err(Fault::Unreadable)?;
        let sound = outline.sound;
        Ok(sound.map(|sound| Self { opened, outline, sound, from: sound, times: 0 }))
    }

    /// True for a live recording, which may end anywhere.
    pub(super) fn is_live(&self) -> bool {
        self.outline.is_live
    }

    /// Opens the file at the next cluster whose time is later than `after`, in the file's units.
    pub(super) fn open_after(
        &mut self,
        after: f64,
    ) -> Result<Option<Box<dyn FormatReader>>, Fault> {
        self.times += 1;
        if self.times > MAX_RESUMES {
            return Ok(None);
        }
        let mut peek = self.opened.peek();
        let next = matroska::find_cluster(&mut peek, self.from, after);
        let Some(next) = next.map_err(Fault::Unreadable)? else { return Ok(None) };
        self.from = next + 1;
        // Later patches would be at other positions.
        let patches = self.outline.patches.iter().filter(|it| it.at < self.sound).cloned();
        let mut patches: Vec<_> = patches.collect();
        patches.extend(matroska::open_segment(&mut self.opened.peek()).map_err(Fault::Unreadable)?);
        let source = self.opened.resumed(patches, self.sound, next).map_err(Fault::Unreadable)?;
        // If that fails the recording ends at the damage.
        Ok(probe(stream(source), Container::Matroska.name()).ok())
    }
}
