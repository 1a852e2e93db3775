//! The function through which ggml lets somebody else compute a large product.
//!
//! It is that of its tiled kernels, `llamafile_sgemm`, whose calls `-Dllamafile_sgemm=watchme_sgemm`
//! among the `CFLAGS` turns to the function here: the keys and values of the cross attention, and
//! prompts. What this does not compute goes to the tiled kernels, as without the flag.
#![allow(unsafe_code, reason = "C calls with raw pointers; each use states why it is sound")]

use std::ffi::{c_int, c_void};
use std::slice;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use watchme_encoder::{Precision, Stored, multiplies, multiply};

/// Whether ggml was compiled with the kernels that this one stands before.
const HAS_TILES: bool =
    matches!(option_env!("GGML_LLAMAFILE"), Some(b) if b.eq_ignore_ascii_case("on"));

/// ggml's numbers of the types that are computed here.
const F32: c_int = 0;
const F16: c_int = 1;
const Q8_0: c_int = 8;

/// Numbers in a block of `q8_0`, and its bytes.
const BLOCK: usize = 32;
const BLOCK_BYTES: usize = 34;

/// Rows that are best worked on together.
const ROWS: usize = 12;

/// What all products that were computed here took, in nanoseconds of the first thread of each.
static TIME: AtomicU64 = AtomicU64::new(0);

/// How many [`ExactProducts`] there are.
static EXACT: AtomicUsize = AtomicUsize::new(0);

/// While there is one, weights of 16 bits are multiplied in 32, whoever's they are: ggml's threads do
/// not know for whom they compute.
#[derive(Debug)]
pub(in crate::engine) struct ExactProducts(());

