//! Serves a folder as an S3 bucket, in a process that can be stopped and killed: run by
//! `script/soak`. Prints its address, and ends when its standard input does.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a test")]

use std::io::Read as _;

use watchme_testkit::S3Server;

#[tokio::main]
async fn main() {
    let s3 = S3Server::start(std::env::args().nth(1).unwrap()).await;
    println!("{} {} {}", s3.endpoint(), S3Server::ACCESS_KEY_ID, S3Server::SECRET_ACCESS_KEY);
    let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    end.await.unwrap().unwrap();
}
