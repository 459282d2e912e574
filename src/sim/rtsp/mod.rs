//! An RTSP server of simulated cameras: clips sent as they are, with the failings of real ones.
//!
//! A served clip is read and cut into RTP packets once and shared by every
//! camera that shows it; only the packets' headers are written anew for each
//! client. A camera is on air whether or not anyone watches, as real ones are,
//! and can be made to fail in the ways that real ones do.

mod camera;
mod clip;
mod codec;
mod connection;
mod error;
mod fault;
mod login;
mod order;
mod outbox;
mod packets;
mod playhead;
mod reader;
mod reply;
mod report;
mod request;
mod sdp;
mod server;
mod session;
mod smaller;
mod timing;
mod transport;
#[cfg(test)]
mod tests;

pub use camera::Join;
pub use camera::SimCamera;
pub use clip::Clip;
pub use codec::VideoCodec;
pub use error::SimError;
pub use fault::Fault;
pub use login::Login;
pub use login::LoginScheme;
pub use server::Figures;
pub use server::Server;
pub use server::ServerSettings;
