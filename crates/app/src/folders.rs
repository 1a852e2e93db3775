//! Default folders.

use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::variables::{self as var, Variable};

/// Value of `WATCHME_CHECKPOINT_DIR` that turns checkpoints off.
const NO_CHECKPOINTS: &str = "off";

/// Folders from the settings and the XDG rules.
pub(crate) struct Folders {
    data: Option<PathBuf>,
    models: Option<PathBuf>,
    spool: Option<PathBuf>,
    checkpoints: Option<PathBuf>,
    temporary: PathBuf,
}

impl Folders {
    pub(crate) fn of(environment: &Environment) -> Self {
        let set = |variable: &Variable| environment.get(variable).map(PathBuf::from);
        // By the XDG rules, relative paths are ignored.
        let base = |name: &str, below_home: &str| {
            let absolute = |path: &PathBuf| path.is_absolute();
            let xdg = environment.by_name(name).map(PathBuf::from).filter(absolute);
            xdg.or_else(|| Some(Path::new(environment.by_name("HOME")?).join(below_home)))
        };
        let data = || Some(base("XDG_DATA_HOME", ".local/share")?.join("watchme"));
        let models = || Some(base("XDG_CACHE_HOME", ".cache")?.join("watchme/models"));
        Self {
            data: set(&var::DATA_DIR).or_else(data),
            models: set(&var::MODEL_DIR).or_else(models),
            spool: set(&var::SPOOL_DIR),
            checkpoints: set(&var::CHECKPOINT_DIR),
            temporary: environment.by_name("TMPDIR").unwrap_or("/tmp").into(),
        }
    }

    /// The data folder. `None` if neither a setting nor `HOME` is set.
    pub(crate) fn data(&self) -> Option<PathBuf> {
        self.data.clone()
    }

    /// The folder for model files. `None` if neither a setting nor `HOME` is set.
    pub(crate) fn models(&self) -> Option<PathBuf> {
        self.models.clone()
    }

    /// The folder for checkpoints. `None` if they are turned off or no folder is known.
    pub(crate) fn checkpoints(&self) -> Option<PathBuf> {
        let below_data = || Some(self.data.as_ref()?.join("checkpoints"));
        let folder = self.checkpoints.clone().or_else(below_data);
        folder.filter(|folder| folder != Path::new(NO_CHECKPOINTS))
    }

    /// The folder for fetched recordings.
    pub(crate) fn spool(&self) -> PathBuf {
        let below_data = || Some(self.data.as_ref()?.join("spool"));
        let spool = self.spool.clone().or_else(below_data);
        spool.unwrap_or_else(|| self.temporary.join("watchme-spool"))
    }
}
