//! Whether the camera still shows its street: covered, frozen, turned and blurred pictures judge nothing.

use std::time::Duration;

use serde::Serialize;

use crate::geometry::BoxInImage;
use crate::time::Timestamp;

use super::Looks;
use super::SmallPicture;

/// Standard deviation (of 0–255) below which a whole picture shows nothing.
const DEVIATION_MIN: f32 = 6.0;
/// A live sensor never gives the very same picture for this long.
const FROZEN_AFTER: Duration = Duration::from_secs(300);
const FROZEN_LOOKS_MIN: u32 = 10;
/// One whose noise is seen everywhere never gives it so many times in a row.
const FROZEN_NOISY_LOOKS: u32 = 3;
/// Share of samples that usually differ from the look before where noise is seen everywhere: 0.34 to
/// 0.97 in the median look of nine clips of real cameras, a look a second, and 0.01 in the least.
/// In pictures without noise they differ only where something moves.
const NOISY_SHARE: f32 = 0.15;
/// How fast the usual share of differing samples follows, a look.
const DIFFERENCE_SHARE: f32 = 0.1;
/// Blocks in which the view is compared with before.
const BLOCK_COLUMNS: u8 = 6;
const BLOCK_ROWS: u8 = 4;
const BLOCK_LIKENESS_MIN: f32 = 0.4;
/// Fewer blocks with any contrast cannot tell a turned camera.
const BLOCKS_MIN: usize = 6;
/// Share of changed blocks from which the camera looks elsewhere.
const TURNED_SHARE: f32 = 0.75;
/// A new view that holds for this long is taken as the camera's view.
const SETTLED_AFTER: Duration = Duration::from_secs(60);
/// Sharpness below this share of the usual is out of focus.
const BLURRED_SHARE: f32 = 0.45;
/// How fast the usual sharpness follows, a look.
const SHARPNESS_SHARE: f32 = 0.02;

/// What the camera shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewState {
    Good,
    /// Black, white, fog or a hand: nothing to be seen.
    Covered,
    /// The same picture, to the last bit, for longer than a live camera gives it.
    Frozen,
    /// The camera looks elsewhere; its zones no longer fit.
    Turned,
    /// Out of focus.
    Blurred,
}

impl ViewState {
    /// For the operator.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Good => "",
            Self::Covered => "the picture shows nothing: covered, blinded or dark",
            Self::Frozen => {
                "the picture is frozen: it comes again and again, the same to the last bit"
            }
            Self::Turned => "the camera looks elsewhere than before: its zones may no longer fit",
            Self::Blurred => "the picture is out of focus",
        }
    }
}

/// Compares each look with the looks before.
#[derive(Clone, Debug, Default)]
pub struct View {
    last: Option<SmallPicture>,
    reference: Option<SmallPicture>,
    same_since: Option<(Timestamp, u32)>,
    /// Share of samples that usually differ from the look before.
    usual_difference: f32,
    turned_since: Option<Timestamp>,
    sharpness: Option<f32>,
}

impl View {
    /// Judges a look; true in the second place if a new view has been taken
    /// as the camera's own, so that what stood in the old one is void.
    pub fn look(&mut self, at: Timestamp, picture: &SmallPicture) -> (ViewState, bool) {
        let (state, adopted) = self.judge(at, picture);
        if state == ViewState::Good {
            self.reference = Some(picture.clone());
            self.turned_since = None;
            let now = sharpness(picture);
            let usual = self.sharpness.get_or_insert(now);
            *usual += (now - *usual) * SHARPNESS_SHARE;
        }
        self.last = Some(picture.clone());
        (state, adopted)
    }

    /// The clock was set back by so much: times noted before go with it.
    pub fn set_back(&mut self, by: Duration) {
        self.same_since = self.same_since.map(|(at, looks)| (at - by, looks));
        self.turned_since = self.turned_since.map(|at| at - by);
    }