impl ExactProducts {
    pub(in crate::engine) fn new() -> Self {
        EXACT.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for ExactProducts {
    fn drop(&mut self) {
        EXACT.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
thread_local! {
    /// Whether this thread computes nothing here.
    static IS_LEFT: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Runs `work` on one thread as whisper.cpp runs without anything of ours: products are computed
/// neither here nor by the tiled kernels, which ggml has off by default.
#[cfg(test)]
pub(in crate::engine) fn leave_to_ggml<T>(work: impl FnOnce() -> T) -> T {
    IS_LEFT.set(true);
    let done = work();
    IS_LEFT.set(false);
    done
}

/// What all products that were computed here took.
pub(in crate::engine) fn time_of_products() -> Duration {
    Duration::from_nanos(TIME.load(Ordering::Relaxed))
}

/// The beginning of ggml's `ggml_compute_params`, which is all that is read here.
#[repr(C)]
struct Share {
    thread: c_int,
    threads: c_int,
}

unsafe extern "C" {
    /// The tiled kernels. Only where ggml is compiled with them.
    fn llamafile_sgemm(
        share: *const Share,
        outputs: i64,
        rows: i64,
        depth: i64,
        weights: *const c_void,
        weights_stride: i64,
        numbers: *const c_void,
        numbers_stride: i64,
        products: *mut c_void,
        products_stride: i64,
        weights_type: c_int,
        numbers_type: c_int,
        products_type: c_int,
    ) -> bool;
}

/// Computes this thread's share of a product, or nothing of it and answers false: the same on all
/// threads. Depth and strides count whole blocks of the type.
///
/// # Safety
/// `share` points to a live `ggml_compute_params`, and the other pointers to as many numbers of
/// their types as the sizes tell. No other thread writes what is this one's share.
#[unsafe(no_mangle)]
unsafe extern "C" fn watchme_sgemm(
    share: *const Share,
    outputs: i64,
    rows: i64,
    depth: i64,
    weights: *const c_void,
    weights_stride: i64,
    numbers: *const c_void,
    numbers_stride: i64,
    products: *mut c_void,
    products_stride: i64,
    weights_type: c_int,
    numbers_type: c_int,
    products_type: c_int,
) -> bool {
    #[cfg(test)]
    if IS_LEFT.get() {
        return false;
    }
    let product = Product {
        outputs: size(outputs),
        rows: size(rows),
        depth: size(depth) * if weights_type == Q8_0 { BLOCK } else { 1 },
        weights,
        weights_stride: size(weights_stride) * if weights_type == Q8_0 { BLOCK } else { 1 },
        numbers: numbers.cast(),
        numbers_stride: size(numbers_stride),
        products: products.cast(),
        products_stride: size(products_stride),
        weights_type,
    };
    let are_floats = numbers_type == F32 && products_type == F32;
    // SAFETY: the caller promises the same to all three.
    unsafe {
        (are_floats && product.compute(&*share))
            || HAS_TILES
                && llamafile_sgemm(
                    share,
                    outputs,
                    rows,
                    depth,
                    weights,
                    weights_stride,
                    numbers,
                    numbers_stride,
                    products.cast(),
                    products_stride,
                    weights_type,
                    numbers_type,
                    products_type,
                )
    }
}

/// A product that is asked for. Sizes and strides are in numbers.
struct Product {
    outputs: usize,
    rows: usize,
    depth: usize,
    weights: *const c_void,
    weights_stride: usize,
    numbers: *const f32,
    numbers_stride: usize,
    products: *mut f32,
    products_stride: usize,
    weights_type: c_int,
}

/// What one thread computes of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Own {
    /// The most that any thread computes.
    each: usize,
    first: usize,
    count: usize,
}

impl Product {
    /// # Safety
    /// There are as many numbers as the sizes tell, and what is the thread's share of the products
    /// is nobody else's.
    unsafe fn compute(&self, share: &Share) -> bool {
        let is_dense = self.weights_stride == self.depth
            && self.numbers_stride == self.depth
            && self.products_stride == self.outputs;
        let own = Own::new(self.rows, share);
        let is_ours = is_dense && multiplies(self.depth, own.each);
        if is_ours && matches!(self.weights_type, F16 | Q8_0) {
            let started = Instant::now();
            // SAFETY: the caller promises it.
            unsafe { self.compute_rows(own) }
            if share.thread == 0 {
                let nanoseconds = u64::try_from(started.elapsed().as_nanos()).unwrap_or(0);
                TIME.fetch_add(nanoseconds, Ordering::Relaxed);
            }
            return true;
        }
        false
    }

    /// Computes some of the rows.
    ///
    /// # Safety
    /// As that of [`Product::compute`]; there are no gaps.
    unsafe fn compute_rows(&self, own: Own) {
        let count = self.outputs * self.depth;
        // SAFETY: the caller promises it.
        let (weights, numbers, products) = unsafe {
            let weights = if self.weights_type == Q8_0 {
                let bytes = count / BLOCK * BLOCK_BYTES;
                Stored::Eight(slice::from_raw_parts(self.weights.cast(), bytes))
            } else {
                Stored::Half(slice::from_raw_parts(self.weights.cast(), count))
            };
            let numbers = self.numbers.add(own.first * self.depth);
            let products = self.products.add(own.first * self.outputs);
            (
                weights,
                slice::from_raw_parts(numbers, own.count * self.depth),
                slice::from_raw_parts_mut(products, own.count * self.outputs),
            )
        };
        let is_exact = self.weights_type == F16 && EXACT.load(Ordering::Relaxed) > 0;
        let precision = if is_exact { Precision::ThirtyTwo } else { Precision::Sixteen };
        let is_done = multiply(weights, precision, self.depth, numbers, products);
        debug_assert!(is_done, "what fits is multiplied");
    }
}

impl Own {
    /// The share of a thread of `rows`.
    fn new(rows: usize, share: &Share) -> Self {
        let threads = usize::try_from(share.threads).unwrap_or(1).max(1);
        let each = rows.div_ceil(threads).next_multiple_of(ROWS).min(rows);
        let first = size(share.thread).saturating_mul(each).min(rows);
        Self { each, first, count: each.min(rows - first) }
    }
}

/// A size of C, which is never below 0.
fn size(number: impl TryInto<usize>) -> usize {
    number.try_into().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threads_share_all_rows() {
        let shares = |threads| -> Vec<Own> {
            let own = |thread| Own::new(1500, &Share { thread, threads });
            (0..threads).map(own).collect()
        };
        assert_eq!(shares(1), [Own { each: 1500, first: 0, count: 1500 }]);
        let halves = [(0, 756), (756, 744)].map(|(first, count)| Own { each: 756, first, count });
        assert_eq!(shares(2), halves);
        for threads in [3, 7, 64, 200] {
            let own: Vec<usize> = shares(threads).iter().map(|it| it.count).collect();
            assert_eq!(own.iter().sum::<usize>(), 1500, "{threads}: {own:?}");
        }
    }

    /// All products of ones, on as many threads.
    fn products(rows: usize, threads: c_int, weights_type: c_int) -> (bool, Vec<f32>) {
        const SIZE: usize = 64;
        let halves = vec![0x3c00_u16; SIZE * SIZE];
        // A scale of 1, and bytes of 1.
        let block = [&[0x00_u8, 0x3c][..], &[1; BLOCK]].concat();
        let blocks = block.repeat(SIZE * SIZE / BLOCK);
        let (weights, depth): (*const c_void, i64) = match weights_type {
            Q8_0 => (blocks.as_ptr().cast(), 2),
            _ => (halves.as_ptr().cast(), 64),
        };
        let numbers = vec![1.0_f32; rows * SIZE];
        let mut products = vec![0.0_f32; rows * SIZE];
        let row_count = i64::try_from(rows).unwrap();
        let is_done = (0..threads).all(|thread| {
            let share = Share { thread, threads };
            let (numbers, products) = (numbers.as_ptr().cast(), products.as_mut_ptr().cast());
            // SAFETY: all buffers are as long as told, and no other thread computes.
            unsafe {
                watchme_sgemm(
                    &raw const share,
                    64,
                    row_count,
                    depth,
                    weights,
                    depth,
                    numbers,
                    64,
                    products,
                    64,
                    weights_type,
                    F32,
                    F32,
                )
            }
        });
        (is_done, products)
    }

    #[test]
    fn every_thread_computes_its_share() {
        let cases = [(120, 1, F16), (120, 2, F16), (121, 2, Q8_0)];
        if !multiplies(64, 60) {
            // Then it is the tiled kernels' turn, which need more of ggml than there is here.
            return;
        }
        for (rows, threads, weights_type) in cases {
            let (is_done, products) = products(rows, threads, weights_type);
            assert!(is_done, "{rows} rows, {threads} threads");
            let wrong = products.iter().enumerate().find(|(_, it)| (*it - 64.0).abs() >= 1e-3);
            assert_eq!(wrong, None, "{rows} rows, {threads} threads, type {weights_type}");
        }
    }

    #[test]
    fn what_has_no_kernel_anywhere_is_left_to_ggml() {
        // Not even the tiled kernels multiply a single row.
        for weights_type in [F16, Q8_0] {
            let (is_done, products) = products(1, 1, weights_type);
            assert!(!is_done && products.iter().all(|&product| product == 0.0));
        }
    }
}
