//! Where in its clip a camera is, lap after lap.

use std::time::Duration;

use crate::time::Timestamp;

use super::Clip;
use super::camera::Join;
use super::clip::Unit;

/// A client waits so long for the camera's next keyframe; if that is further
/// off, the last one is begun anew for it, so that it has a picture soon.
const JOIN_WAIT_MAX: Duration = Duration::from_millis(2500);

/// A client's place in the clip.
#[derive(Clone, Copy, Debug)]
pub(super) struct Playhead {
    /// When the first lap's first picture was, or would have been, due.
    started: Timestamp,
    lap: u64,
    at: usize,
}

impl Playhead {
    /// The keyframe with which a client begins that comes at `now` to a camera on air since `started`.
    pub(super) fn join(clip: &Clip, started: Timestamp, now: Timestamp, join: Join) -> Self {
        let on_air_us = now.since(started).as_micros() as u64;
        let (lap, place_us) = (on_air_us / clip.lap_us(), on_air_us % clip.lap_us());
        let units = clip.units();
        let next = units.partition_point(|unit| unit.sent_us < place_us);
        let next_keyframe = (next..units.len()).find(|at| units[*at].keyframe);
        // The first unit is a keyframe, so the next lap always begins with one.
        let (next_lap, at) = next_keyframe.map_or((lap + 1, 0), |at| (lap, at));
        let coming = Self { started, lap: next_lap, at };
        if join == Join::InStep || coming.due(clip).since(now) <= JOIN_WAIT_MAX {
            return coming;
        }
        let at = (0..next).rev().find(|at| units[*at].keyframe).unwrap_or(0);
        let since_lap_began = Duration::from_micros(units[at].sent_us);
        Self { started: now - since_lap_began, lap: 0, at }
    }

    pub(super) fn unit(self, clip: &Clip) -> &Unit {
        &clip.units()[self.at]
    }

    pub(super) fn due(self, clip: &Clip) -> Timestamp {
        let micros = self.lap * clip.lap_us() + self.unit(clip).sent_us;
        self.started + Duration::from_micros(micros)
    }

    /// The picture's place on the client's own time line, in 90 kHz ticks.
    pub(super) fn ticks(self, clip: &Clip) -> u32 {
        ticks(self.lap * clip.lap_us() + self.unit(clip).shown_us)
    }

    /// The tick of a picture taken at `now`. A codec that looks ahead sends a
    /// picture before its showing time, but no camera before its taking.
    pub(super) fn ticks_at(self, clip: &Clip, now: Timestamp) -> u32 {
        ticks(now.since(self.started).as_micros() as u64 + clip.ahead_us())
    }

    pub(super) fn advance(&mut self, clip: &Clip) {
        self.at += 1;
        if self.at == clip.units().len() {
            (self.lap, self.at) = (self.lap + 1, 0);
        }
    }
}

fn ticks(micros: u64) -> u32 {
    (u128::from(micros) * 9 / 100) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_secs(1000);

    /// 250 pictures in 10 s.
    fn join_after(gop: usize, on_air_ms: u64, join: Join) -> (usize, u64) {
        let clip = Clip::scripted(250, gop);
        let now = START + Duration::from_millis(on_air_ms);
        let head = Playhead::join(&clip, START, now, join);
        assert!(head.unit(&clip).keyframe);
        (head.at, head.due(&clip).since(now).as_millis() as u64)
    }

    #[test]
    fn waits_for_the_next_keyframe_when_it_is_near() {
        assert_eq!(join_after(50, 500, Join::Soon), (50, 1500));
        assert_eq!(join_after(50, 0, Join::Soon), (0, 0));
        assert_eq!(join_after(50, 25_000 + 8_500, Join::Soon), (100, 500));
        assert_eq!(join_after(50, 9_500, Join::Soon), (0, 500));
    }

    #[test]
    fn begins_the_last_keyframe_anew_when_the_next_is_far() {
        assert_eq!(join_after(250, 4_000, Join::Soon), (0, 0));
        assert_eq!(join_after(125, 16_000, Join::Soon), (125, 0));
        assert_eq!(join_after(250, 4_000, Join::InStep), (0, 6_000));
    }

    #[test]
    fn time_stamps_go_on_over_the_loop() {
        let clip = Clip::scripted(4, 4);
        let mut head = Playhead::join(&clip, START, START, Join::Soon);
        let mut ticks = Vec::new();
        for _ in 0..9 {
            ticks.push(head.ticks(&clip));
            assert_eq!(head.ticks_at(&clip, head.due(&clip)), head.ticks(&clip));
            head.advance(&clip);
        }
        assert!(ticks.windows(2).all(|pair| pair[1] - pair[0] == 3600), "{ticks:?}");
    }
}
