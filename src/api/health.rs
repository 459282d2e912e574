//! Health is progress, not a pulse: whether looks move, and who holds them up.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::ingest::CameraId;
use crate::ingest::CameraPhase;
use crate::time::Timestamp;

use super::CameraReport;
use super::Progress;

/// After a start, cameras may take this long to come up before it counts.
const START_GRACE: Duration = Duration::from_secs(30);
/// Looks may always pause this long: keyframes come seldom, and in bursts.
const SILENCE_MIN: Duration = Duration::from_secs(30);
/// A camera that waits for more than so many of its intervals is starved.
const INTERVALS_MISSED_MAX: f64 = 5.0;
/// Deliveries that wait longer mean that the desk does not hear of its cases.
const DELIVERY_WAIT_MAX: Duration = Duration::from_secs(60);
/// With fewer of its cameras live, the city as a whole goes unwatched.
const LIVE_SHARE_MIN: f64 = 0.5;
/// One answer names so many ill cameras; the list of cameras has them all.
const NAMED_MAX: usize = 100;

/// The answer to "is it well?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    Ok,
    /// It does its work, but not for every camera or not to the end.
    Degraded,
    /// It does not do its work.
    Ill,
}

/// The state of the whole, with its reasons.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Health {
    pub state: HealthState,
    /// In plain words, gravest first; empty when all is well.
    pub reasons: Vec<String>,
    pub cameras: CameraCount,
    /// Those that should be live and are not, or that are starved; at most 100 are named.
    pub ill_cameras: Vec<IllCamera>,
    #[serde(flatten)]
    pub progress: Progress,
}

/// How many cameras are in which phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CameraCount {
    pub total: usize,
    pub live: usize,
    pub connecting: usize,
    pub stalled: usize,
    pub lost: usize,
    pub refused: usize,
    pub disabled: usize,
}

/// A camera that is not watched, and why.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct IllCamera {
    pub camera_id: CameraId,
    pub phase: CameraPhase,
    pub reason: String,
    pub since: Timestamp,
}

impl Health {
    /// Weighs what cameras and parts say at the instant `now`.
    #[must_use]
    pub fn judge(cameras: &[CameraReport], progress: Progress, now: Timestamp) -> Self {
        let count = CameraCount::of(cameras);
        let mut ill_cameras: Vec<_> =
            cameras.iter().filter_map(|camera| illness(camera, &progress, now)).collect();
        let grave = grave_reasons(cameras, count, &progress, now);
        let light = light_reasons(count, ill_cameras.len(), &progress, now);
        let state = match (grave.is_empty(), light.is_empty()) {
            (false, _) => HealthState::Ill,
            (true, false) => HealthState::Degraded,
            (true, true) => HealthState::Ok,
        };
        ill_cameras.truncate(NAMED_MAX);
        let reasons = grave.into_iter().chain(light).collect();
        Self { state, reasons, cameras: count, ill_cameras, progress }
    }
}

impl CameraCount {
    fn of(cameras: &[CameraReport]) -> Self {
        let mut count = Self { total: cameras.len(), ..Self::default() };
        for camera in cameras {
            *match camera.status.phase {
                CameraPhase::Live => &mut count.live,
                CameraPhase::Connecting => &mut count.connecting,
                CameraPhase::Stalled => &mut count.stalled,
                CameraPhase::Lost => &mut count.lost,
                CameraPhase::Refused => &mut count.refused,
                CameraPhase::Disabled => &mut count.disabled,
            } += 1;
        }
        count
    }

    fn wanted(self) -> usize {
        self.total - self.disabled
    }
}

/// What is wrong with a camera; nothing with one that is live and looked at, or switched off.
fn illness(camera: &CameraReport, progress: &Progress, now: Timestamp) -> Option<IllCamera> {
    let status = &camera.status;
    let reason = match status.phase {
        CameraPhase::Disabled => return None,
        CameraPhase::Connecting if now.since(status.since) < START_GRACE => return None,
        CameraPhase::Live => starvation(camera, progress, now)?,
        _ => status.reason.clone(),
    };
    let (camera_id, phase, since) = (status.camera_id.clone(), status.phase, status.since);
    Some(IllCamera { camera_id, phase, reason, since })
}

