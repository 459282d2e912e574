//! Files a case where its matter belongs: as a new one, or joined to an open
//! one nearby. Found and written in one transaction, so that of two cameras
//! that file at once one is first.

use rusqlite::OptionalExtension;
use rusqlite::Row;
use rusqlite::Savepoint;
use rusqlite::params;

use crate::cases::Case;
use crate::cases::CaseChange;
use crate::cases::CaseId;
use crate::cases::CitizenReporter;
use crate::cases::Life;
use crate::cases::Recurrence;
use crate::cases::Stage;
use crate::city::ClassId;
use crate::city::MatterRule;
use crate::geometry::GeoPoint;
use crate::geometry::cell_of;
use crate::geometry::cells_around;
use crate::ingest::CameraId;
use crate::time::Timestamp;

use super::LifeKeys;
use super::SinkId;
use super::Store;
use super::StoreError;
use super::digests::put_digest;
use super::error::failed_to;
use super::filing::put_case;
use super::filing::put_news;
use super::filing::stored_case;
use super::hot_spots;
use super::life::put_entries;
use super::life::put_keys;
use super::life::put_news as put_life_news;
use super::requests::put_reporter;

/// More cases than this at one place are not held against a new one.
const NEIGHBOURS_MAX: i64 = 1_000;
const HOUR_MICROS: i64 = 3_600_000_000;
pub(super) const DAY_MICROS: i64 = 24 * HOUR_MICROS;

/// A case that is to be filed, and by what it is held against those there are.
#[derive(Debug)]
pub struct NewCase<'a> {
    pub case: &'a Case,
    pub class: &'a ClassId,
    pub place: GeoPoint,
    pub rule: MatterRule,
    /// The citizen who told of it, if one did and is known: written with the case or not at all.
    pub reporter: Option<&'a CitizenReporter>,
    /// Who hears of a new case.
    pub sinks: &'a [SinkId],
    /// Who hears what becomes of a case.
    pub followers: &'a [SinkId],
}

/// Makes the life that a case begins with; `Case::merged_into` tells whether it joined another.
pub type LifeOf<'a> = dyn Fn(&Case) -> Option<(Life, LifeKeys)> + 'a;

/// Where a case was put.
#[derive(Clone, Debug, PartialEq)]
pub enum Placed {
    /// A case of this id was there; nothing was changed.
    AlreadyThere,
    New(Box<Case>),
    /// It is told of in an earlier one.
    Joined {
        case: Box<Case>,
        first: Box<Case>,
    },
}

/// Of all the cases of a matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatterState {
    /// The case in which the matter is told of.
    pub first: CaseId,
    /// Whether a camera sees it standing.
    pub stands: bool,
}

/// A case that might be of the same matter.
struct Neighbour {
    id: CaseId,
    metres: f64,
    at: i64,
}

impl Store {
    /// Files a case as a new one, or joins it to the nearest open case of its matter.
    ///
    /// # Errors
    /// When the disk or the file fails; then nothing is written.
    pub fn place_case(
        &self,
        new: &NewCase<'_>,
        life_of: &LifeOf<'_>,
    ) -> Result<Placed, StoreError> {
        self.write("file a case", |transaction| {
            if stored_case(transaction, &new.case.id)?.is_some() {
                return Ok(Placed::AlreadyThere);
            }
            let first = match open_neighbour(transaction, new)? {
                Some(id) => stored_case(transaction, &id)?,
                None => None,
            };
            let placed = match first {
                Some(first) => join(transaction, new, first, life_of),
                None => begin(transaction, new, life_of),
            }?;
            put_reporter(transaction, &new.case.id, new.reporter)?;
            Ok(placed)
        })
    }

    /// Knows the place of a case that was filed without one, so that later ones join it.
    ///
    /// # Errors
    /// When the case is not there or the disk fails.
    pub fn note_place(
        &self,
        case: &Case,
        class: &ClassId,
        place: &GeoPoint,
    ) -> Result<(), StoreError> {
        self.write("note a case's place", |transaction| {
            put_matter(transaction, case, class, place, &case.id)?;
            transaction
                .execute(
                    "UPDATE matters SET stage = coalesce(
                        (SELECT stage FROM lives WHERE lives.case_id = matters.case_id), stage)
                     WHERE case_id = ?1",
                    [case.id.as_str()],
                )
                .map_err(failed_to("note a case's place"))?;
            Ok(())
        })
    }

    /// Notes whether the camera of this case sees its thing standing, and
    /// tells how its matter stands; none for a case whose place is not known.
    ///
    /// # Errors
    /// When the disk or the file fails.
    pub fn note_standing(
        &self,
        id: &CaseId,
        stands: bool,
    ) -> Result<Option<MatterState>, StoreError> {
        self.write("note what stands", |transaction| {
            let first: Option<String> = transaction
                .prepare_cached(
                    "UPDATE matters SET standing = ?2 WHERE case_id = ?1 RETURNING first_id",
                )
                .and_then(|mut statement| {
                    statement.query_row(params![id.as_str(), stands], |row| row.get(0)).optional()
                })
                .map_err(failed_to("note what stands"))?;
            let Some(first) = first.as_deref().and_then(CaseId::parse) else { return Ok(None) };
            let stands = transaction
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM matters WHERE first_id = ?1 AND standing = 1)",
                )
                .and_then(|mut statement| statement.query_row([first.as_str()], |row| row.get(0)))
                .map_err(failed_to("read a matter"))?;
            Ok(Some(MatterState { first, stands }))
        })
    }
}

