//! From a decoded picture to a model's input in one pass: scaled, letterboxed,
//! turned into RGB and normalised, without a full-size copy in between.
//!
//! Each output row gathers its source rows into a row of 16-bit sums, which is
//! then narrowed and converted; only the rows of one output row are ever in flight.

use std::fmt;

use serde::Deserialize;

use crate::ingest::Frame;
use crate::ingest::FrameView;
use crate::ingest::Plane;
use crate::ingest::YuvLayout;
use crate::ingest::YuvMatrix;

use super::placement::Placement;
use super::taps::Taps;

/// Vertical weights sum up to this: 255 × 256 just fits 16 bits.
const VERTICAL_UNIT: u32 = 256;

/// Horizontal weights sum up to this: times 15-bit sums it fits 31 bits.
const HORIZONTAL_UNIT: u32 = 1 << 14;

/// Sums are halved between the passes, so that they fit signed 16 bits.
const LEVEL_FROM_SUM: f32 = 1.0 / (VERTICAL_UNIT as f32 / 2.0 * HORIZONTAL_UNIT as f32);

/// What a model wants to see.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TensorSettings {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    pub colour: ColourOrder,
    pub resize: Resize,
    /// The grey beside the picture, 0..=255.
    pub pad: u8,
    pub normalisation: Normalisation,
}

/// The order of the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColourOrder {
    Rgb,
    Bgr,
}

/// How a picture of other proportions is made to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resize {
    LetterboxTopLeft,
    LetterboxCenter,
    /// Each axis by its own scale.
    Stretch,
}

/// Tensor value = (pixel × scale − mean) / std, with the channels in the tensor's order.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Normalisation {
    pub scale: f32,
    pub mean: [f32; 3],
    pub std: [f32; 3],
}

impl Default for Normalisation {
    fn default() -> Self {
        Self { scale: 1.0, mean: [0.0; 3], std: [1.0; 3] }
    }
}

impl Normalisation {
    /// Gain and offset of a channel.
    fn line(&self, channel: usize) -> (f32, f32) {
        (self.scale / self.std[channel], -self.mean[channel] / self.std[channel])
    }
}

/// A model's input, filled anew for each picture; its memory is kept.
pub struct Tensor {
    settings: TensorSettings,
    values: Vec<f32>,
    plan: Option<Plan>,
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tensor").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Tensor {
    /// A tensor that shows the padding alone.
    #[must_use]
    pub fn new(settings: TensorSettings) -> Self {
        let mut tensor = Self {
            settings,
            values: vec![0.0; 3 * settings.width as usize * settings.height as usize],
            plan: None,
        };
        tensor.pad();
        tensor
    }

    /// A stand-in without values: it must not be filled.
    pub(super) const fn empty(settings: TensorSettings) -> Self {
        Self { settings, values: Vec::new(), plan: None }
    }

    /// Channels, rows, columns: `[3, height, width]` values.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    #[must_use]
    pub const fn settings(&self) -> &TensorSettings {
        &self.settings
    }

    /// Shows `frame`, and tells where it lies.
    pub fn fill(&mut self, frame: &Frame) -> Placement {
        self.fill_from(&frame.view())
    }

    /// Shows a picture or a part of one, and tells where it lies.
    pub(super) fn fill_from(&mut self, view: &FrameView<'_>) -> Placement {
        let source = (view.width, view.height, view.layout);
        let mut plan = match self.plan.take() {
            Some(plan) if plan.source == source => plan,
            _ => {
                // The padding of the last picture may lie elsewhere.
                self.pad();
                Plan::new(source, &self.settings)
            }
        };
        plan.fill(view, &self.settings, &mut self.values);
        let placement = plan.placement;
        self.plan = Some(plan);
        placement
    }

    fn pad(&mut self) {
        let area = self.settings.width as usize * self.settings.height as usize;
        for (channel, plane) in self.values.chunks_exact_mut(area).enumerate() {
            let (gain, offset) = self.settings.normalisation.line(channel);
            plane.fill(f32::from(self.settings.pad) * gain + offset);
        }
    }
}

/// All that depends on the size of the picture, and the rows in flight.
struct Plan {
    source: (u32, u32, YuvLayout),
    placement: Placement,
    luma: AxisPair,
    chroma: AxisPair,
    /// Sums of source rows.
    sums: Vec<u16>,
    /// Halved sums, one component's row, as long as the taps reach.
    narrow: Vec<i16>,
    /// One output row of Y, of U and of V, in levels 0..=255.
    rows: [Vec<f32>; 3],
}

struct AxisPair {
    /// Samples a component in a row.
    width: usize,
    down: Taps<u16>,
    across: Taps<i16>,
}

