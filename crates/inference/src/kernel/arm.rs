//! Kernels of `aarch64`.
#![allow(
    unsafe_code,
    reason = "instructions that not every processor has; each use states why this one has"
)]

mod bf16;
mod blocks;
mod dotprod;
mod fp16;
mod i8mm;
mod neon;

pub(super) use self::{bf16::Bf16, dotprod::Dotprod, fp16::Fp16, i8mm::I8mm, neon::Neon};
