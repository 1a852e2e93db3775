//! Kernels of `x86-64`.
#![allow(
    unsafe_code,
    reason = "instructions that not every processor has; each use states why this one has"
)]

mod avx2;
mod avx512;
mod avx512_rows;
mod bf16;
mod f16c;
mod int16;
mod int8;

pub(super) use self::{
    avx2::Avx2, avx512::Avx512, avx512_rows::Avx512Rows, bf16::Bf16, f16c::F16c, int8::Int8,
    int16::Int16,
};
