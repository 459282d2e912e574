//! What stands where, and since when: stays, kept by place, kind and looks.

mod id;

pub use id::StayId;