fn begin(
    transaction: &Savepoint<'_>,
    new: &NewCase<'_>,
    life_of: &LifeOf<'_>,
) -> Result<Placed, StoreError> {
    let mut case = new.case.clone();
    let before = over_before(transaction, new)?;
    if let Some(latest) = before.first() {
        let count = before.len() as u32 + 1;
        let days = new.rule.hot_spot_days;
        case.recurs = Some(Recurrence { case_id: latest.id.clone(), count, days });
        if count >= new.rule.hot_spot_cases {
            let ids: Vec<_> = before.iter().map(|one| one.id.clone()).collect();
            case.hot_spot = Some(hot_spots::note(transaction, new, &ids)?);
        }
    }
    put_case(transaction, &case)?;
    put_news(transaction, &case, CaseChange::Filed, case.filed_at, new.sinks)?;
    put_matter(transaction, &case, new.class, &new.place, &case.id)?;
    begin_life(transaction, &case, life_of, new.followers)?;
    Ok(Placed::New(Box::new(case)))
}

fn join(
    transaction: &Savepoint<'_>,
    new: &NewCase<'_>,
    mut first: Case,
    life_of: &LifeOf<'_>,
) -> Result<Placed, StoreError> {
    let case = Case { merged_into: Some(first.id.clone()), ..new.case.clone() };
    put_case(transaction, &case)?;
    put_news(transaction, &case, CaseChange::Merged, case.filed_at, &[])?;
    put_matter(transaction, &case, new.class, &new.place, &first.id)?;
    begin_life(transaction, &case, life_of, &[])?;
    first.join(&case, case.filed_at);
    first.revision += 1;
    put_case(transaction, &first)?;
    put_news(transaction, &first, CaseChange::Joined, case.filed_at, new.followers)?;
    Ok(Placed::Joined { case: Box::new(case), first: Box::new(first) })
}

/// Who hears of the case knows by now that it was filed, but not that it is up for review.
fn begin_life(
    transaction: &Savepoint<'_>,
    case: &Case,
    life_of: &LifeOf<'_>,
    hearers: &[SinkId],
) -> Result<(), StoreError> {
    let Some((life, keys)) = life_of(case) else { return Ok(()) };
    put_keys(transaction, &life, &keys)?;
    put_entries(transaction, &life, 0)?;
    put_digest(transaction, &life, &keys)?;
    if life.stage() != Stage::Review || hearers.is_empty() {
        return Ok(());
    }
    put_life_news(transaction, &life, &keys, life.entries().len() - 1, hearers)
}

/// The nearest open case that this one is of. What one camera sees standing
/// at once are several things, and what it sees in another zone is another.
fn open_neighbour(
    transaction: &Savepoint<'_>,
    new: &NewCase<'_>,
) -> Result<Option<CaseId>, StoreError> {
    let window = i64::from(new.rule.join_hours) * HOUR_MICROS;
    if window == 0 {
        return Ok(None);
    }
    let (case, at) = (new.case, new.case.proved_at.as_micros());
    let mut found = neighbours(
        transaction,
        new,
        "SELECT m.case_id, m.lon, m.lat, m.began_at FROM matters m
         WHERE m.class_id = ?1 AND m.cell BETWEEN ?2 AND ?3
           AND m.stage NOT IN ('closed', 'rejected', 'merged')
           AND m.last_at >= ?5 AND m.began_at <= ?6
           AND (?7 IS NULL OR m.camera_id IS NOT ?7 OR m.zone_id = ?8)
           AND NOT EXISTS (
               SELECT 1 FROM matters o WHERE o.first_id = m.case_id AND o.camera_id = ?7
               AND o.standing = 1 AND o.last_at >= ?5)
         LIMIT ?4",
        &[
            &at.saturating_sub(window),
            &at.saturating_add(window),
            &case.camera_id.as_ref().map(CameraId::as_str),
            &case.zone(),
        ],
    )?;
    found.sort_by(|a, b| a.metres.total_cmp(&b.metres).then(a.at.cmp(&b.at)));
    Ok(found.into_iter().next().map(|nearest| nearest.id))
}

