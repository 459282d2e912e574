//! One heap that was known by two boxes.

use crate::time::Timestamp;

use super::Family;
use super::Stay;
use super::matching;
use super::stay::ESTABLISHED_SIGHTINGS;

/// Joins heaps that others add to, or bend over, and that got a box of their own beside the first
/// one: where that one is not seen any more, both are one heap, from the first one's beginning. What
/// is thrown before something that has always been there, and hardly looks like one, is a heap of
/// its own. Returns those that are now part of another. What a case speaks of remains, so that
/// one heap is not told twice. They stand in the order in which they began.
pub(super) fn join(standing: &mut Vec<Stay>, at: Timestamp) -> Vec<Stay> {
    let mut joined = Vec::new();
    for newer in (0..standing.len()).rev() {
        let found = (0..newer).find(|older| is_one(&standing[*older], &standing[newer], at));
        let Some(older) = found else { continue };
        let mut newer = standing.remove(newer);
        let older = &mut standing[older];
        if newer.told_at.is_some() && older.told_at.is_none() {
            newer.began_at = older.began_at;
            joined.push(std::mem::replace(older, newer));
        } else {
            older.absorb(&newer);
            joined.push(newer);
        }
    }
    joined
}

fn is_one(older: &Stay, newer: &Stay, at: Timestamp) -> bool {
    older.family == Family::Garbage
        && newer.family == Family::Garbage
        && (older.is_sure() || !older.since_start)
        && older.detected_at < at
        && newer.detected_at == at
        && newer.sightings() >= ESTABLISHED_SIGHTINGS
        && matching::is_nested(&newer.place, &older.place)
}
