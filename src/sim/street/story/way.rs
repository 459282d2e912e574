//! How a thing moves: where it is at any time, in closed form.

use std::f32::consts::PI;
use std::sync::Arc;

use glam::Vec2;

use crate::sim::street::place::Spot;

/// How gently a driver brakes to a stand and pulls out, in m/s².
const BRAKING: f32 = 1.9;
const PULLING: f32 = 1.5;
/// Over what length a vehicle changes from its lane to the kerb, in metres.
const PULL_IN_M: f32 = 13.0;
/// Metres of way in one turn of a wheel, and in one double step.
const WHEEL_M: f32 = 2.0;
const STEP_M: f32 = 1.4;

/// A moment of a way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Placed {
    pub at: Vec2,
    pub heading: f32,
    /// Turns of the gait or the wheels.
    pub phase: f32,
    pub moving: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Way {
    Still(Spot),
    /// From the lane to a stand at the spot, at `stops` seconds.
    PullIn {
        spot: Spot,
        lane_y: f32,
        direction: f32,
        speed: f32,
        stops: f32,
    },
    /// From the spot back to the lane.
    PullOut {
        spot: Spot,
        lane_y: f32,
        direction: f32,
        speed: f32,
        starts: f32,
    },
    /// Along corners on foot (or pushed) at one speed, standing at the ends.
    Walk {
        corners: Vec<Vec2>,
        speed: f32,
        starts: f32,
    },
    /// In a lane, as the traffic lets it: places at even steps of time.
    Driven(Arc<Driven>),
}

/// What came of the traffic for one vehicle.
#[derive(Clone, Debug)]
pub(crate) struct Driven {
    pub starts: f32,
    pub step: f32,
    pub places: Vec<Vec2>,
    pub direction: f32,
}

impl Way {
    pub(crate) fn walk(corners: Vec<Vec2>, speed: f32, starts: f32) -> Self {
        Self::Walk { corners, speed, starts }
    }

    /// How long a walk takes, in seconds; others last as long as they are asked for.
    pub(crate) fn lasts(&self) -> f32 {
        match self {
            Self::Walk { corners, speed, .. } => length_of(corners) / speed,
            Self::Driven(driven) => driven.step * driven.places.len() as f32,
            _ => 0.0,
        }
    }

    pub(crate) fn at(&self, time: f32) -> Placed {
        match self {
            Self::Still(spot) => {
                Placed { at: spot.at, heading: spot.heading, phase: 0.0, moving: false }
            }
            Self::PullIn { spot, lane_y, direction, speed, stops } => {
                let left = driven_in((stops - time).max(0.0), *speed, BRAKING);
                beside_lane(spot, *lane_y, *direction, -left)
            }
            Self::PullOut { spot, lane_y, direction, speed, starts } => {
                let gone = driven_in((time - starts).max(0.0), *speed, PULLING);
                beside_lane(spot, *lane_y, *direction, gone)
            }
            Self::Walk { corners, speed, starts } => walked(corners, (time - starts) * speed),
            Self::Driven(driven) => driven.at(time),
        }
    }
}

/// The way made in `time` from a stand up to `speed`, or braking from it.
fn driven_in(time: f32, speed: f32, change: f32) -> f32 {
    let until = speed / change;
    if time <= until {
        change * time * time / 2.0
    } else {
        speed * until / 2.0 + speed * (time - until)
    }
}

/// `ahead` metres past the spot (before it if negative), on the way between it and its lane.
fn beside_lane(spot: &Spot, lane_y: f32, direction: f32, ahead: f32) -> Placed {
    let share = (ahead.abs() / PULL_IN_M).min(1.0);
    let eased = share * share * (3.0 - 2.0 * share);
    let across = lane_y - spot.at.y;
    let slope = across * 6.0 * share * (1.0 - share) / PULL_IN_M * ahead.signum();
    let at = spot.at + Vec2::new(ahead * direction, across * eased);
    let lane = if direction > 0.0 { 0.0 } else { PI };
    // Berths may be slanted: the stand's own heading is taken up over the last metres.
    let bent = turned_to(lane, spot.heading) * (1.0 - eased).powi(3);
    let heading = lane + slope * direction + bent;
    Placed { at, heading, phase: ahead / WHEEL_M, moving: ahead != 0.0 }
}

/// The way from one heading to another, the shorter way round; a spot may be written the
/// other way round too.
fn turned_to(from: f32, to: f32) -> f32 {
    let turned = (to - from).rem_euclid(PI);
    if turned > PI / 2.0 { turned - PI } else { turned }
}

fn length_of(corners: &[Vec2]) -> f32 {
    corners.windows(2).map(|pair| pair[0].distance(pair[1])).sum()
}

fn walked(corners: &[Vec2], distance: f32) -> Placed {
    let mut left = distance.max(0.0);
    let phase = distance.clamp(0.0, length_of(corners)) / STEP_M;
    let mut heading = 0.0;
    for pair in corners.windows(2) {
        let step = pair[1] - pair[0];
        let length = step.length();
        if length < 1e-3 {
            continue;
        }
        heading = step.to_angle();
        if left <= length {
            let at = pair[0] + step * (left / length);
            return Placed { at, heading, phase, moving: distance > 0.0 };
        }
        left -= length;
    }
    let at = corners.last().copied().unwrap_or_default();
    Placed { at, heading, phase, moving: false }
}

impl Driven {
    fn at(&self, time: f32) -> Placed {
        let last = self.places.len().saturating_sub(1);
        let step = ((time - self.starts) / self.step).clamp(0.0, last as f32);
        let before = step.floor() as usize;
        let [from, to] = [before, (before + 1).min(last)].map(|at| self.places[at]);
        let moved = to - from;
        let lane = if self.direction > 0.0 { 0.0 } else { PI };
        let moving = moved.x.abs() > 0.02 * self.step;
        let slope = if moving { (moved.y / moved.x).clamp(-0.5, 0.5) } else { 0.0 };
        let at = from + moved * step.fract();
        Placed { at, heading: lane + slope.atan(), phase: at.x * self.direction / WHEEL_M, moving }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SPOT: Spot = Spot { at: Vec2::new(10.0, -4.0), heading: 0.0, floor_m: 0.0 };

    proptest! {
        #[test]
        fn who_pulls_in_stops_at_the_spot_without_a_jump(time in 0.0_f32..30.0, back: bool) {
            let direction = if back { -1.0 } else { 1.0 };
            let way = Way::PullIn { spot: SPOT, lane_y: -1.7, direction, speed: 9.0, stops: 20.0 };
            let [now, soon] = [time, time + 0.1].map(|time| way.at(time));
            prop_assert!(now.at.distance(soon.at) < 1.2, "{now:?} {soon:?}");
            prop_assert!((way.at(20.0).at - SPOT.at).length() < 1e-3);
            prop_assert!(way.at(25.0).heading.rem_euclid(PI) < 1e-3);
        }
    }

    #[test]
    fn a_walk_goes_past_its_corners_and_ends() {
        let way = Way::walk(vec![Vec2::ZERO, Vec2::X * 4.0, Vec2::new(4.0, 3.0)], 1.0, 2.0);
        assert_eq!(way.at(6.0).at, Vec2::new(4.0, 0.0));
        assert!((way.lasts() - 7.0).abs() < 1e-5);
        assert!(!way.at(30.0).moving);
    }
}
