//! Checks of the bucket and the spool folder.

use aws_sdk_s3::Client;
use watchme_core::{Check, ErrorChain, SourceError};

use super::S3Source;
use super::answer::{Cause, failure};
use super::retry::Failure;
use crate::spool::SpoolFile;

impl S3Source {
    pub(super) async fn checks(&self) -> Vec<Check> {
        let mut checks = vec![self.check_spool().await];
        let subject = format!("bucket `{}`", self.config.bucket);
        let listed = self.retrying(|client| list_one(client, &self.config.bucket)).await;
        match listed {
            Ok(()) => {
                checks.push(Check::pass(subject, "can be listed"));
                checks.push(self.check_region());
            }
            Err(error) if is_access_denied(&error) => {
                let mend = "grant `s3:ListBucket` on the bucket: without it, S3 answers \
                    `AccessDenied` for a recording that is not there, and a run stops at it";
                checks.push(Check::warn(subject, "may not be listed, or not read at all", mend));
            }
            Err(error) => {
                let mend = match &error {
                    SourceError::Unavailable { .. } => "check the network, or try again later",
                    _ => "correct the bucket's name, its region or the credentials",
                };
                checks.push(Check::fail(subject, ErrorChain(&error).to_string(), mend));
            }
        }
        checks
    }

    async fn check_spool(&self) -> Check {
        let subject = "spool folder";
        let folder = &self.config.spool_dir;
        let written = async {
            let mut file = SpoolFile::create(folder).await?;
            file.write(b"check").await?;
            file.finish().await
        };
        match written.await {
            Ok(_) => Check::pass(subject, format!("`{}` can be written to", folder.display())),
            Err(error) => {
                let mend = "name a folder that this user can write to, with free space";
                Check::fail(subject, ErrorChain(&error).to_string(), mend)
            }
        }
    }

    /// Compares the region that answered with the configured one. Asked only after an answer.
    fn check_region(&self) -> Check {
        let subject = "bucket region";
        match (self.location.found_region(), &self.config.region) {
            (Some(found), Some(configured)) => {
                let finding = format!("the bucket is in `{found}`, not in `{configured}`");
                Check::warn(subject, finding, format!("set the region to `{found}`"))
            }
            (Some(found), None) => Check::pass(subject, format!("found in `{found}`")),
            (None, _) => Check::pass(subject, self.location.region()),
        }
    }
}

/// Lists one object: the cheapest request whose refusals say why. A HEAD has no body for it.
async fn list_one(client: Client, bucket: &str) -> Result<(), Failure> {
    let listing = client.list_objects_v2().bucket(bucket).max_keys(1).send().await;
    listing.map(drop).map_err(|error| failure(None, &error))
}

fn is_access_denied(error: &SourceError) -> bool {
    let SourceError::Denied { source: Some(source), .. } = error else { return false };
    let cause = source.downcast_ref();
    matches!(cause, Some(Cause::Answered(answered)) if answered.code == "AccessDenied")
}
