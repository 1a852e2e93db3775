//! What the service says about itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The body of `GET /`, which the callers' liveness probes read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceBody {
    /// The name of the service.
    pub name: String,
    /// The version of its interface.
    pub version: String,
    /// What it does.
    pub description: String,
    /// Where it does it.
    pub endpoints: Endpoints,
}

/// The paths of the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Endpoints {
    /// Where transcriptions are asked for.
    pub main: String,
    /// Where the interface is described.
    pub docs: String,
}

/// The body of `GET /health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthBody {
    /// Always `ok`: a process that is not answers nothing.
    pub status: String,
    /// The version of the program.
    pub version: String,
}

impl ServiceBody {
    /// What the original service says, to the letter.
    #[must_use]
    pub fn original() -> Self {
        Self {
            name: "Whisper API for WatchMe".to_owned(),
            version: "1.0.0".to_owned(),
            description: "音声文字起こしAPI - Supabase統合版".to_owned(),
            endpoints: Endpoints {
                main: "/fetch-and-transcribe".to_owned(),
                docs: "/docs".to_owned(),
            },
        }
    }
}

impl HealthBody {
    /// Alive, in `version` of the program.
    #[must_use]
    pub fn alive(version: &str) -> Self {
        Self { status: "ok".to_owned(), version: version.to_owned() }
    }
}