    fn judge(&mut self, at: Timestamp, picture: &SmallPicture) -> (ViewState, bool) {
        if deviation(picture) < DEVIATION_MIN {
            return (ViewState::Covered, false);
        }
        if self.is_frozen(at, picture) {
            return (ViewState::Frozen, false);
        }
        let turned =
            self.reference.as_ref().is_some_and(|before| shows_another_view(before, picture));
        if turned {
            let steady = self.last.as_ref().is_some_and(|last| !shows_another_view(last, picture));
            let since = *self.turned_since.get_or_insert(at);
            if !steady {
                self.turned_since = Some(at);
            } else if at.since(since) >= SETTLED_AFTER {
                self.sharpness = None;
                return (ViewState::Good, true);
            }
            return (ViewState::Turned, false);
        }
        let blurred =
            self.sharpness.is_some_and(|usual| sharpness(picture) < usual * BLURRED_SHARE);
        (if blurred { ViewState::Blurred } else { ViewState::Good }, false)
    }

    fn is_frozen(&mut self, at: Timestamp, picture: &SmallPicture) -> bool {
        let Some(last) = &self.last else { return false };
        let difference = share_differing(last, picture);
        if difference > 0.0 {
            self.same_since = Some((at, 0));
            self.usual_difference += (difference - self.usual_difference) * DIFFERENCE_SHARE;
            return false;
        }
        let (since, looks) = self.same_since.get_or_insert((at, 0));
        *looks += 1;
        let noisy = self.usual_difference >= NOISY_SHARE;
        (noisy && *looks >= FROZEN_NOISY_LOOKS)
            || (*looks >= FROZEN_LOOKS_MIN && at.since(*since) >= FROZEN_AFTER)
    }
}

/// Share of samples that differ, 0..=1.
fn share_differing(before: &SmallPicture, now: &SmallPicture) -> f32 {
    if before.luma().len() != now.luma().len() {
        return 1.0;
    }
    let pairs = before.luma().iter().zip(now.luma());
    pairs.filter(|(before, now)| before != now).count() as f32 / now.luma().len() as f32
}

fn shows_another_view(before: &SmallPicture, now: &SmallPicture) -> bool {
    let mut compared = 0;
    let mut changed = 0;
    for block in blocks() {
        let Some(old) = Looks::of(before, &block) else { continue };
        let likeness = Looks::of(now, &block).map_or(0.0, |new| old.likeness(&new));
        compared += 1;
        changed += usize::from(likeness < BLOCK_LIKENESS_MIN);
    }
    compared >= BLOCKS_MIN && changed as f32 >= compared as f32 * TURNED_SHARE
}

fn blocks() -> impl Iterator<Item = BoxInImage> {
    let edge = |at: u8, of: u8| f32::from(at) / f32::from(of);
    (0..BLOCK_ROWS).flat_map(move |row| {
        (0..BLOCK_COLUMNS).map(move |column| {
            BoxInImage::clipped(
                edge(column, BLOCK_COLUMNS),
                edge(row, BLOCK_ROWS),
                edge(column + 1, BLOCK_COLUMNS),
                edge(row + 1, BLOCK_ROWS),
            )
        })
    })
}

fn deviation(picture: &SmallPicture) -> f32 {
    let count = picture.luma().len() as f32;
    let mean = picture.luma().iter().map(|s| f32::from(*s)).sum::<f32>() / count;
    let squares = picture.luma().iter().map(|s| (f32::from(*s) - mean).powi(2)).sum::<f32>();
    (squares / count).sqrt()
}

