//! The arguments of the commands that read the ledger.

use clap::{ArgGroup, Args};
use watchme_core::{DeviceId, LocalDate, Month, TimeBlock};

use super::DayArgs;

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The device
    pub(crate) device: DeviceId,

    /// Its local day, `YYYY-MM-DD`
    pub(crate) date: LocalDate,

    /// The half hour of that day, `HH-MM`
    pub(crate) block: TimeBlock,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["device"]))]
pub(crate) struct ReprocessArgs {
    #[command(flatten)]
    pub(crate) day: DayArgs,

    /// Judge the kept segments by the rules of this version, and transcribe nothing
    #[arg(long, required = true)]
    pub(crate) filter_only: bool,

    /// Say what would change, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CostArgs {
    /// The local month, `YYYY-MM`
    #[arg(long)]
    pub(crate) month: Month,
}
