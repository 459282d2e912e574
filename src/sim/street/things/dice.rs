//! Chance, from a thing's look: the same look always throws the same.

use glam::Vec3;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn of(look: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(look))
    }

    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.0.random::<f32>()
    }

    /// Either sign, up to `most`.
    pub(super) fn about(&mut self, most: f32) -> f32 {
        self.between(-most, most)
    }

    /// A whole number, both ends included.
    pub(super) fn count(&mut self, low: u32, high: u32) -> u32 {
        self.0.random_range(low..=high)
    }

    pub(super) fn chance(&mut self, share: f32) -> bool {
        self.0.random::<f32>() < share
    }

    pub(super) fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.0.random_range(0..of.len())]
    }

    pub(super) fn lumps(&mut self, strength: f32) -> Lumps {
        let waves = std::array::from_fn(|at| {
            let fast = 1.5 + at as f32 * 1.3;
            (Vec3::new(self.about(fast), self.about(fast), self.about(fast)), self.about(3.0))
        });
        Lumps { waves, strength }
    }
}

/// An uneven surface: a factor of about 1 for each direction.
pub(super) struct Lumps {
    waves: [(Vec3, f32); 4],
    strength: f32,
}

impl Lumps {
    pub(super) fn at(&self, direction: Vec3) -> f32 {
        let swell = |(wave, start): &(Vec3, f32)| (wave.dot(direction) * 2.0 + start).sin();
        1.0 + self.strength * self.waves.iter().map(swell).sum::<f32>() / 2.0
    }
}
