//! Where files of the program are, when no setting names the place.

use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::variables::{self as var, Variable};

/// Written for `WATCHME_CHECKPOINT_DIR`, it means that nothing is kept.
const NO_CHECKPOINTS: &str = "off";

/// The folders, as the settings and the XDG rules have them.
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
        // The XDG rules say that a relative path is to be ignored.
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

    /// The data folder; `None` where neither a setting nor a home is known.
    pub(crate) fn data(&self) -> Option<PathBuf> {
        self.data.clone()
    }

    /// The folder for model files; `None` where neither a setting nor a home is known.
    pub(crate) fn models(&self) -> Option<PathBuf> {
        self.models.clone()
    }

    /// The folder for finished windows of recordings; `None` where nothing is to be kept, and where
    /// no place is known.
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
