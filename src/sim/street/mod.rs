//! A simulated street seen by a fixed camera, with its truth known to the pixel.

mod canvas;
mod conditions;
mod daylight;
mod filming;
mod lens;
mod light;
mod mesh;
mod place;
mod scenery;
mod shapes;
mod story;
mod thing;
mod things;
mod trouble;
mod view;
mod weather;

pub use filming::FilmError;
pub use filming::FilmRate;
pub use filming::FilmSettings;
pub use filming::Filmed;
pub use filming::PicturesSettings;
pub use filming::film;
pub use filming::take_pictures;
pub use story::Script;
pub use story::ScriptError;
pub use story::all as scenarios;
pub use story::named as scenario;
