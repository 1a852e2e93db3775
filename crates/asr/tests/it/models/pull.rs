//! Downloads arrive whole or not at all.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Mutex;

use watchme_asr::ModelLibrary;
use watchme_asr::models::{Architecture, CatalogueModel, ModelError};
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const BODY: &[u8] = b"0123456789";

const MODEL: CatalogueModel = CatalogueModel {
    name: "test",
    file: "ggml-test.bin",
    parameters_millions: 1,
    size_bytes: 10,
    sha256: "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882",
    architecture: Architecture {
        vocabulary: 51_865,
        width: 384,
        audio_layers: 4,
        text_layers: 4,
        mel_bands: 80,
    },
};

fn leave(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

struct Place {
    folder: tempfile::TempDir,
    library: ModelLibrary,
}

fn place(mirror: &str) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let mirror = Some(mirror.parse().unwrap());
    let library = ModelLibrary::new(folder.path().join("models"), mirror);
    Place { folder, library }
}

impl Place {
    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("models/ggml-test.bin")
    }

    fn part(&self) -> std::path::PathBuf {
        self.folder.path().join("models/ggml-test.bin.part")
    }

    async fn pull(&self) -> Result<std::path::PathBuf, ModelError> {
        self.library.pull(&MODEL, &|_, _| {}).await
    }
}

async fn server(answer: ResponseTemplate) -> (MockServer, Place) {
    let server = MockServer::start().await;
    Mock::given(path("/mirror/ggml-test.bin")).respond_with(answer).mount(&server).await;
    let place = place(&format!("{}/mirror", server.uri()));
    (server, place)
}

#[tokio::test]
async fn a_model_is_pulled_once_and_its_progress_told() {
    let (server, place) = server(ResponseTemplate::new(200).set_body_bytes(BODY)).await;
    let told = Mutex::new(Vec::new());
    let tell = |done, total| told.lock().unwrap().push((done, total));
    assert_eq!(place.library.pull(&MODEL, &tell).await.unwrap(), place.file());
    assert_eq!(fs::read(place.file()).unwrap(), BODY);
    assert!(!place.part().exists());
    let told = told.into_inner().unwrap();
    assert_eq!((told.first(), told.last()), (Some(&(0, 10)), Some(&(10, 10))));

    place.pull().await.unwrap();
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_damaged_file_is_pulled_again() {
    let (_server, place) = server(ResponseTemplate::new(200).set_body_bytes(BODY)).await;
    leave(&place.file(), b"012345678x");
    place.pull().await.unwrap();
    assert_eq!(fs::read(place.file()).unwrap(), BODY);
}

#[tokio::test]
async fn a_download_goes_on_where_it_stopped() {
    let server = MockServer::start().await;
    let rest = ResponseTemplate::new(206)
        .insert_header("content-range", "bytes 4-9/10")
        .set_body_bytes(&BODY[4..]);
    Mock::given(header("range", "bytes=4-")).respond_with(rest).mount(&server).await;
    let place = place(&server.uri());
    leave(&place.part(), &BODY[..4]);
    place.pull().await.unwrap();
    assert_eq!(fs::read(place.file()).unwrap(), BODY);
}

#[tokio::test]
async fn a_server_that_cannot_resume_sends_all_of_it() {
    let (_server, place) = server(ResponseTemplate::new(200).set_body_bytes(BODY)).await;
    leave(&place.part(), b"xxxx");
    place.pull().await.unwrap();
    assert_eq!(fs::read(place.file()).unwrap(), BODY);
}

#[tokio::test]
async fn another_range_than_the_missing_one_is_refused() {
    let answer = ResponseTemplate::new(206)
        .insert_header("content-range", "bytes 0-9/10")
        .set_body_bytes(BODY);
    let (_server, place) = server(answer).await;
    leave(&place.part(), &BODY[..4]);
    let error = place.pull().await.unwrap_err();
    assert!(error.to_string().contains("it answers another range"), "{error}");
}

#[tokio::test]
async fn another_content_of_the_right_size_is_deleted() {
    let (_server, place) = server(ResponseTemplate::new(200).set_body_bytes(b"9876543210")).await;
    let error = place.pull().await.unwrap_err();
    assert!(matches!(error, ModelError::Altered { .. }), "{error}");
    assert!(!place.file().exists() && !place.part().exists());
}

#[tokio::test]
async fn a_file_of_another_size_or_none_is_refused_and_leaves_nothing() {
    let answers = [
        (ResponseTemplate::new(200).set_body_bytes(b"short"), "it offers 5 bytes where"),
        (ResponseTemplate::new(200).set_body_bytes(vec![0; 1000]), "it offers 1000 bytes where"),
        (ResponseTemplate::new(404), "`127.0.0.1` does not serve `ggml-test.bin`: 404 Not Found"),
    ];
    for (answer, reason) in answers {
        let (_server, place) = server(answer).await;
        let error = place.pull().await.unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
        assert!(!place.file().exists() && !place.part().exists());
    }
}

#[tokio::test]
async fn an_overloaded_server_is_told_from_one_without_the_file() {
    let (_server, place) = server(ResponseTemplate::new(503)).await;
    let error = place.pull().await.unwrap_err();
    assert!(matches!(error, ModelError::Interrupted { .. }), "{error}");
}

#[tokio::test]
async fn an_unreachable_mirror_fails_without_telling_its_password() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let place = place(&format!("http://user:secret@127.0.0.1:{port}/"));
    let error = place.pull().await.unwrap_err();
    assert!(matches!(error, ModelError::Interrupted { done: 0, total: 10, .. }), "{error}");
    assert!(!format!("{error} {error:?} {:?}", place.library).contains("secret"));
}

/// Serves each answer to one connection, byte for byte, and gives back what was asked.
fn serve(answers: Vec<Vec<u8>>) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut connection, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && connection.read(&mut byte).unwrap() == 1 {
                request.push(byte[0]);
            }
            connection.write_all(&answer).unwrap();
            asked.push(String::from_utf8(request).unwrap().to_lowercase());
        }
        asked
    });
    (address, server)
}

#[tokio::test]
async fn a_broken_connection_is_resumed_at_once() {
    let (address, server) = serve(vec![
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123".to_vec(),
        b"HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 4-9/10\r\ncontent-length: 6\r\n\r\n456789".to_vec(),
    ]);
    let place = place(&address);
    place.pull().await.unwrap();
    assert_eq!(fs::read(place.file()).unwrap(), BODY);
    let asked = server.join().unwrap();
    assert!(!asked[0].contains("range:") && asked[1].contains("range: bytes=4-"), "{asked:?}");
}

#[tokio::test]
async fn an_endless_body_is_cut_off() {
    let mut endless = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
    endless.extend_from_slice(&[b'x'; 1000]);
    let (address, server) = serve(vec![endless]);
    let place = place(&address);
    let error = place.pull().await.unwrap_err();
    assert!(error.to_string().contains("it sends more than the published file"), "{error}");
    assert!(!place.file().exists() && !place.part().exists());
    server.join().unwrap();
}

#[tokio::test]
async fn two_downloads_of_one_file_do_not_mix() {
    let (_server, place) = server(ResponseTemplate::new(200).set_body_bytes(BODY)).await;
    leave(&place.part(), b"");
    let other = fs::OpenOptions::new().append(true).open(place.part()).unwrap();
    other.lock().unwrap();
    let error = place.pull().await.unwrap_err();
    assert!(matches!(error, ModelError::Busy { .. }), "{error}");
}
