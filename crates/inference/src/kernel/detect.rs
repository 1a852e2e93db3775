//! Detects what the processor can, and chooses its kernels: the one place that knows all of them.

#[cfg(target_arch = "aarch64")]
use super::arm::{Bf16, Dotprod, Fp16, I8mm, Neon};
use super::portable::Portable;
#[cfg(target_arch = "x86_64")]
use super::x86::{Avx2, Avx512, Avx512Rows, Bf16, F16c, Int8, Int16};
use super::{AttentionKernel, MatMul, RowKernel};
use crate::shape::Precision;

/// A set of instructions that this processor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instructions(Set);

/// The set, with the kernels that it makes possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    /// Whatever the compiler may use on every processor of this architecture.
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2 { avx2: Avx2, int16: Int16, f16c: F16c },
    #[cfg(target_arch = "x86_64")]
    Avx512 { avx512: Avx512, bf16: Option<Bf16>, int8: Option<Int8>, rows: Avx512Rows },
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
    #[cfg(target_arch = "aarch64")]
    Fp16 { fp16: Fp16, neon: Neon, dotprod: Option<Dotprod> },
    #[cfg(target_arch = "aarch64")]
    Blocks { bf16: Bf16, i8mm: I8mm, neon: Neon, dotprod: Dotprod },
}

/// Kernels that were chosen for a precision.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kernels<L, K, R> {
    /// Name of those that multiply matrices, `bf16` for one.
    pub(crate) name: &'static str,
    /// Multiplies by the weights of the encoder's layers.
    pub(crate) linear: L,
    /// Multiplies everything else of many rows.
    pub(crate) attention: K,
    /// Multiplies few rows.
    pub(crate) rows: R,
}

/// Code that is generic over kernels: a closure cannot be.
pub(crate) trait WithKernels {
    type Output;

    fn run<L: MatMul, K: AttentionKernel, R: RowKernel>(
        self,
        kernels: Kernels<L, K, R>,
    ) -> Self::Output;
}

impl Instructions {
    /// Detects the fastest set of instructions of this processor.
    #[must_use]
    pub fn detect() -> Self {
        Self::available().next().unwrap_or(Self(Set::Portable))
    }

    /// Returns every set of instructions of this processor, the fastest first and the portable one,
    /// which every processor has, last.
    pub fn available() -> impl Iterator<Item = Self> {
        native().into_iter().flatten().chain([Set::Portable]).map(Self)
    }

    /// True if there are kernels for it, and not only what the compiler makes of portable code.
    #[must_use]
    pub fn is_accelerated(self) -> bool {
        self.0 != Set::Portable
    }

    /// Runs `work` with the best kernels of this set that multiply at most as precisely as asked.
    #[cfg_attr(
        not(any(target_arch = "x86_64", target_arch = "aarch64")),
        expect(unused_variables, reason = "the portable kernels have one precision")
    )]
    pub(crate) fn with_kernels<W: WithKernels>(self, precision: Precision, work: W) -> W::Output {
        match self.0 {
            Set::Portable => work.run(kernels("portable", Portable, Portable, Portable)),
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 { avx2, int16, f16c } => match precision {
                Precision::F32 => work.run(kernels("avx2", avx2, avx2, f16c)),
                Precision::Half | Precision::Int8 => {
                    work.run(kernels("int16 and avx2", int16, avx2, f16c))
                }
            },
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 { avx512, bf16, int8, rows } => {
                let int8 = int8.filter(|_| precision == Precision::Int8);
                let bf16 = bf16.filter(|_| precision != Precision::F32);
                match (int8, bf16) {
                    (Some(int8), Some(bf16)) => {
                        work.run(kernels("int8 and bf16", int8, bf16, rows))
                    }
                    (Some(int8), None) => work.run(kernels("int8 and avx512", int8, avx512, rows)),
                    (None, Some(bf16)) => work.run(kernels("bf16", bf16, bf16, rows)),
                    (None, None) => work.run(kernels("avx512", avx512, avx512, rows)),
                }
            }
            #[cfg(target_arch = "aarch64")]
            Set::Neon(neon) => work.run(kernels("neon", neon, neon, neon)),
            #[cfg(target_arch = "aarch64")]
            Set::Fp16 { fp16, neon, dotprod } => match (precision, dotprod) {
                (Precision::F32, _) => work.run(kernels("neon", neon, neon, neon)),
                (Precision::Half, Some(dotprod)) => work.run(kernels("fp16", fp16, fp16, dotprod)),
                (Precision::Int8, Some(dotprod)) => {
                    work.run(kernels("dotprod and fp16", dotprod, fp16, dotprod))
                }
                (_, None) => work.run(kernels("fp16", fp16, fp16, neon)),
            },
            #[cfg(target_arch = "aarch64")]
            Set::Blocks { bf16, i8mm, neon, dotprod } => match precision {
                Precision::F32 => work.run(kernels("neon", neon, neon, neon)),
                Precision::Half => work.run(kernels("bf16", bf16, bf16, dotprod)),
                Precision::Int8 => work.run(kernels("i8mm and bf16", i8mm, bf16, dotprod)),
            },
        }
    }
}

fn kernels<L, K, R>(name: &'static str, linear: L, attention: K, rows: R) -> Kernels<L, K, R> {
    Kernels { name, linear, attention, rows }
}

/// Sets beside the portable one, the fastest first.
#[cfg(target_arch = "x86_64")]
fn native() -> [Option<Set>; 3] {
    let (avx512, rows) = (Avx512::detect(), Avx512Rows::detect());
    let set = |bf16, int8| Some(Set::Avx512 { avx512: avx512?, bf16, int8, rows: rows? });
    let bf16 = Bf16::detect();
    let avx2 = |avx2| Some(Set::Avx2 { avx2, int16: Int16::detect()?, f16c: F16c::detect()? });
    [
        bf16.and_then(|bf16| set(Some(bf16), Int8::detect())),
        set(None, Int8::detect()),
        Avx2::detect().and_then(avx2),
    ]
}

#[cfg(target_arch = "aarch64")]
fn native() -> [Option<Set>; 3] {
    let (neon, dotprod) = (Neon::detect(), Dotprod::detect());
    let blocks = |bf16, i8mm| Some(Set::Blocks { bf16, i8mm, neon: neon?, dotprod: dotprod? });
    let fp16 = |fp16| Some(Set::Fp16 { fp16, neon: neon?, dotprod });
    [
        Bf16::detect().zip(I8mm::detect()).and_then(|(bf16, i8mm)| blocks(bf16, i8mm)),
        Fp16::detect().and_then(fp16),
        neon.map(Set::Neon),
    ]
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn native() -> [Option<Set>; 0] {
    []
}
