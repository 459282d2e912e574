//! Cameras that are not there: clips served over RTSP, clips replayed, alerts held against the truth.
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
mod replay;
mod reply;
mod report;
mod request;
mod score;
mod sdp;
mod server;
mod session;
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
pub use replay::ReplayError;
pub use replay::ReplaySettings;
pub use replay::Replayed;
pub use replay::replay;
pub use score::Alert;
pub use score::Score;
pub use score::Tallies;
pub use score::Tally;
pub use score::Truth;
pub use score::tally;
pub use server::Figures;
pub use server::Server;
pub use server::ServerSettings;
