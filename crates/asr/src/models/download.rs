//! Downloads a published file: resumed, bounded, verified before it takes its name.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{CONTENT_RANGE, HeaderMap, RANGE};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::io::AsyncWriteExt as _;
use tokio::task::spawn_blocking;

use super::catalogue::CatalogueModel;
use super::checksum::sha256;
use super::error::ModelError;

/// A reachable server answers within a second or two.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// A stalled connection is given up after this; one that moves may take as long as it needs.
const READ_TIMEOUT: Duration = Duration::from_mins(1);

/// Limit of resumptions. A connection that breaks after it has brought something is resumed at once.
const MAX_RESUMES: u32 = 20;

/// Callback as bytes arrive, with the number that is here and the number there is.
type Progress<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

/// Path of the unfinished file.
pub(super) fn part_of(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    PathBuf::from(part)
}

/// Checks that the file is the published one.
pub(super) async fn is_whole(path: &Path, model: &CatalogueModel) -> bool {
    let (path, size, wanted) = (path.to_owned(), model.size_bytes, model.sha256.to_owned());
    let check = move || {
        fs::metadata(&path).is_ok_and(|file| file.len() == size)
            && sha256(&path).is_ok_and(|found| found == wanted)
    };
    spawn_blocking(check).await.unwrap_or(false)
}

/// Downloads `model` from the folder `source` to `path`.
pub(super) async fn download(
    model: &CatalogueModel,
    source: &Url,
    path: &Path,
    progress: Progress<'_>,
) -> Result<(), ModelError> {
    let client = Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .build()
        .map_err(|source| ModelError::Client { source })?;
    let part = part_of(path);
    let (file, done) = open_part(&part, model).await?;
    let url = source.join(model.file).map_err(|error| refused(source, model, error.to_string()))?;
    let mut download = Download { model, client, url, part, file, done, progress };
    download.fetch().await?;
    download.finish(path).await
}

struct Download<'a> {
    model: &'a CatalogueModel,
    client: Client,
    url: Url,
    part: PathBuf,
    file: tokio::fs::File,
    done: u64,
    progress: Progress<'a>,
}

impl Download<'_> {
    async fn fetch(&mut self) -> Result<(), ModelError> {
        let mut resumes = 0;
        (self.progress)(self.done, self.model.size_bytes);
        while self.done < self.model.size_bytes {
            let before = self.done;
            match self.fetch_rest().await {
                Ok(()) => {}
                Err(ModelError::Interrupted { .. })
                    if self.done > before && resumes < MAX_RESUMES =>
                {
                    resumes += 1;
                }
                Err(error) => {
                    self.file.flush().await.map_err(|source| self.io(source))?;
                    if self.done == 0 {
                        self.discard().await?;
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    async fn fetch_rest(&mut self) -> Result<(), ModelError> {
        let mut request = self.client.get(self.url.clone());
        if self.done > 0 {
            request = request.header(RANGE, format!("bytes={}-", self.done));
        }
        let response = request.send().await.map_err(|error| self.interrupted(error))?;
        let mut response = self.accept(response).await?;
        loop {
            let piece = match response.chunk().await {
                Ok(Some(piece)) => piece,
                Ok(None) if self.done == self.model.size_bytes => return Ok(()),
                Ok(None) => return Err(self.stopped("the connection ended")),
                Err(error) => return Err(self.interrupted(error)),
            };
            if piece.len() as u64 > self.model.size_bytes - self.done {
                self.restart().await?;
                return Err(self.refused("it sends more than the published file".to_owned()));
            }
            self.file.write_all(&piece).await.map_err(|source| self.io(source))?;
            self.done += piece.len() as u64;
            (self.progress)(self.done, self.model.size_bytes);
        }
    }

    /// Checks that the response holds the rest of the file, or the file from its start.
    async fn accept(&mut self, response: Response) -> Result<Response, ModelError> {
        match response.status() {
            StatusCode::PARTIAL_CONTENT => {
                if range_start(response.headers()) != Some(self.done) {
                    return Err(self.refused("it answers another range".to_owned()));
                }
            }
            StatusCode::OK => self.restart().await?,
            StatusCode::RANGE_NOT_SATISFIABLE => {
                self.restart().await?;
                return Err(self.refused("its file is shorter than the published one".to_owned()));
            }
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                return Err(self.stopped(&status.to_string()));
            }
            status => return Err(self.refused(status.to_string())),
        }
        let expected = self.model.size_bytes - self.done;
        match response.content_length() {
            Some(length) if length != expected => Err(self.refused(format!(
                "it offers {length} bytes where the published file has {expected}"
            ))),
            _ => Ok(response),
        }
    }

    async fn finish(mut self, path: &Path) -> Result<(), ModelError> {
        self.file.flush().await.map_err(|source| self.io(source))?;
        self.file.sync_all().await.map_err(|source| self.io(source))?;
        let part = self.part.clone();
        let sum = blocking(move || sha256(&part)).await.map_err(|source| self.io(source))?;
        if sum != self.model.sha256 {
            self.discard().await?;
            let file = self.model.file.to_owned();
            return Err(ModelError::Altered { host: host(&self.url), file });
        }
        tokio::fs::rename(&self.part, path).await.map_err(|source| self.io(source))
    }

    async fn restart(&mut self) -> Result<(), ModelError> {
        use std::io::SeekFrom;
        use tokio::io::AsyncSeekExt as _;
        self.file.set_len(0).await.map_err(|source| self.io(source))?;
        self.file.seek(SeekFrom::Start(0)).await.map_err(|source| self.io(source))?;
        self.done = 0;
        Ok(())
    }

    async fn discard(&self) -> Result<(), ModelError> {
        tokio::fs::remove_file(&self.part).await.map_err(|source| self.io(source))
    }

    fn io(&self, source: io::Error) -> ModelError {
        ModelError::Io { path: self.part.clone(), source }
    }

    /// Converts an error without its URL, which may hold a password or a signature.
    fn interrupted(&self, error: reqwest::Error) -> ModelError {
        self.stopped(&watchme_core::ErrorChain(&error.without_url()).to_string())
    }

    fn stopped(&self, reason: &str) -> ModelError {
        ModelError::Interrupted {
            file: self.model.file.to_owned(),
            done: self.done,
            total: self.model.size_bytes,
            reason: reason.to_owned(),
        }
    }

    fn refused(&self, reason: String) -> ModelError {
        refused(&self.url, self.model, reason)
    }
}

/// Opens the unfinished file for this process alone and returns it with the number of bytes it holds.
async fn open_part(
    part: &Path,
    model: &CatalogueModel,
) -> Result<(tokio::fs::File, u64), ModelError> {
    let (owned, limit) = (part.to_owned(), model.size_bytes);
    let open = move || -> io::Result<Option<(File, u64)>> {
        if let Some(folder) = owned.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().append(true).create(true).open(&owned)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut done = file.metadata()?.len();
        if done > limit {
            file.set_len(0)?;
            done = 0;
        }
        Ok(Some((file, done)))
    };
    match blocking(open).await {
        Ok(Some((file, done))) => Ok((tokio::fs::File::from_std(file), done)),
        Ok(None) => Err(ModelError::Busy { file: model.file.to_owned() }),
        Err(source) => Err(ModelError::Io { path: part.to_owned(), source }),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Start of the range in a `206`: `bytes 100-199/200`.
fn range_start(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    range.split_once('-')?.0.parse().ok()
}

fn refused(url: &Url, model: &CatalogueModel, reason: String) -> ModelError {
    ModelError::Refused { host: host(url), file: model.file.to_owned(), reason }
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}
