//! Announcements of recordings from Amazon SQS, and completions to it.
//!
//! [`SqsQueue`] understands what the buckets and the services around us send: S3 event
//! notifications, direct, through SNS or through `EventBridge`, and the ecosystem's own message.
//! [`SqsCompletions`] answers in the ecosystem's shape. Standard and FIFO queues both work.

mod announcement;
mod answer;
mod check;
mod client;
mod completion;
mod config;
mod meaning;
mod queue;
mod queue_url;
mod retry;

pub use announcement::announcement;
pub use completion::SqsCompletions;
pub use config::{SqsConfig, SqsTimeouts};
pub use queue::SqsQueue;
pub use queue_url::{ParseQueueUrlError, QueueUrl};
pub use watchme_aws::AwsCredentials;
