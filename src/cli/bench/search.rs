//! The search for the largest number of cameras: doubling, then halving what lies between.

/// Nobody buys a machine by the camera: the search ends this close, one part of so many.
const PRECISION: usize = 25;

/// What is known so far. Assumes that what carries a number carries every smaller one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    next: usize,
    /// Numbers above are not tried.
    limit: usize,
    carried: usize,
    too_many: Option<usize>,
}

impl Search {
    /// Begins at `start` cameras; both are 1 or more.
    pub(super) fn new(start: usize, limit: usize) -> Self {
        Self { next: start.clamp(1, limit), limit, carried: 0, too_many: None }
    }

    /// The number to try next; none when the answer is known well enough.
    pub(super) fn next(&self) -> Option<usize> {
        match self.too_many {
            None => (self.carried < self.limit).then_some(self.next),
            Some(too_many) => {
                let gap = too_many - self.carried;
                (gap > (too_many / PRECISION).max(1)).then_some(self.next)
            }
        }
    }

    /// Takes in how the last number went.
    pub(super) fn note(&mut self, kept: bool) {
        if kept {
            self.carried = self.next;
        } else {
            self.too_many = Some(self.next);
        }
        self.next = match self.too_many {
            None => self.next.saturating_mul(2).min(self.limit),
            Some(too_many) => self.carried.midpoint(too_many),
        };
    }

    /// The largest number known to be carried; 0 if none.
    pub(super) const fn carried(&self) -> usize {
        self.carried
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches on a machine that carries `truth` cameras; gives the answer and the tries.
    fn search(start: usize, limit: usize, truth: usize) -> (usize, usize) {
        let (mut search, mut tries) = (Search::new(start, limit), 0);
        while let Some(cameras) = search.next() {
            search.note(cameras <= truth);
            tries += 1;
            assert!(tries < 50, "the search for {truth} from {start} does not end");
        }
        (search.carried(), tries)
    }

    #[test]
    fn finds_the_largest_number_within_its_precision() {
        for start in [1, 50, 1000] {
            for truth in [1, 2, 3, 7, 30, 149, 150, 151, 400, 3999] {
                let (found, tries) = search(start, 4000, truth);
                assert!(found <= truth, "{found} of {truth}");
                assert!(found + (truth / 24).max(1) >= truth, "{found} of {truth} from {start}");
                assert!(tries <= 22, "{tries} tries");
            }
        }
    }

    #[test]
    fn ends_at_the_limit_and_at_nothing() {
        assert_eq!(search(50, 300, 1000).0, 300);
        assert_eq!(search(50, 300, 0).0, 0);
    }
}