/// Cases of the matter that are over, within the days of a hot spot, the latest first.
fn over_before(
    transaction: &Savepoint<'_>,
    new: &NewCase<'_>,
) -> Result<Vec<Neighbour>, StoreError> {
    let days = i64::from(new.rule.hot_spot_days) * DAY_MICROS;
    let since = new.case.filed_at.as_micros().saturating_sub(days);
    let mut found = neighbours(
        transaction,
        new,
        "SELECT case_id, lon, lat, filed_at FROM matters
         WHERE class_id = ?1 AND cell BETWEEN ?2 AND ?3 AND filed_at >= ?5
           AND first_id = case_id AND stage <> 'rejected' AND (stage = 'closed' OR standing = 0)
         ORDER BY filed_at DESC LIMIT ?4",
        &[&since],
    )?;
    found.sort_by_key(|one| std::cmp::Reverse(one.at));
    Ok(found)
}

/// What `query` finds within reach: it is given class, run of cells, limit, and then `more`.
fn neighbours(
    transaction: &Savepoint<'_>,
    new: &NewCase<'_>,
    query: &str,
    more: &[&dyn rusqlite::ToSql],
) -> Result<Vec<Neighbour>, StoreError> {
    let class = new.class.as_str();
    let mut found = Vec::new();
    let mut statement =
        transaction.prepare_cached(query).map_err(failed_to("look for the matter"))?;
    for run in cells_around(&new.place, new.rule.join_m) {
        let mut asked: Vec<&dyn rusqlite::ToSql> =
            vec![&class, run.start(), run.end(), &NEIGHBOURS_MAX];
        asked.extend(more);
        let rows: Vec<Option<Neighbour>> = statement
            .query_map(asked.as_slice(), |row| neighbour(row, &new.place))
            .and_then(Iterator::collect)
            .map_err(failed_to("look for the matter"))?;
        found.extend(rows.into_iter().flatten().filter(|one| one.metres <= new.rule.join_m));
    }
    Ok(found)
}

fn neighbour(row: &Row<'_>, from: &GeoPoint) -> rusqlite::Result<Option<Neighbour>> {
    let (id, lon, lat, at): (String, f64, f64, i64) =
        (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
    let place = GeoPoint::new(lon, lat).ok();
    Ok(CaseId::parse(&id).zip(place).map(|(id, place)| Neighbour {
        id,
        metres: from.metres_to(&place),
        at,
    }))
}

/// Knows the case by its place. One that is known already stays as it is.
fn put_matter(
    transaction: &Savepoint<'_>,
    case: &Case,
    class: &ClassId,
    place: &GeoPoint,
    first: &CaseId,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO matters (case_id, first_id, class_id, camera_id, zone_id, lon,
                lat, cell, began_at, last_at, filed_at, standing, stage, hot_spot)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 'found', ?13)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                case.id.as_str(),
                first.as_str(),
                class.as_str(),
                case.camera_id.as_ref().map(CameraId::as_str),
                case.zone(),
                place.lon(),
                place.lat(),
                cell_of(place),
                case.began_at.as_micros(),
                case.seen_at.max(case.proved_at).as_micros(),
                case.filed_at.as_micros(),
                case.camera_id.is_some() && case.cleared_at.is_none(),
                case.hot_spot,
            ])
        })
        .map_err(failed_to("note a case's place"))?;
    Ok(())
}

/// Moves every case of one matter to another.
pub(super) fn lead_to(
    transaction: &Savepoint<'_>,
    from: &CaseId,
    to: &CaseId,
) -> Result<(), StoreError> {
    transaction
        .execute(
            "UPDATE matters SET first_id = ?2 WHERE first_id = ?1",
            [from.as_str(), to.as_str()],
        )
        .map(drop)
        .map_err(failed_to("join two matters"))
}

/// Makes a case its own matter again.
pub(super) fn lead_alone(transaction: &Savepoint<'_>, id: &CaseId) -> Result<(), StoreError> {
    transaction
        .execute("UPDATE matters SET first_id = case_id WHERE case_id = ?1", [id.as_str()])
        .map(drop)
        .map_err(failed_to("part two matters"))
}

/// When the matter was last seen, as far as this revision of the case knows.
pub(super) fn note_seen(
    transaction: &Savepoint<'_>,
    id: &CaseId,
    seen_at: Timestamp,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("UPDATE matters SET last_at = ?2 WHERE case_id = ?1 AND last_at < ?2")?
        .execute(params![id.as_str(), seen_at.as_micros()])
        .map(drop)
}
