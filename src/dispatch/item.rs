//! What the way reports to the desk.

use crate::cases::EvidenceContext;
use crate::cases::LookTimes;
use crate::cases::Picture;
use crate::ingest::CameraId;
use crate::rules::Incident;
use crate::time::Timestamp;

/// One report. A camera's reports are written in the order in which they are
/// sent, so that a snapshot never tells of a case that was not filed.
#[derive(Clone, Debug)]
pub enum DeskItem {
    /// An incident was proved.
    File {
        camera: CameraId,
        incident: Incident,
        /// Of the picture that proved it.
        times: LookTimes,
        /// As many of A, B and C as there are.
        pictures: Vec<Picture>,
        context: EvidenceContext,
    },
    /// A filed one still stands. May be sent at every look.
    Update {
        camera: CameraId,
        incident: Incident,
        /// Those that the filing had not, such as C.
        pictures: Vec<Picture>,
    },
    /// A filed one is gone.
    Clear { camera: CameraId, incident: Incident, cleared_at: Timestamp, pictures: Vec<Picture> },
    /// What stands before a camera now, in bytes that the desk does not read.
    Snapshot { camera: CameraId, bytes: Vec<u8> },
}
