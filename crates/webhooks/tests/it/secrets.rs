//! Secrets stay secret: no part of one is shown.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use watchme_webhooks::Webhooks;
use wiremock::ResponseTemplate;

use crate::receiver::{LONG, Receiver, SECRET, config_for, event};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn neither_key_nor_address_nor_signature_is_logged_or_shown() {
    let answers = [500, 500, 500].map(ResponseTemplate::new);
    let mut receiver = Receiver::answering(answers).await;
    let lines = Lines::default();
    let writer = lines.clone();
    let log = tracing_subscriber::fmt()
        .with_env_filter("trace")
        .with_writer(move || writer.clone())
        .finish();
    // Of every test here: a log of one thread misses what another thread met first.
    tracing::subscriber::set_global_default(log).unwrap();
    let config = config_for(&[&receiver.url()]);
    let shown = format!("{config:?}");
    let webhooks = Webhooks::start(config).unwrap();
    let mut signatures = Vec::new();
    webhooks.send(&event("a"));
    for _ in 0..3 {
        let request = receiver.next().await;
        let signature = request.headers.get("webhook-signature").unwrap();
        signatures.push(signature.to_str().unwrap().to_owned());
    }
    webhooks.drain(LONG).await;

    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("an event was not taken"), "{logged}");
    let told = format!("{logged}{shown}{webhooks:?}{:?}", webhooks.deliveries(9));
    let key = SECRET.strip_prefix("whsec_").unwrap().to_owned();
    let secrets = [key, "path-that-is-secret".to_owned(), "also-secret".to_owned()];
    for secret in signatures.into_iter().chain(secrets) {
        assert!(!told.contains(&secret), "{secret}: {told}");
    }
}