impl AxisPair {
    fn new(width: usize, height: usize, extent: (f64, f64), placement: &Placement) -> Self {
        let (to_width, to_height) = (placement.width as usize, placement.height as usize);
        let down = Taps::new(height, extent.1, to_height, VERTICAL_UNIT, 1);
        // Eight are one vector: even where two or four would do, more than that is slower.
        let across = Taps::new(width, extent.0, to_width, HORIZONTAL_UNIT, 8);
        Self { width, down, across }
    }
}

impl Plan {
    fn new(source: (u32, u32, YuvLayout), settings: &TensorSettings) -> Self {
        let (width, height, _) = source;
        let tensor = (settings.width, settings.height);
        let placement = Placement::of((width, height), tensor, settings.resize);
        let extent = (f64::from(width), f64::from(height));
        let luma = AxisPair::new(width as usize, height as usize, extent, &placement);
        // A chroma sample stands for two luma samples each way.
        let (half_width, half_height) = (width.div_ceil(2) as usize, height.div_ceil(2) as usize);
        let half = (extent.0 / 2.0, extent.1 / 2.0);
        let chroma = AxisPair::new(half_width, half_height, half, &placement);
        let reach = luma.across.reach().max(chroma.across.reach());
        Self {
            source,
            placement,
            sums: vec![0; width as usize + 1],
            narrow: vec![0; reach.max(width as usize + 1)],
            rows: std::array::from_fn(|_| vec![0.0; placement.width as usize]),
            luma,
            chroma,
        }
    }

    fn fill(&mut self, view: &FrameView<'_>, settings: &TensorSettings, values: &mut [f32]) {
        let convert = Convert::new(view.matrix, settings);
        let (tensor_width, left) = (settings.width as usize, self.placement.left as usize);
        let area = tensor_width * settings.height as usize;
        let (first, rest) = values.split_at_mut(area);
        let (second, third) = rest.split_at_mut(area);
        for row in 0..self.placement.height as usize {
            self.luma_row(view.luma, row);
            self.chroma_rows(view, row);
            let from = (self.placement.top as usize + row) * tensor_width + left;
            let to = from + self.placement.width as usize;
            convert.row(
                &self.rows,
                [&mut first[from..to], &mut second[from..to], &mut third[from..to]],
            );
        }
    }

    fn luma_row(&mut self, plane: Plane<'_>, row: usize) {
        let width = self.luma.width;
        gather(plane, &self.luma.down, row, &mut self.sums[..width]);
        halve(&self.sums[..width], &mut self.narrow);
        narrow(&self.narrow, &self.luma.across, &mut self.rows[0]);
    }

    fn chroma_rows(&mut self, view: &FrameView<'_>, row: usize) {
        let (u, v) = view.chroma;
        let AxisPair { width, down, across } = &self.chroma;
        let [_, u_row, v_row] = &mut self.rows;
        match view.layout {
            YuvLayout::I420 => {
                for (plane, output) in [(u, u_row), (v, v_row)] {
                    gather(plane, down, row, &mut self.sums[..*width]);
                    halve(&self.sums[..*width], &mut self.narrow);
                    narrow(&self.narrow, across, output);
                }
            }
            YuvLayout::Nv12 => {
                gather(u, down, row, &mut self.sums[..2 * width]);
                for (shift, output) in [(0, u_row), (1, v_row)] {
                    halve_every_second(&self.sums[..2 * width], shift, &mut self.narrow);
                    narrow(&self.narrow, across, output);
                }
            }
        }
    }
}

/// The weighted sum of the source rows of output row `row`.
fn gather(plane: Plane<'_>, down: &Taps<u16>, row: usize, sums: &mut [u16]) {
    let first = down.starts[row] as usize;
    let weights = &down.weights[row * down.count..(row + 1) * down.count];
    let used = weights.iter().enumerate().filter(|(_, weight)| **weight > 0);
    for (order, (at, &weight)) in used.enumerate() {
        let from = (first + at) * plane.stride;
        let samples = &plane.data[from..from + sums.len()];
        if order == 0 {
            for (sum, &sample) in sums.iter_mut().zip(samples) {
                *sum = u16::from(sample) * weight;
            }
        } else {
            // The weights sum up to 256, hence nothing wraps.
            for (sum, &sample) in sums.iter_mut().zip(samples) {
                *sum = sum.wrapping_add(u16::from(sample).wrapping_mul(weight));
            }
        }
    }
}

fn halve(sums: &[u16], halved: &mut [i16]) {
    for (half, &sum) in halved.iter_mut().zip(sums) {
        *half = (sum >> 1) as i16;
    }
}

fn halve_every_second(sums: &[u16], shift: usize, halved: &mut [i16]) {
    let (pairs, _) = sums.as_chunks::<2>();
    for (half, pair) in halved.iter_mut().zip(pairs) {
        *half = (pair[shift] >> 1) as i16;
    }
}

