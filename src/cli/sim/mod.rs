//! `xunjie sim`: cameras that are not there, and the street that they show.

mod crew;
mod pictures;
mod render;
mod scenarios;
mod serve;
mod shelf;

pub(crate) use pictures::PicturesArgs;
pub(crate) use pictures::pictures;
pub(crate) use render::RenderArgs;
pub(crate) use render::render;
pub(crate) use scenarios::ScenariosArgs;
pub(crate) use scenarios::scenarios;
pub(crate) use serve::ServeArgs;
pub(crate) use serve::serve;
pub(crate) use shelf::Wanted;
pub(crate) use shelf::clips;
