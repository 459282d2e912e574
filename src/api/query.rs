//! Reads the words of an address, before and after the question mark; what it
//! does not know it refuses.

use axum::extract::FromRequestParts;
use axum::extract::Path;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::cases::CaseState;
use crate::cases::Stage;
use crate::city::ClassId;
use crate::city::GridId;
use crate::ingest::CameraId;
use crate::rules::IncidentKind;
use crate::store::LifeFilter;
use crate::time::Timestamp;

use super::CaseQuery;
use super::problem::Problem;
use super::problem::quoted;

const LIMIT_USUAL: usize = 50;
/// One page of cases: about 1 MB of JSON, and more than a person reads.
const LIMIT_MAX: usize = 500;

impl CaseQuery {
    /// Reads `state=filed&kind=illegal_parking&camera=north&limit=20&before=TIME`,
    /// and `stage=accepted&grid=north-7&class=garbage_pile&overdue=true`.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let mut query = Self {
            state: None,
            kind: None,
            camera_id: None,
            life: LifeFilter::default(),
            overdue: false,
            filed_before: None,
            limit: LIMIT_USUAL,
        };
        let mut seen = Vec::new();
        for (key, value) in url::form_urlencoded::parse(text.as_bytes()) {
            if seen.contains(&key) {
                return Err(Problem::bad_request(format!("{} is given twice", quoted(&key))));
            }
            query.set(&key, &value)?;
            seen.push(key);
        }
        Ok(query)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), Problem> {
        match key {
            "state" => self.state = Some(state(value)?),
            "kind" => self.kind = Some(kind(value)?),
            "camera" => self.camera_id = Some(camera_id(value)?),
            "before" => {
                let at = Timestamp::parse(value).map_err(|fault| bad("before", &fault))?;
                self.filed_before = Some(at);
            }
            "stage" => self.life.stage = Some(stage(value)?),
            "grid" => {
                let grid = GridId::new(value).map_err(|fault| bad("grid", &fault))?;
                self.life.grid = Some(grid);
            }
            "class" => {
                let class = ClassId::new(value).map_err(|fault| bad("class", &fault))?;
                self.life.class = Some(class);
            }
            "overdue" => self.overdue = overdue(value)?,
            "limit" => self.limit = limit(value)?,
            _ => return Err(Problem::bad_request(unknown(key))),
        }
        Ok(())
    }
}

/// The words that stand in a path; refused as a problem where they are no text.
pub(super) struct PathWords<T>(pub(super) T);

impl<T, S> FromRequestParts<S> for PathWords<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let words = Path::<T>::from_request_parts(parts, state).await;
        words
            .map(|Path(words)| Self(words))
            .map_err(|fault| Problem::bad_request(fault.body_text()))
    }
}

/// A camera's name out of a path or a query.
pub(super) fn camera_id(text: &str) -> Result<CameraId, Problem> {
    CameraId::new(text)
        .map_err(|_| Problem::bad_request(format!("camera: {} is no camera's id", quoted(text))))
}

fn state(text: &str) -> Result<CaseState, Problem> {
    match text {
        "filed" => Ok(CaseState::Filed),
        "cleared" => Ok(CaseState::Cleared),
        _ => Err(bad("state", &format!("{} is neither filed nor cleared", quoted(text)))),
    }
}

fn kind(text: &str) -> Result<IncidentKind, Problem> {
    IncidentKind::from_name(text).ok_or_else(|| {
        let names = IncidentKind::ALL.map(IncidentKind::name).join(", ");
        bad("kind", &format!("{} is none of {names}", quoted(text)))
    })
}

fn stage(text: &str) -> Result<Stage, Problem> {
    Stage::from_name(text).ok_or_else(|| {
        let names = Stage::ALL.map(Stage::name).join(", ");
        bad("stage", &format!("{} is none of {names}", quoted(text)))
    })
}

fn overdue(text: &str) -> Result<bool, Problem> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(bad("overdue", &format!("{} is neither true nor false", quoted(text)))),
    }
}

fn limit(text: &str) -> Result<usize, Problem> {
    let number = text.parse().ok().filter(|number| (1..=LIMIT_MAX).contains(number));
    number.ok_or_else(|| bad("limit", &format!("{} is not in 1..={LIMIT_MAX}", quoted(text))))
}

fn bad(key: &str, fault: &impl std::fmt::Display) -> Problem {
    Problem::bad_request(format!("{key}: {fault}"))
}

fn unknown(key: &str) -> String {
    let known = "state, kind, camera, stage, grid, class, overdue, limit, before";
    format!("{} is unknown; there are {known}", quoted(key))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_every_key() {
        let text = "state=cleared&kind=garbage_pile&camera=n.7&limit=3&before=2026-05-01T08%3A00%3A00%2B08%3A00\
            &stage=accepted&grid=%E5%8C%97-7&class=garbage_pile&overdue=true";
        let query = CaseQuery::parse(text).unwrap();
        let expected = CaseQuery {
            state: Some(CaseState::Cleared),
            kind: Some(IncidentKind::GarbagePile),
            camera_id: Some(CameraId::new("n.7").unwrap()),
            life: LifeFilter {
                stage: Some(Stage::Accepted),
                grid: Some(GridId::new("北-7").unwrap()),
                class: Some(ClassId::new("garbage_pile").unwrap()),
                overdue_at: None,
            },
            overdue: true,
            filed_before: Some(Timestamp::parse("2026-05-01T00:00:00Z").unwrap()),
            limit: 3,
        };
        assert_eq!(query, expected);
    }

    #[test]
    fn asks_for_a_page_of_everything_by_default() {
        let query = CaseQuery::parse("").unwrap();
        assert_eq!((query.limit, query.state), (LIMIT_USUAL, None));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let wrong = [
            "limit=0",
            "limit=501",
            "limit=-1",
            "limit=",
            "state=open",
            "kind=theft",
            "camera=a/b",
            "camera=",
            "before=yesterday",
            "stage=open",
            "grid=a/b",
            "class=",
            "overdue=1",
            "colour=red",
            "limit=1&limit=2",
        ];
        for text in wrong {
            assert!(CaseQuery::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_asks_for_more_than_a_page(text in "[a-z=&%0-9+.:-]{0,80}") {
            if let Ok(query) = CaseQuery::parse(&text) {
                prop_assert!((1..=LIMIT_MAX).contains(&query.limit));
            }
        }
    }
}
