//! 8-bit integers with a scale for each 32.

mod rows;

use std::arch::aarch64::{
    float32x4_t, int8x16_t, int16x8_t, int32x4_t, vabsq_f32, vcvtnq_s32_f32, vcvtq_f32_s32,
    vdupq_n_f32, vdupq_n_s32, vfmaq_f32, vld1q_u32, vmaxq_f32, vmaxvq_f32, vmulq_laneq_f32,
    vmulq_n_f32, vreinterpretq_s8_s16, vreinterpretq_s8_u32, vreinterpretq_s16_s32,
    vreinterpretq_u32_s8, vst1q_u32, vuzp1q_s8, vuzp1q_s16,
};
use std::arch::{asm, is_aarch64_feature_detected};

use super::Neon;
use super::neon::{load, load_pair, store};
use crate::kernel::{COLUMNS, Cell, MatMul, ROWS, Tile};
use crate::quantise::GROUP;

/// Sums of four products of bytes in an instruction, of 8-bit integers with a scale for each 32, as
/// whisper.cpp multiplies the weights of a `q8_0` file: Arm's cores since Cortex-A55 and A76, Graviton
/// since the second, all of Apple's Macs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dotprod {
    neon: Neon,
}

/// Four neighbours as bytes, the first in the lowest.
type Four = u32;

/// [`GROUP`] numbers of each of some rows or columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group<const LANES: usize> {
    fours: [[Four; LANES]; GROUP / 4],
    scales: [f32; LANES],
}

impl Dotprod {
    pub(crate) fn detect() -> Option<Self> {
        let neon = Neon::detect()?;
        is_aarch64_feature_detected!("dotprod").then_some(Self { neon })
    }
}

impl<const LANES: usize> Cell for Group<LANES> {
    const DEPTH: usize = GROUP;
    const ZERO: Self = Self { fours: [[0; LANES]; GROUP / 4], scales: [0.0; LANES] };

    #[inline(always)]
    fn put(&mut self, lane: usize, numbers: &[f32]) {
        let (scale, fours) = quantise(&numbers.as_chunks().0[0]);
        self.scales[lane] = scale;
        for (lanes, four) in self.fours.iter_mut().zip(fours) {
            lanes[lane] = four;
        }
    }
}

impl MatMul for Dotprod {
    type Left = Group<ROWS>;
    type Right = Group<COLUMNS>;

    fn multiply(self, strip: &[Self::Left], panel: &[Self::Right], tile: &mut Tile) {
        // SAFETY: `detect` has found the features.
        unsafe {
            multiply_part::<0>(strip, panel, tile);
            multiply_part::<8>(strip, panel, tile);
            multiply_part::<16>(strip, panel, tile);
            multiply_part::<24>(strip, panel, tile);
        }
    }
}

/// Multiplies 12 rows by 8 columns, whose sums fill 24 of the 32 registers.
#[target_feature(enable = "neon,dotprod")]
fn multiply_part<const COLUMN: usize>(
    strip: &[Group<ROWS>],
    panel: &[Group<COLUMNS>],
    tile: &mut Tile,
) {
    for (left, right) in strip.iter().zip(panel) {
        multiply_group::<COLUMN>(left, right, tile);
    }
}

/// Not inlined: the compiler would keep the tile on the stack, for want of registers.
#[inline(never)]
#[target_feature(enable = "neon,dotprod")]
fn multiply_group<const COLUMN: usize>(
    left: &Group<ROWS>,
    right: &Group<COLUMNS>,
    tile: &mut Tile,
) {
    let mut sums = [[[vdupq_n_s32(0); 2]; 4]; ROWS / 4];
    let right_fours = right.fours.as_chunks::<4>().0;
    // Four at a time: the compiler does not unroll this loop.
    for (left, right) in left.fours.as_chunks::<4>().0.iter().zip(right_fours) {
        add_products::<COLUMN>(&mut sums, &left[0], &right[0]);
        add_products::<COLUMN>(&mut sums, &left[1], &right[1]);
        add_products::<COLUMN>(&mut sums, &left[2], &right[2]);
        add_products::<COLUMN>(&mut sums, &left[3], &right[3]);
    }
    let scales = load_pair::<COLUMN>(&right.scales);
    let rows = tile.as_chunks_mut::<4>().0.iter_mut().zip(left.scales.as_chunks().0);
    for ((rows, left), sums) in rows.zip(&sums) {
        add_scaled::<COLUMN>(rows, load(left), scales, sums);
    }
}

/// Adds the products of four neighbours of 12 rows and 8 columns.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn add_products<const COLUMN: usize>(
    sums: &mut [[[int32x4_t; 2]; 4]; ROWS / 4],
    left: &[Four; ROWS],
    right: &[Four; COLUMNS],
) {
    let right = right[COLUMN..COLUMN + 8].as_chunks().0;
    let right = [load_bytes(&right[0]), load_bytes(&right[1])];
    for (sums, left) in sums.iter_mut().zip(left.as_chunks().0) {
        add_rows(sums, load_bytes(left), right);
    }
}

