//! How often a camera's picture is taken.

/// How often a picture is taken; neither number is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilmRate {
    /// So many pictures a second; the first of each second is a keyframe.
    PerSecond(u32),
    /// One picture in so many seconds, each a keyframe: for long clips that are looked at seldom.
    EverySeconds(u32),
}

impl FilmRate {
    /// Enough for looks once a second, cheap to render and to decode.
    pub const USUAL: Self = Self::PerSecond(5);

    /// Pictures in how many seconds.
    pub(super) const fn fraction(self) -> (u32, u32) {
        match self {
            Self::PerSecond(pictures) => (pictures, 1),
            Self::EverySeconds(seconds) => (1, seconds),
        }
    }

    /// When a picture is taken, in seconds from the first, which is number 0.
    pub(super) fn time_s(self, number: u32) -> f32 {
        let (pictures, seconds) = self.fraction();
        number as f32 * seconds as f32 / pictures as f32
    }

    /// The same in milliseconds.
    pub(super) fn time_ms(self, number: u64) -> u64 {
        let (pictures, seconds) = self.fraction();
        number * u64::from(seconds) * 1000 / u64::from(pictures)
    }

    /// Pictures in so many seconds.
    pub(super) fn pictures_in(self, length_s: f32) -> u32 {
        let (pictures, seconds) = self.fraction();
        (length_s * pictures as f32 / seconds as f32) as u32
    }

    /// From one keyframe to the next, in pictures.
    pub(super) const fn keyframe_every(self) -> u32 {
        match self {
            Self::PerSecond(pictures) => pictures,
            Self::EverySeconds(_) => 1,
        }
    }
}
