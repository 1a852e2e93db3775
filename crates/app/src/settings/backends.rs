//! Parses store and source: selects the backends, and refuses incomplete combinations.

use std::path::PathBuf;

use secrecy::SecretString;

use super::{S3Keys, S3Settings, SourceSettings, StoreSettings, parse};
use crate::folders::Folders;
use crate::reader::{Noted, Reader};
use crate::variables::{self as var, Variable};

/// The bucket of the original service.
const DEFAULT_BUCKET: &str = "watchme-vault";

/// Settings that imply a bucket even if none is named. The region is not one of them: many shells
/// and hosts set it for other programs.
const MEANS_AWS: [&Variable; 6] = [
    &var::AWS_ACCESS_KEY_ID,
    &var::AWS_SECRET_ACCESS_KEY,
    &var::AWS_SESSION_TOKEN,
    &var::AWS_PROFILE,
    &var::AWS_ENDPOINT_URL_S3,
    &var::AWS_ENDPOINT_URL,
];

pub(super) fn read_store(reader: &mut Reader<'_>, folders: &Folders) -> Option<StoreSettings> {
    let mend = "set both for Supabase, or neither for SQLite";
    match (reader.text(&var::SUPABASE_URL), reader.text(&var::SUPABASE_KEY)) {
        (None, None) => {
            let data = data_folder(reader, folders)?;
            Some(StoreSettings::Sqlite { path: data.join("watchme.sqlite3") })
        }
        (Some(_), Some(key)) => {
            let url = reader.value(&var::SUPABASE_URL, parse::service_url)?;
            Some(StoreSettings::Supabase { url, key: SecretString::from(key) })
        }
        (Some(_), None) => {
            reader.refuse(&var::SUPABASE_KEY, missing_beside(&var::SUPABASE_URL), mend);
            None
        }
        (None, Some(_)) => {
            reader.refuse(&var::SUPABASE_URL, missing_beside(&var::SUPABASE_KEY), mend);
            None
        }
    }
}

pub(super) fn read_source(reader: &mut Reader<'_>, folders: &Folders) -> Option<SourceSettings> {
    let is_set = |variable: &&Variable| reader.text(variable).is_some();
    let means_aws = MEANS_AWS.iter().any(is_set);
    let means_supabase = [&var::SUPABASE_URL, &var::SUPABASE_KEY].iter().any(is_set);
    let folder = reader.text(&var::AUDIO_DIR).map(PathBuf::from);
    match (reader.text(&var::S3_BUCKET_NAME), folder) {
        (Some(_), Some(_)) => {
            let finding = "is set while `S3_BUCKET_NAME` is set";
            reader.refuse(&var::AUDIO_DIR, finding, "keep the one that recordings are in");
            None
        }
        // A named folder takes precedence over a profile or key that happens to be set.
        (None, Some(root)) => Some(SourceSettings::Folder { root }),
        (Some(bucket), None) => read_s3(reader, bucket).map(SourceSettings::S3),
        (None, None) if means_aws => read_s3(reader, DEFAULT_BUCKET).map(SourceSettings::S3),
        (None, None) if means_supabase => {
            let finding = "is missing: rows are in Supabase, and nothing says where their audio is";
            let mend = "set it and the keys of AWS, or `WATCHME_AUDIO_DIR` for a folder";
            reader.refuse(&var::S3_BUCKET_NAME, finding, mend);
            None
        }
        // If there is no data folder, the store has recorded the problem.
        (None, None) => {
            let root = folders.data()?.join("recordings");
            Some(SourceSettings::Folder { root })
        }
    }
}

fn read_s3(reader: &mut Reader<'_>, bucket: &str) -> Option<S3Settings> {
    let region = reader.value(&var::AWS_REGION, parse::word);
    let endpoint = match reader.text(&var::AWS_ENDPOINT_URL_S3) {
        Some(_) => reader.optional(&var::AWS_ENDPOINT_URL_S3, parse::service_url),
        None => reader.optional(&var::AWS_ENDPOINT_URL, parse::service_url),
    };
    let keys = read_keys(reader);
    Some(S3Settings {
        bucket: bucket.to_owned(),
        region: region?,
        endpoint: endpoint.ok()?,
        keys: keys.ok()?,
        profile: reader.text(&var::AWS_PROFILE).map(str::to_owned),
    })
}

/// Parses static keys, if set.
fn read_keys(reader: &mut Reader<'_>) -> Result<Option<S3Keys>, Noted> {
    let mend = "set both, or neither for a profile or a role";
    let token = reader.text(&var::AWS_SESSION_TOKEN);
    match (reader.text(&var::AWS_ACCESS_KEY_ID), reader.text(&var::AWS_SECRET_ACCESS_KEY)) {
        (Some(id), Some(secret)) => Ok(Some(S3Keys {
            id: id.to_owned(),
            secret: SecretString::from(secret),
            token: token.map(SecretString::from),
        })),
        (None, None) if token.is_some() => {
            let mend = "set the keys that the token belongs to, or remove it";
            reader.refuse(&var::AWS_ACCESS_KEY_ID, missing_beside(&var::AWS_SESSION_TOKEN), mend);
            Err(Noted)
        }
        (None, None) => Ok(None),
        (Some(_), None) => {
            let found = missing_beside(&var::AWS_ACCESS_KEY_ID);
            reader.refuse(&var::AWS_SECRET_ACCESS_KEY, found, mend);
            Err(Noted)
        }
        (None, Some(_)) => {
            let found = missing_beside(&var::AWS_SECRET_ACCESS_KEY);
            reader.refuse(&var::AWS_ACCESS_KEY_ID, found, mend);
            Err(Noted)
        }
    }
}

fn data_folder(reader: &mut Reader<'_>, folders: &Folders) -> Option<PathBuf> {
    let data = folders.data();
    if data.is_none() {
        let finding = "is missing, and so is `HOME`: there is no place for the SQLite file";
        reader.refuse(&var::DATA_DIR, finding, "name a folder");
    }
    data
}

fn missing_beside(other: &Variable) -> String {
    format!("is missing while `{}` is set", other.name)
}