/// Adds sums of integers to four rows, each times the scales of its row and of its columns.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn add_scaled<const COLUMN: usize>(
    rows: &mut [[f32; COLUMNS]; 4],
    row_scales: float32x4_t,
    scales: [float32x4_t; 2],
    sums: &[[int32x4_t; 2]; 4],
) {
    for side in 0..2 {
        let scales = [
            vmulq_laneq_f32::<0>(scales[side], row_scales),
            vmulq_laneq_f32::<1>(scales[side], row_scales),
            vmulq_laneq_f32::<2>(scales[side], row_scales),
            vmulq_laneq_f32::<3>(scales[side], row_scales),
        ];
        for row in 0..4 {
            let numbers = &mut rows[row][COLUMN + side * 4..].as_chunks_mut().0[0];
            let products = vcvtq_f32_s32(sums[row][side]);
            store(numbers, vfmaq_f32(load(numbers), products, scales[row]));
        }
    }
}

/// Adds the products of four rows and two registers of columns.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn add_rows(sums: &mut [[int32x4_t; 2]; 4], left: int8x16_t, right: [int8x16_t; 2]) {
    for side in 0..2 {
        sums[0][side] = dot_lane::<0>(sums[0][side], right[side], left);
        sums[1][side] = dot_lane::<1>(sums[1][side], right[side], left);
        sums[2][side] = dot_lane::<2>(sums[2][side], right[side], left);
        sums[3][side] = dot_lane::<3>(sums[3][side], right[side], left);
    }
}

/// Adds the dot product of each four bytes of `columns` and those of `rows` at a place to a sum.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn dot_lane<const LANE: i32>(mut sum: int32x4_t, columns: int8x16_t, rows: int8x16_t) -> int32x4_t {
    // SAFETY: the instruction reads and writes registers alone.
    unsafe {
        asm!(
            "sdot {sum:v}.4s, {columns:v}.16b, {rows:v}.4b[{lane}]",
            sum = inout(vreg) sum,
            columns = in(vreg) columns,
            rows = in(vreg) rows,
            lane = const LANE,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    sum
}

/// Does what [`quantise`](crate::quantise::quantise) does, to the last bit.
#[inline(always)]
pub(super) fn quantise(numbers: &[f32; GROUP]) -> (f32, [Four; GROUP / 4]) {
    // SAFETY: every processor that this target is built for has these instructions.
    unsafe { quantise_in_registers(numbers) }
}

#[inline]
#[target_feature(enable = "neon")]
fn quantise_in_registers(numbers: &[f32; GROUP]) -> (f32, [Four; GROUP / 4]) {
    let mut registers = [vdupq_n_f32(0.0); GROUP / 4];
    let mut largest = registers[0];
    for (register, numbers) in registers.iter_mut().zip(numbers.as_chunks().0) {
        *register = load(numbers);
        largest = vmaxq_f32(largest, vabsq_f32(*register));
    }
    let largest = vmaxvq_f32(largest);
    let inverse = if largest > 0.0 { 127.0 / largest } else { 0.0 };
    let mut fours = [0; GROUP / 4];
    for (fours, registers) in fours.as_chunks_mut().0.iter_mut().zip(registers.as_chunks().0) {
        store_bytes(fours, round_to_bytes(registers, inverse));
    }
    (largest / 127.0, fours)
}

#[inline]
#[target_feature(enable = "neon")]
fn store_bytes(fours: &mut [Four; 4], bytes: int8x16_t) {
    // SAFETY: there are 4 numbers.
    unsafe { vst1q_u32(fours.as_mut_ptr(), vreinterpretq_u32_s8(bytes)) }
}

/// Rounds the numbers of four registers, each times `factor`.
#[inline]
#[target_feature(enable = "neon")]
fn round_to_bytes(registers: &[float32x4_t; 4], factor: f32) -> int8x16_t {
    let [a, b, c, d] = registers;
    let (a, b) = (round(*a, factor), round(*b, factor));
    let (c, d) = (round(*c, factor), round(*d, factor));
    vuzp1q_s8(vreinterpretq_s8_s16(vuzp1q_s16(a, b)), vreinterpretq_s8_s16(vuzp1q_s16(c, d)))
}

/// Rounds each number times `factor` to the nearest integer, the even one of two. The lower half of each
/// result holds it.
#[inline]
#[target_feature(enable = "neon")]
fn round(numbers: float32x4_t, factor: f32) -> int16x8_t {
    vreinterpretq_s16_s32(vcvtnq_s32_f32(vmulq_n_f32(numbers, factor)))
}

#[inline]
#[target_feature(enable = "neon")]
fn load_bytes(fours: &[Four; 4]) -> int8x16_t {
    // SAFETY: there are 4 numbers.
    vreinterpretq_s8_u32(unsafe { vld1q_u32(fours.as_ptr()) })
}
