//! Cameras that are not there: clips served over RTSP, clips replayed, alerts held against the truth.

mod replay;
mod rtsp;
mod score;
mod street;

pub use replay::ReplayError;
pub use replay::ReplaySettings;
pub use replay::Replayed;
pub use replay::replay;
pub use rtsp::Clip;
pub use rtsp::Fault;
pub use rtsp::Figures;
pub use rtsp::Join;
pub use rtsp::Login;
pub use rtsp::LoginScheme;
pub use rtsp::Server;
pub use rtsp::ServerSettings;
pub use rtsp::SimCamera;
pub use rtsp::SimError;
pub use rtsp::VideoCodec;
pub use score::Alert;
pub use score::Score;
pub use score::Tallies;
pub use score::Tally;
pub use score::Truth;
pub use score::tally;
pub use street::FilmError;
pub use street::FilmSettings;
pub use street::Filmed;
pub use street::PicturesSettings;
pub use street::Script;
pub use street::ScriptError;
pub use street::film;
pub use street::scenario;
pub use street::scenarios;
pub use street::take_pictures;
