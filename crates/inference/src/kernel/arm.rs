//! Kernels of `aarch64`.
#![allow(
    unsafe_code,
    reason = "instructions that not every processor has; each use states why this one has"
)]

mod dotprod;
mod fp16;
mod neon;

pub(super) use self::{dotprod::Dotprod, fp16::Fp16, neon::Neon};
