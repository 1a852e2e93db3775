//! Model files: named, verified, pulled.

mod files;
mod names;
mod pull;
