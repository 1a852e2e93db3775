//! The arguments of the commands that read the ledger.

use clap::{ArgGroup, Args};
use watchme_core::{DeviceId, LocalDate, Month, TimeBlock};

use super::DayArgs;

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Device id
    pub(crate) device: DeviceId,

    /// Local day, `YYYY-MM-DD`
    pub(crate) date: LocalDate,

    /// Half hour of that day, `HH-MM`
    pub(crate) block: TimeBlock,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["device"]))]
pub(crate) struct ReprocessArgs {
    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// Apply the rules to the kept segments only, and transcribe nothing
    #[arg(long, required = true)]
    pub(crate) filter_only: bool,

    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CostArgs {
    /// Local month, `YYYY-MM`
    #[arg(long)]
    pub(crate) month: Month,
}