fn starvation(camera: &CameraReport, progress: &Progress, now: Timestamp) -> Option<String> {
    let last = camera.last_look_at.unwrap_or(progress.started_at).max(camera.status.since);
    let interval_s = camera.kept_interval_s.unwrap_or(0.0).max(camera.asked_interval_s);
    let wait = now.since(last);
    let wait_max = SILENCE_MIN.as_secs_f64().max(INTERVALS_MISSED_MAX * interval_s);
    (wait.as_secs_f64() > wait_max).then(|| format!("live, but not looked at for {}", whole(wait)))
}

/// Why it does not do its work.
fn grave_reasons(
    cameras: &[CameraReport],
    count: CameraCount,
    progress: &Progress,
    now: Timestamp,
) -> Vec<String> {
    let mut reasons = progress.problems.clone();
    let live = |camera: &&CameraReport| camera.status.phase == CameraPhase::Live;
    let starved = |camera: &CameraReport| starvation(camera, progress, now).is_some();
    if count.live > 0 && cameras.iter().filter(live).all(starved) {
        let wait = now.since(progress.last_look_at.unwrap_or(progress.started_at));
        reasons.push(format!(
            "no picture was looked at for {} though {} cameras are live",
            whole(wait),
            count.live
        ));
    }
    let up_long_enough = now.since(progress.started_at) >= START_GRACE;
    if up_long_enough && (count.live as f64) < LIVE_SHARE_MIN * count.wanted() as f64 {
        reasons.push(format!("only {} of {} cameras are live", count.live, count.wanted()));
    }
    reasons
}

/// Why it does not do all of its work.
fn light_reasons(
    count: CameraCount,
    ill: usize,
    progress: &Progress,
    now: Timestamp,
) -> Vec<String> {
    let mut reasons = Vec::new();
    if count.wanted() == 0 {
        reasons.push("no camera is switched on".to_owned());
    }
    if ill > 0 {
        reasons.push(format!("{ill} of {} cameras are ill", count.wanted()));
    }
    let wait = progress.oldest_delivery_at.map(|at| now.since(at)).unwrap_or_default();
    if wait > DELIVERY_WAIT_MAX {
        let waiting = progress.deliveries_waiting;
        reasons.push(format!("{waiting} deliveries wait, the oldest for {}", whole(wait)));
    }
    if progress.dead_letters > 0 {
        reasons.push(format!("{} deliveries were given up", progress.dead_letters));
    }
    reasons
}

fn whole(length: Duration) -> String {
    format!("{} s", length.as_secs())
}

#[cfg(test)]
mod tests {
    use crate::api::scripted::camera;
    use crate::api::scripted::progress;

    use super::*;

    const START: Timestamp = Timestamp::from_secs(1_000_000);

    fn check(cameras: &[CameraReport], progress: Progress, state: HealthState, reasons: &[&str]) {
        let health = Health::judge(cameras, progress, START + Duration::from_secs(600));
        assert_eq!(health.reasons, reasons);
        assert_eq!(health.state, state);
    }

    /// A camera in `phase`, last looked at so many seconds before the judgement.
    fn looked_at(id: &str, phase: CameraPhase, before_s: u64) -> CameraReport {
        let mut camera = camera(id, phase, START);
        camera.last_look_at = Some(START + Duration::from_secs(600 - before_s));
        camera
    }

    #[test]
    fn is_well_when_every_camera_is_looked_at() {
        let cameras = [looked_at("a", CameraPhase::Live, 3), looked_at("b", CameraPhase::Live, 9)];
        check(&cameras, progress(START), HealthState::Ok, &[]);
    }

