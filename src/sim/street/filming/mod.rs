//! The street on film: pictures of a story, clips with their truth, and pictures to learn from.

mod boxes;
mod clip;
mod encoder;
mod error;
mod ground;
mod labels;
mod pictures;
mod rate;
mod reel;
mod scatter;
mod setting;
mod studio;
#[cfg(test)]
mod studio_tests;
#[cfg(test)]
mod tests;
mod trouble;
mod truth;

pub use clip::FilmSettings;
pub use clip::Filmed;
pub use clip::film;
pub use error::FilmError;
pub use pictures::PicturesSettings;
pub use pictures::take_pictures;
pub use rate::FilmRate;
pub(super) use reel::Reel;
