//! Name, version and health of the service.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Body of `GET /`, which liveness probes of callers read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceBody {
    /// Name of the service.
    pub name: String,
    /// Version of its interface.
    pub version: String,
    /// Description of the service.
    pub description: String,
    /// Paths of the service.
    pub endpoints: Endpoints,
}

/// Paths of the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Endpoints {
    /// Path for transcriptions.
    pub main: String,
    /// Path of the documentation.
    pub docs: String,
}

/// Body of `GET /health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthBody {
    /// Always `ok`: a dead process does not answer.
    pub status: String,
    /// Version of the program.
    pub version: String,
}

impl ServiceBody {
    /// Builds the original's answer, byte for byte.
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
    /// Builds the answer of a running process.
    #[must_use]
    pub fn alive(version: &str) -> Self {
        Self { status: "ok".to_owned(), version: version.to_owned() }
    }
}