/// One row across: the usual counts of taps are compiled apart, because a
/// loop of known length becomes a few vector instructions.
fn narrow(samples: &[i16], across: &Taps<i16>, output: &mut [f32]) {
    match across.count {
        8 => narrow_by::<8>(samples, across, output),
        16 => narrow_by::<16>(samples, across, output),
        count => {
            let weights = across.weights.chunks_exact(count);
            for ((value, &start), weights) in output.iter_mut().zip(&across.starts).zip(weights) {
                let samples = &samples[start as usize..start as usize + count];
                *value = dot(samples, weights) as f32 * LEVEL_FROM_SUM;
            }
        }
    }
}

fn narrow_by<const COUNT: usize>(samples: &[i16], across: &Taps<i16>, output: &mut [f32]) {
    let (weights, _) = across.weights.as_chunks::<COUNT>();
    for ((value, &start), weights) in output.iter_mut().zip(&across.starts).zip(weights) {
        let samples = samples[start as usize..].first_chunk::<COUNT>();
        *value = samples.map_or(0, |samples| dot(samples, weights)) as f32 * LEVEL_FROM_SUM;
    }
}

#[inline]
fn dot(samples: &[i16], weights: &[i16]) -> i32 {
    samples.iter().zip(weights).map(|(&s, &w)| i32::from(s) * i32::from(w)).sum()
}

/// From levels of Y, U, V to normalised channels.
struct Convert {
    yuv: (f32, f32, f32, f32, f32, f32),
    /// Gain and offset of R, of G and of B.
    lines: [(f32, f32); 3],
    colour: ColourOrder,
}

impl Convert {
    fn new(matrix: YuvMatrix, settings: &TensorSettings) -> Self {
        let mut lines = [0, 1, 2].map(|channel| settings.normalisation.line(channel));
        if settings.colour == ColourOrder::Bgr {
            lines.reverse();
        }
        Self { yuv: matrix.coefficients(), lines, colour: settings.colour }
    }

    fn row(&self, rows: &[Vec<f32>; 3], [first, second, third]: [&mut [f32]; 3]) {
        let (reds, greens, blues) = match self.colour {
            ColourOrder::Rgb => (first, second, third),
            ColourOrder::Bgr => (third, second, first),
        };
        let (gain, offset, vr, ug, vg, ub) = self.yuv;
        let [red, green, blue] = self.lines;
        let level =
            |value: f32, (gain, offset): (f32, f32)| value.clamp(0.0, 255.0) * gain + offset;
        let targets = reds.iter_mut().zip(greens).zip(blues);
        let sources = rows[0].iter().zip(&rows[1]).zip(&rows[2]);
        for (((r, g), b), ((&y, &u), &v)) in targets.zip(sources) {
            let (y, u, v) = ((y - offset) * gain, u - 128.0, v - 128.0);
            *r = level(y + vr * v, red);
            *g = level(y + ug * u + vg * v, green);
            *b = level(y + ub * u, blue);
        }
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    /// Levels off the exact value that the 8-bit weights may cost.
    const LEVELS_OFF_MAX: f64 = 3.0;

    const MATRICES: [YuvMatrix; 2] = [
        YuvMatrix { bt709: true, full_range: false },
        YuvMatrix { bt709: false, full_range: true },
    ];

    fn settings(resize: Resize) -> TensorSettings {
        TensorSettings {
            width: 48,
            height: 40,
            colour: ColourOrder::Bgr,
            resize,
            pad: 114,
            normalisation: Normalisation {
                scale: 0.5,
                mean: [10.0, 20.0, 30.0],
                std: [2.0, 4.0, 5.0],
            },
        }
    }

    /// A picture with structure in all planes, the same every time.
    fn picture(width: u32, height: u32, layout: YuvLayout, matrix: YuvMatrix) -> Frame {
        let luma = (width * height) as usize;
        let half = (width.div_ceil(2) * height.div_ceil(2)) as usize;
        let mut state = 7u32;
        let pixels = (0..luma + 2 * half).map(|at| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let wave = 128.0 + 90.0 * (at as f32 / 37.0).sin();
            (wave as i32 + (state >> 27) as i32 - 16).clamp(0, 255) as u8
        });
        Frame::from_packed(width, height, layout, matrix, pixels.collect()).unwrap()
    }

