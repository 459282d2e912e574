//! Which source samples make an output sample along one axis, and with what weights.
//!
//! Downwards each output sample is the mean of the area it covers, so that a
//! small far car keeps its share of light; upwards it lies between its two neighbours.

/// The weights of one axis. Each output sample takes `count` neighbours from
/// its start on; surplus weights are 0.
pub(super) struct Taps<W> {
    pub(super) starts: Vec<u32>,
    /// `count` an output sample.
    pub(super) weights: Vec<W>,
    pub(super) count: usize,
}

impl<W: TryFrom<u32> + Copy + Default> Taps<W> {
    /// Taps from `source_len` samples, of which the picture fills `extent`
    /// (chroma of an odd width is filled by half), to `output_len` samples.
    /// The weights of an output sample are whole numbers and sum up to `unit`
    /// exactly; `count` is a multiple of `multiple`.
    pub(super) fn new(
        source_len: usize,
        extent: f64,
        output_len: usize,
        unit: u32,
        multiple: usize,
    ) -> Self {
        let step = extent / output_len as f64;
        let spans: Vec<_> = (0..output_len).map(|at| span(at, step, source_len)).collect();
        let longest = spans.iter().map(|span| span.1.len()).max().unwrap_or(1);
        let count = longest.next_multiple_of(multiple);
        let mut weights = vec![W::default(); count * output_len];
        for (row, (_, shares)) in weights.chunks_exact_mut(count).zip(&spans) {
            let (mut sum, mut told) = (0.0, 0);
            for (weight, share) in row.iter_mut().zip(shares) {
                // Rounding the running sum keeps the total exact.
                sum += share * f64::from(unit);
                let until = (sum.round() as u32).clamp(told, unit);
                *weight = W::try_from(until - told).unwrap_or_default();
                told = until;
            }
        }
        let starts = spans.iter().map(|span| span.0 as u32).collect();
        Self { starts, weights, count }
    }

    /// How many source samples an output sample may touch at the far end, surplus weights included.
    pub(super) fn reach(&self) -> usize {
        self.starts.iter().max().map_or(0, |start| *start as usize + self.count)
    }
}

/// The first source sample of output sample `at` and the shares from it on; they sum up to 1.
fn span(at: usize, step: f64, source_len: usize) -> (usize, Vec<f64>) {
    let last = source_len - 1;
    if step <= 1.0 {
        let position = ((at as f64 + 0.5) * step - 0.5).clamp(0.0, last as f64);
        let base = (position as usize).min(last.saturating_sub(1));
        let share = position - base as f64;
        return if last == 0 { (0, vec![1.0]) } else { (base, vec![1.0 - share, share]) };
    }
    let (from, to) = (at as f64 * step, (at + 1) as f64 * step);
    let first = (from as usize).min(last);
    let end = (to.ceil() as usize).clamp(first + 1, source_len);
    let covered = |sample: usize| to.min((sample + 1) as f64) - from.max(sample as f64);
    let shares: Vec<_> = (first..end).map(|sample| covered(sample).max(0.0)).collect();
    let all: f64 = shares.iter().sum();
    if all <= 0.0 {
        return (first, vec![1.0]);
    }
    (first, shares.into_iter().map(|share| share / all).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn weights_sum_up_and_stay_inside(source in 1usize..3000, output in 1usize..700) {
            let taps = Taps::<u16>::new(source, source as f64, output, 256, 4);
            prop_assert_eq!(taps.starts.len(), output);
            for (start, weights) in taps.starts.iter().zip(taps.weights.chunks(taps.count)) {
                prop_assert_eq!(weights.iter().map(|w| u32::from(*w)).sum::<u32>(), 256);
                let last = weights.iter().rposition(|w| *w > 0).unwrap();
                prop_assert!(*start as usize + last < source);
            }
        }
    }

    #[test]
    fn halving_takes_the_mean_of_two() {
        let taps = Taps::<u16>::new(8, 8.0, 4, 256, 1);
        assert_eq!((taps.starts, taps.weights), (vec![0, 2, 4, 6], vec![128; 8]));
    }

    #[test]
    fn equal_sizes_copy() {
        let taps = Taps::<u16>::new(3, 3.0, 3, 256, 1);
        assert_eq!(taps.weights, [256, 0, 256, 0, 0, 256]);
    }
}
