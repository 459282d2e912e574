//! The street: cameras are put up, changed and taken down while the others go on.

use std::sync::Arc;
use std::sync::Weak;

use jiff::tz::TimeZone;

use crate::config;
use crate::config::CameraConfig;
use crate::ingest::CameraAddress;
use crate::ingest::CameraId;
use crate::ingest::CameraSettings;
use crate::ingest::CameraUri;
use crate::ingest::CameraUriError;
use crate::ingest::Fleet;
use crate::ingest::Schedule;
use crate::ingest::Shots;
use crate::ingest::SourceChoice;
use crate::ingest::Transport;
use crate::rules::GateSettings;
use crate::rules::Zone;
use crate::runtime::Secret;
use crate::store::Store;

use super::StartError;
use super::drawing::DrawnZones;
use super::post::Beat;
use super::post::Post;
use super::post::Posts;
use super::second::SecondStream;

/// All that a camera has a part in.
pub(super) struct Street {
    pub(super) fleet: Weak<Fleet>,
    pub(super) schedule: Arc<Schedule>,
    pub(super) posts: Arc<Posts>,
    pub(super) store: Arc<Store>,
    pub(super) shots: Arc<Shots>,
    pub(super) time_zone: TimeZone,
}

/// A camera, its zones and its beat.
pub(super) struct Watched {
    settings: CameraSettings,
    /// The second stream, if it has one.
    evidence: Option<CameraSettings>,
    zones: Vec<Zone>,
    beat: Beat,
}

impl Street {
    /// Gives the camera its post, its slot and its place in the fleet.
    ///
    /// # Errors
    /// When the store cannot be read, or there is such a camera.
    pub(super) fn open(&self, camera: &Watched) -> Result<(), StartError> {
        let Some(fleet) = self.fleet.upgrade() else { return Ok(()) };
        let id = camera.id();
        let snapshot = self.store.load_snapshot(id)?;
        let (zones, time_zone) = (camera.zones.clone(), self.time_zone.clone());
        let post = Post::new(id.clone(), zones, time_zone, camera.beat, snapshot.as_deref());
        let post = post.with_second(self.second(camera));
        let slot = self.schedule.add(id.clone(), post.asked());
        self.posts.add(slot, post);
        let schedule = Arc::clone(&self.schedule);
        let offer = Arc::new(move |keyframe| schedule.offer(slot, keyframe));
        Ok(fleet.add(camera.settings.clone(), offer)?)
    }

    /// Has the camera go on as `new` where it was `old`. It is connected anew
    /// only if it is received otherwise. Its zones are not looked at.
    pub(super) fn change(&self, old: &Watched, new: &Watched) {
        let id = new.id();
        if let (Some(station), Some(slot)) = (self.posts.of(id), self.posts.slot_of(id)) {
            if old.beat != new.beat {
                self.schedule.ask(slot, station.rebeat(new.beat));
            }
            if old.evidence != new.evidence {
                station.take_second(self.second(new));
            }
        }
        if old.settings != new.settings
            && let Some(fleet) = self.fleet.upgrade()
            && let Err(error) = fleet.replace(new.settings.clone())
        {
            tracing::error!(camera = %id, %error, "the camera is not connected anew");
        }
    }

    /// Takes the camera down, and with it what stands before it. Its cases stay.
    pub(super) fn close(&self, id: &CameraId) {
        if let Some(fleet) = self.fleet.upgrade()
            && let Err(error) = fleet.remove(id)
        {
            tracing::error!(camera = %id, %error, "the camera is not closed");
        }
        if let Some(slot) = self.posts.slot_of(id) {
            self.posts.remove(slot);
            self.schedule.remove(slot);
        }
    }

    fn second(&self, camera: &Watched) -> Option<SecondStream> {
        let settings = camera.evidence.clone()?;
        Some(SecondStream::new(Arc::clone(&self.shots), settings))
    }
}

impl Watched {
    /// The camera as it is configured, with the zones that were drawn for it.
    ///
    /// # Errors
    /// When an address is none.
    pub(super) fn new(camera: &CameraConfig, drawn: &DrawnZones) -> Result<Self, StartError> {
        let settings = camera_settings(camera)?;
        let gates = GateSettings { on: camera.gates, look_at_least: camera.look_at_least };
        let beat = Beat { interval: camera.interval, gates, gone_after: camera.gone_after };
        let evidence = camera.evidence.as_ref().map(|uri| evidence_settings(&settings, uri));
        let evidence = evidence.transpose()?;
        let zones = drawn.of(&camera.id).unwrap_or_else(|| camera.zones.clone());
        Ok(Self { settings, evidence, zones, beat })
    }

    pub(super) const fn id(&self) -> &CameraId {
        &self.settings.id
    }
}

/// The camera as the fleet knows it.
pub(super) fn camera_settings(camera: &CameraConfig) -> Result<CameraSettings, StartError> {
    let address = match &camera.address {
        config::CameraAddress::Pipeline(description) => {
            CameraAddress::Pipeline(description.expose().to_owned())
        }
        config::CameraAddress::Uri(uri) => uri_address(&camera.id, uri)?,
    };
    Ok(CameraSettings {
        enabled: camera.enabled,
        source: match camera.source {
            config::SourceChoice::Auto => SourceChoice::Auto,
            config::SourceChoice::Rtsp => SourceChoice::Rtsp,
            config::SourceChoice::Gstreamer => SourceChoice::Gstreamer,
        },
        transport: match camera.transport {
            config::Transport::Tcp => Transport::Tcp,
            config::Transport::Udp => Transport::Udp,
        },
        stall_limit: camera.stall_limit,
        connect_timeout: camera.connect_timeout,
        ..CameraSettings::new(camera.id.clone(), address)
    })
}

/// The second stream, received as the first is. A receiver that is forced on
/// the first may not be able to read the second.
fn evidence_settings(first: &CameraSettings, uri: &Secret) -> Result<CameraSettings, StartError> {
    let source = match first.source {
        SourceChoice::Gstreamer => SourceChoice::Gstreamer,
        SourceChoice::Auto | SourceChoice::Rtsp => SourceChoice::Auto,
    };
    Ok(CameraSettings { address: uri_address(&first.id, uri)?, source, ..first.clone() })
}

fn uri_address(id: &CameraId, uri: &Secret) -> Result<CameraAddress, StartError> {
    let fault = |error: CameraUriError| StartError::Camera {
        id: id.to_string(),
        reason: error.to_string(),
    };
    CameraUri::parse(uri.expose()).map(CameraAddress::Uri).map_err(fault)
}
