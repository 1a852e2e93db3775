//! An S3 server in this process: real signatures, real HTTP, buckets as folders.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::dto::{
    GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput,
    HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output,
};
use s3s::region::Region;
use s3s::service::S3ServiceBuilder;
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A running S3 server on 127.0.0.1. It is read-only over HTTP and stops when dropped.
pub struct S3Server {
    endpoint: String,
    root: PathBuf,
    region: Arc<OnceLock<String>>,
    _temporary: Option<TempDir>,
    _connections: JoinSet<()>,
}

impl S3Server {
    /// Access key that the server knows.
    pub const ACCESS_KEY_ID: &str = "AKIATESTKITACCESSKEY";
    /// Secret of that key. Requests that are signed with another are refused.
    pub const SECRET_ACCESS_KEY: &str = "testkit/Secret+access/key";

    /// Serves the folders in `root` as buckets.
    ///
    /// # Panics
    /// If `root` is no folder, or no port is free.
    pub async fn start(root: impl Into<PathBuf>) -> Self {
        Self::serve(root.into(), None).await
    }

    /// Serves a temporary folder, which ends with the server.
    ///
    /// # Panics
    /// If no temporary folder can be made, or no port is free.
    pub async fn temporary() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        Self::serve(folder.path().to_owned(), Some(folder)).await
    }

    /// Returns the URL of the server.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Makes a bucket, unless it exists.
    ///
    /// # Panics
    /// If the folder cannot be made.
    pub fn create_bucket(&self, bucket: &str) {
        let made = std::fs::create_dir_all(self.root.join(bucket));
        made.unwrap_or_else(|error| panic!("bucket `{bucket}`: {error}"));
    }

    /// Puts or replaces an object, and makes its bucket if that is missing.
    ///
    /// # Panics
    /// If the file cannot be written.
    pub fn put(&self, bucket: &str, key: &str, bytes: impl AsRef<[u8]>) {
        let path = self.root.join(bucket).join(key);
        let folder = path.parent().unwrap_or(&path);
        let put = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, bytes));
        put.unwrap_or_else(|error| panic!("`{bucket}/{key}`: {error}"));
    }

    /// Deletes an object.
    ///
    /// # Panics
    /// If it is not there.
    pub fn delete(&self, bucket: &str, key: &str) {
        let deleted = std::fs::remove_file(self.root.join(bucket).join(key));
        deleted.unwrap_or_else(|error| panic!("`{bucket}/{key}`: {error}"));
    }

    /// Puts every bucket into `region`: requests that are signed for another are redirected.
    ///
    /// # Panics
    /// At the second call.
    pub fn move_to(&self, region: &str) {
        let moved = self.region.set(region.to_owned());
        moved.unwrap_or_else(|_| panic!("the buckets have moved already"));
    }

    async fn serve(root: PathBuf, temporary: Option<TempDir>) -> Self {
        let files = FileSystem::new(&root).unwrap_or_else(|error| panic!("{error:?}"));
        let region = Arc::new(OnceLock::new());
        let buckets = Buckets { root: root.clone(), region: region.clone(), files };
        let mut builder = S3ServiceBuilder::new(buckets);
        builder.set_auth(SimpleAuth::from_single(Self::ACCESS_KEY_ID, Self::SECRET_ACCESS_KEY));
        let service = builder.build();

        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.unwrap_or_else(|error| panic!("no port: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("no port: {error}"));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let http = Builder::new(TokioExecutor::new());
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (http, service) = (http.clone(), service.clone());
                connections.spawn(async move {
                    // A client that hangs up in the middle is part of what is tested.
                    let _ = http.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        let endpoint = format!("http://{address}");
        Self { endpoint, root, region, _temporary: temporary, _connections: tasks }
    }
}

impl fmt::Debug for S3Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Server")
            .field("endpoint", &self.endpoint)
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

/// The file system, answering as S3 would: a missing bucket differs from a missing object, and a
/// key is a name, not a path.
struct Buckets {
    root: PathBuf,
    region: Arc<OnceLock<String>>,
    files: FileSystem,
}

impl Buckets {
    /// Answers, as S3 does, a request that is signed for another region than the bucket's.
    fn check_region(&self, signed_for: Option<&Region>) -> S3Result<()> {
        let (Some(region), Some(signed_for)) = (self.region.get(), signed_for) else {
            return Ok(());
        };
        if region == signed_for.as_str() {
            return Ok(());
        }
        let mut error = s3_error!(PermanentRedirect);
        let value = HeaderValue::from_str(region).map_err(S3Error::internal_error)?;
        error.set_headers(HeaderMap::from_iter([(
            HeaderName::from_static("x-amz-bucket-region"),
            value,
        )]));
        Err(error)
    }

    fn find(&self, bucket: &str, key: &str) -> S3Result<()> {
        let bucket = self.root.join(bucket);
        if !bucket.is_dir() {
            return Err(s3_error!(NoSuchBucket));
        }
        let is_name = !key.split('/').any(|part| matches!(part, "" | "." | ".."));
        if is_name && Path::new(&bucket.join(key)).is_file() {
            Ok(())
        } else {
            Err(s3_error!(NoSuchKey))
        }
    }
}

#[async_trait]
impl S3 for Buckets {
    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        self.check_region(request.region.as_ref())?;
        self.find(&request.input.bucket, &request.input.key)?;
        self.files.get_object(request).await
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        self.check_region(request.region.as_ref())?;
        self.find(&request.input.bucket, &request.input.key)?;
        self.files.head_object(request).await
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.check_region(request.region.as_ref())?;
        self.files.head_bucket(request).await
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.check_region(request.region.as_ref())?;
        self.files.list_objects_v2(request).await
    }
}
