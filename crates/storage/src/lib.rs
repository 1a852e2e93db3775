//! Recordings from an S3 bucket or a folder.