    #[test]
    fn one_dead_camera_degrades_and_is_named_with_its_reason() {
        let mut cameras: Vec<_> =
            ["a", "b", "c"].map(|id| looked_at(id, CameraPhase::Live, 3)).into();
        cameras.push(looked_at("d", CameraPhase::Lost, 200));
        check(&cameras, progress(START), HealthState::Degraded, &["1 of 4 cameras are ill"]);
        let health = Health::judge(&cameras, progress(START), START + Duration::from_secs(600));
        assert_eq!(health.ill_cameras[0].camera_id.as_str(), "d");
        assert_eq!(health.ill_cameras[0].reason, "no answer from 10.0.0.7:554");
    }

    #[test]
    fn a_camera_that_is_live_but_starved_is_ill() {
        let cameras = [looked_at("a", CameraPhase::Live, 3), looked_at("b", CameraPhase::Live, 31)];
        check(&cameras, progress(START), HealthState::Degraded, &["1 of 2 cameras are ill"]);
    }

    #[test]
    fn a_long_interval_is_no_starvation() {
        let mut camera = looked_at("a", CameraPhase::Live, 90);
        camera.kept_interval_s = Some(20.0);
        check(&[camera], progress(START), HealthState::Ok, &[]);
    }

    #[test]
    fn is_ill_when_nothing_moves_though_cameras_are_live() {
        let cameras =
            [looked_at("a", CameraPhase::Live, 45), looked_at("b", CameraPhase::Live, 50)];
        let mut progress = progress(START);
        progress.last_look_at = cameras[0].last_look_at;
        let reasons = [
            "no picture was looked at for 45 s though 2 cameras are live",
            "2 of 2 cameras are ill",
        ];
        check(&cameras, progress, HealthState::Ill, &reasons);
    }

    #[test]
    fn is_ill_when_most_cameras_are_gone() {
        let cameras = [
            looked_at("a", CameraPhase::Live, 3),
            looked_at("b", CameraPhase::Refused, 300),
            looked_at("c", CameraPhase::Stalled, 300),
            looked_at("d", CameraPhase::Disabled, 300),
        ];
        let reasons = ["only 1 of 3 cameras are live", "2 of 3 cameras are ill"];
        check(&cameras, progress(START), HealthState::Ill, &reasons);
    }

    #[test]
    fn gives_cameras_time_to_come_up_after_a_start() {
        let cameras = [camera("a", CameraPhase::Connecting, START)];
        let health = Health::judge(&cameras, progress(START), START + Duration::from_secs(29));
        assert_eq!(health.state, HealthState::Ok);
        let health = Health::judge(&cameras, progress(START), START + Duration::from_secs(31));
        assert_eq!(health.state, HealthState::Ill);
    }

    #[test]
    fn says_when_the_desk_does_not_hear_of_its_cases() {
        let mut progress = progress(START);
        (progress.deliveries_waiting, progress.dead_letters) = (3, 2);
        progress.oldest_delivery_at = Some(START + Duration::from_secs(500));
        let reasons = ["3 deliveries wait, the oldest for 100 s", "2 deliveries were given up"];
        check(&[looked_at("a", CameraPhase::Live, 3)], progress, HealthState::Degraded, &reasons);
    }

    #[test]
    fn passes_on_what_a_part_says_of_itself() {
        let mut progress = progress(START);
        progress.problems.push("the disk of data/ is full".to_owned());
        let cameras = [looked_at("a", CameraPhase::Live, 3)];
        check(&cameras, progress, HealthState::Ill, &["the disk of data/ is full"]);
    }

    #[test]
    fn names_a_bounded_number_of_ill_cameras() {
        let cameras: Vec<_> =
            (0..2_000).map(|i| looked_at(&format!("c{i}"), CameraPhase::Lost, 300)).collect();
        let health = Health::judge(&cameras, progress(START), START + Duration::from_secs(600));
        assert_eq!(health.ill_cameras.len(), NAMED_MAX);
        assert_eq!(health.cameras.lost, 2_000);
    }
}