/// Mean step between neighbours in a row, relative to the picture's brightness.
fn sharpness(picture: &SmallPicture) -> f32 {
    let rows = picture.luma().chunks_exact(picture.width());
    let steps =
        rows.flat_map(|row| row.windows(2).map(|pair| u32::from(pair[0].abs_diff(pair[1]))));
    let brightness: u32 = picture.luma().iter().map(|sample| u32::from(*sample)).sum();
    steps.sum::<u32>() as f32 / brightness.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 96;

    /// A street of hard-edged blocks; `shift` turns the camera, `blur` averages neighbours.
    fn street(shift: usize, blur: usize, noise: u32) -> SmallPicture {
        let block = |x: usize, y: usize| {
            let key = (((x + shift) / 3) * 131 + y / 3) as u32;
            let noise = (key + 1).wrapping_mul(2_654_435_761);
            ((noise ^ (noise >> 15)).wrapping_mul(2_246_822_519) >> 24) as usize
        };
        let luma = (0..SIDE * 54).map(|at| {
            let (x, y) = (at % SIDE, at / SIDE);
            let near: usize = (0..=blur).map(|dx| block(x + dx, y)).sum();
            let speck = (at as u32).wrapping_mul(noise).wrapping_mul(40_503) >> 30;
            (near / (blur + 1)).saturating_add(speck as usize).min(255) as u8
        });
        SmallPicture::from_luma(SIDE, luma.collect())
    }

    fn after(view: &mut View, secs: i64, picture: &SmallPicture) -> ViewState {
        view.look(Timestamp::from_secs(secs), picture).0
    }

    #[test]
    fn a_covered_lens_shows_nothing() {
        let mut view = View::default();
        assert_eq!(after(&mut view, 0, &street(0, 0, 1)), ViewState::Good);
        let black = SmallPicture::from_luma(SIDE, vec![12; SIDE * 54]);
        assert_eq!(after(&mut view, 4, &black), ViewState::Covered);
        assert_eq!(after(&mut view, 8, &street(0, 0, 2)), ViewState::Good);
    }

    #[test]
    fn a_turned_camera_is_told_until_its_new_view_has_settled() {
        let mut view = View::default();
        after(&mut view, 0, &street(0, 0, 1));
        assert_eq!(after(&mut view, 4, &street(40, 0, 2)), ViewState::Turned);
        assert_eq!(after(&mut view, 30, &street(40, 0, 3)), ViewState::Turned);
        let (state, adopted) = view.look(Timestamp::from_secs(70), &street(40, 0, 4));
        assert_eq!((state, adopted), (ViewState::Good, true));
        assert_eq!(
            view.look(Timestamp::from_secs(74), &street(40, 0, 5)),
            (ViewState::Good, false)
        );
    }

    #[test]
    fn the_very_same_picture_for_minutes_is_frozen() {
        let mut view = View::default();
        let states: Vec<_> = (0..=80).map(|n| after(&mut view, n * 4, &street(0, 0, 1))).collect();
        assert!(states[..70].iter().all(|state| *state == ViewState::Good));
        assert_eq!(states[80], ViewState::Frozen);
    }

    /// A bus that passed when the picture froze was told as parked long before minutes had gone by.
    #[test]
    fn where_noise_was_seen_everywhere_three_times_the_same_picture_is_frozen() {
        let mut view = View::default();
        let noises = [(1..=20).collect::<Vec<_>>(), vec![20; 5], vec![21]].concat();
        let looks = (0..).zip(noises.into_iter().map(|noise| street(0, 0, 1009 * noise)));
        let states: Vec<_> = looks.map(|(n, picture)| after(&mut view, n, &picture)).collect();
        let frozen = [false, false, true, true, true, false];
        assert!(states[..20].iter().all(|state| *state == ViewState::Good));
        assert_eq!(
            states[20..].iter().map(|s| *s == ViewState::Frozen).collect::<Vec<_>>(),
            frozen
        );
    }

    /// An encoder smooths a calm night until its pictures are the same: that says nothing.
    #[test]
    fn where_only_what_moves_makes_a_difference_the_same_picture_is_none_for_minutes() {
        let mut view = View::default();
        let moving = |at: usize| {
            let still = street(0, 0, 1);
            let mut luma = still.luma().to_vec();
            luma[at * 90..(at + 5) * 90].fill(255);
            SmallPicture::from_luma(SIDE, luma)
        };
        let states = (0..40).map(|n| after(&mut view, n, &moving(n.min(20) as usize)));
        assert!(states.collect::<Vec<_>>().iter().all(|state| *state == ViewState::Good));
    }

    #[test]
    fn a_lens_out_of_focus_is_told() {
        let mut view = View::default();
        after(&mut view, 0, &street(0, 0, 1));
        assert_eq!(after(&mut view, 4, &street(0, 8, 2)), ViewState::Blurred);
    }
}