    /// The value of a plane over output cell (x, y), in exact arithmetic.
    fn exact(
        sample: &dyn Fn(usize, usize) -> u8,
        (source, extent): ((usize, usize), (f64, f64)),
        (x, y): (usize, usize),
        placed: &Placement,
    ) -> f64 {
        let axis = |at: usize, len: usize, extent: f64, out: u32| -> Vec<(usize, f64)> {
            let step = extent / f64::from(out);
            if step <= 1.0 {
                let p = ((at as f64 + 0.5) * step - 0.5).clamp(0.0, len as f64 - 1.0);
                let (base, share) = (p.floor() as usize, p.fract());
                return vec![(base, 1.0 - share), ((base + 1).min(len - 1), share)];
            }
            let (from, to) = (at as f64 * step, (at + 1) as f64 * step);
            let cover = |s: usize| (to.min(s as f64 + 1.0) - from.max(s as f64)).max(0.0);
            (0..len).map(|s| (s, cover(s) / step)).filter(|(_, share)| *share > 0.0).collect()
        };
        let columns = axis(x, source.0, extent.0, placed.width);
        let rows = axis(y, source.1, extent.1, placed.height);
        let mut value = 0.0;
        for (row, by_row) in rows {
            for (column, by_column) in &columns {
                value += f64::from(sample(*column, row)) * by_row * by_column;
            }
        }
        value
    }

    fn check(width: u32, height: u32, layout: YuvLayout, matrix: YuvMatrix, resize: Resize) {
        let frame = picture(width, height, layout, matrix);
        let settings = settings(resize);
        let mut tensor = Tensor::new(settings);
        tensor.fill(&picture(9, 31, layout, matrix)); // Leaves its traces where padding must be.
        let placed = tensor.fill(&frame);
        let (luma, (u, v)) = (frame.luma(), frame.chroma());
        let (step, shift) = if layout == YuvLayout::Nv12 { (2, 1) } else { (1, 0) };
        let of_y = |x: usize, y: usize| luma.data[y * luma.stride + x];
        let of_u = |x: usize, y: usize| u.data[y * u.stride + x * step];
        let of_v = |x: usize, y: usize| v.data[y * v.stride + x * step + shift];
        let whole = (f64::from(width), f64::from(height));
        let full = ((width as usize, height as usize), whole);
        let half = (
            (width.div_ceil(2) as usize, height.div_ceil(2) as usize),
            (whole.0 / 2.0, whole.1 / 2.0),
        );
        let coefficients = matrix.coefficients();
        let (gain, offset, vr, ug, vg, ub) = coefficients;
        let [gain, offset, vr, ug, vg, ub] = [gain, offset, vr, ug, vg, ub].map(f64::from);
        for y in 0..40u32 {
            for x in 0..48u32 {
                let inside = (placed.left..placed.left + placed.width).contains(&x)
                    && (placed.top..placed.top + placed.height).contains(&y);
                let mut bgr = [114.0; 3];
                if inside {
                    let at = ((x - placed.left) as usize, (y - placed.top) as usize);
                    let luma = (exact(&of_y, full, at, &placed) - offset) * gain;
                    let cb = exact(&of_u, half, at, &placed) - 128.0;
                    let cr = exact(&of_v, half, at, &placed) - 128.0;
                    bgr = [luma + ub * cb, luma + ug * cb + vg * cr, luma + vr * cr];
                }
                for (channel, level) in bgr.into_iter().enumerate() {
                    let (gain, offset) = settings.normalisation.line(channel);
                    let value = tensor.values()[(channel * 40 + y as usize) * 48 + x as usize];
                    let got = f64::from((value - offset) / gain);
                    let off = (got - level.clamp(0.0, 255.0)).abs();
                    assert!(
                        off < LEVELS_OFF_MAX,
                        "{width}x{height} {layout:?} {resize:?} at {x},{y} channel {channel}: \
                         {got} for {level}"
                    );
                }
            }
        }
    }

    #[test]
    fn agrees_with_exact_arithmetic() {
        for layout in [YuvLayout::I420, YuvLayout::Nv12] {
            for resize in [Resize::LetterboxTopLeft, Resize::LetterboxCenter, Resize::Stretch] {
                for (width, height) in [(320, 180), (101, 67), (31, 17), (48, 40), (40, 200)] {
                    for matrix in MATRICES {
                        check(width, height, layout, matrix, resize);
                    }
                }
            }
        }
    }

    #[test]
    fn the_smallest_and_the_longest_pictures_are_taken() {
        for (width, height) in [(1, 1), (2, 1), (1, 3), (4000, 3), (3, 4000)] {
            check(width, height, YuvLayout::I420, MATRICES[0], Resize::LetterboxCenter);
            check(width, height, YuvLayout::Nv12, MATRICES[1], Resize::Stretch);
        }
    }

    #[test]
    fn a_plain_grey_stays_exactly_grey() {
        let matrix = YuvMatrix { bt709: true, full_range: true };
        let frame = Frame::from_packed(1920, 1080, YuvLayout::I420, matrix, vec![128; 1920 * 1620])
            .unwrap();
        let mut plain = settings(Resize::Stretch);
        plain.normalisation = Normalisation::default();
        let mut tensor = Tensor::new(plain);
        tensor.fill(&frame);
        assert!(tensor.values().iter().all(|value| (value - 128.0).abs() < 1e-3));
    }
}
