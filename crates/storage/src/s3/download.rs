//! One attempt at an object: request, length, stream to disk, checksum.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumMode, ServerSideEncryption};
use md5::{Digest, Md5};
use watchme_core::{FetchedAudio, ObjectKey, SourceError};

use super::answer::{Cause, failure};
use super::config::S3Config;
use super::retry::Failure;
use crate::spool::SpoolFile;

/// Fetches `key`. A failed or dropped attempt leaves no file.
pub(super) async fn download(
    client: Client,
    config: &S3Config,
    key: &ObjectKey,
) -> Result<FetchedAudio, Failure> {
    let request = client.get_object().bucket(&config.bucket).key(key.as_str());
    let answer = request.checksum_mode(ChecksumMode::Enabled).send().await;
    let answer = answer.map_err(|error| failure(Some(key), &error))?;

    let announced = answer.content_length().and_then(|length| u64::try_from(length).ok());
    refuse_over_limit(announced.unwrap_or(0), config.max_bytes)?;
    let md5 = md5_of_content(&answer);

    let spool = SpoolFile::create(&config.spool_dir).await.map_err(Failure::Final)?;
    let mut body = Body { bytes: answer.body, announced, stall: config.timeouts.stall, md5 };
    let spool = body.spool_to(spool, config.max_bytes).await?;
    let size_bytes = spool.size_bytes();
    let file = spool.finish().await.map_err(Failure::Final)?;
    Ok(FetchedAudio::new(file.path().to_owned(), size_bytes, file))
}

struct Body {
    bytes: ByteStream,
    announced: Option<u64>,
    stall: Duration,
    md5: Option<[u8; 16]>,
}

impl Body {
    async fn spool_to(&mut self, mut spool: SpoolFile, limit: u64) -> Result<SpoolFile, Failure> {
        let mut hasher = self.md5.map(|_| Md5::new());
        loop {
            let next = tokio::time::timeout(self.stall, self.bytes.try_next()).await;
            let Ok(next) = next else {
                let source = Cause::Stalled { after: self.stall }.into();
                return Err(Failure::Passing(SourceError::Unavailable { source }));
            };
            // An error here is a connection that ended early or a checksum that differs.
            let next = next.map_err(|_| self.damaged(spool.size_bytes()))?;
            let Some(chunk) = next else { break };
            refuse_over_limit(spool.size_bytes() + chunk.len() as u64, limit)?;
            if let Some(hasher) = &mut hasher {
                hasher.update(&chunk);
            }
            spool.write(&chunk).await.map_err(Failure::Final)?;
        }
        let is_complete = self.announced.is_none_or(|announced| announced == spool.size_bytes());
        let found = hasher.map(Digest::finalize);
        let is_intact = found.is_none_or(|found| self.md5.is_some_and(|md5| found[..] == md5));
        if is_complete && is_intact { Ok(spool) } else { Err(self.damaged(spool.size_bytes())) }
    }

    fn damaged(&self, received: u64) -> Failure {
        let reason = match self.announced {
            Some(announced) if announced != received => {
                format!("{received} of {announced} bytes came")
            }
            Some(_) => format!("the checksum of its {received} bytes differs"),
            None => format!("it broke off after {received} bytes, or its checksum differs"),
        };
        Failure::Passing(SourceError::Damaged { reason })
    }
}

fn refuse_over_limit(size_bytes: u64, limit_bytes: u64) -> Result<(), Failure> {
    if size_bytes > limit_bytes {
        return Err(Failure::Final(SourceError::TooLarge { size_bytes, limit_bytes }));
    }
    Ok(())
}

/// Returns the MD5 of the content, if the answer has it and no checksum that the SDK verifies.
///
/// The `ETag` is an MD5 only if the object was uploaded in one piece and is not encrypted with a
/// key of its own.
fn md5_of_content(answer: &GetObjectOutput) -> Option<[u8; 16]> {
    let checksums = [
        answer.checksum_crc32(),
        answer.checksum_crc32_c(),
        answer.checksum_crc64_nvme(),
        answer.checksum_sha1(),
        answer.checksum_sha256(),
    ];
    let has_own_key = answer.sse_customer_algorithm().is_some()
        || !matches!(answer.server_side_encryption(), None | Some(ServerSideEncryption::Aes256));
    if has_own_key || checksums.iter().any(Option::is_some) {
        return None;
    }
    md5_of_etag(answer.e_tag()?)
}

fn md5_of_etag(etag: &str) -> Option<[u8; 16]> {
    let hex = etag.strip_prefix('"')?.strip_suffix('"')?;
    if hex.len() != 32 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut md5 = [0; 16];
    for (byte, pair) in md5.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(md5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> aws_sdk_s3::operation::get_object::builders::GetObjectOutputBuilder {
        GetObjectOutput::builder().e_tag("\"000102030405060708090a0b0c0D0E0F\"")
    }

    #[test]
    fn an_etag_is_an_md5_only_where_it_looks_like_one() {
        let expected = Some([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        assert_eq!(md5_of_etag("\"000102030405060708090a0b0c0D0E0F\""), expected);
        for other in [
            "000102030405060708090a0b0c0d0e0f",
            "W/\"000102030405060708090a0b0c0d0e0f\"",
            "\"000102030405060708090a0b0c0d0e0f-2\"",
            "\"000102030405060708090a0b0c0d0e0\"",
            "\"+00102030405060708090a0b0c0d0e0f\"",
            "\"\"",
            "",
        ] {
            assert_eq!(md5_of_etag(other), None, "{other}");
        }
    }

    #[test]
    fn an_etag_is_used_only_without_a_checksum_and_without_an_own_key() {
        assert!(md5_of_content(&answer().build()).is_some());
        let by_bucket = answer().server_side_encryption(ServerSideEncryption::Aes256);
        assert!(md5_of_content(&by_bucket.build()).is_some());
        for other in [
            answer().checksum_crc32("oBg25Q=="),
            answer().server_side_encryption(ServerSideEncryption::AwsKms),
            answer().sse_customer_algorithm("AES256"),
        ] {
            assert_eq!(md5_of_content(&other.build()), None);
        }
    }
}
