//! What stands where, and since when: stays, kept by place, kind and looks.

mod bins;
mod change;
mod family;
mod heaps;
mod id;
mod looks;
mod matching;
mod past;
mod settings;
mod small;
mod stay;
mod stays;
mod stream;
mod sureness;
mod unseen;
mod view;
mod votes;

pub use change::Change;
pub use change::ChangeGauge;
pub use family::Family;
pub use id::StayId;
pub use looks::Looks;
pub use looks::Luma;
pub use settings::StaySettings;
pub use small::SmallPicture;
pub use stay::Stay;
pub use stays::Mover;
pub use stays::Sight;
pub use stays::Stays;
pub use stream::StreamGauge;
pub use view::View;
pub use view::ViewState;
