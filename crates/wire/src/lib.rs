//! The JSON that clients of the service read and write.
