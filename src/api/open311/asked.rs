//! Which requests are asked for, and in which form.

use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header;

use crate::api::problem::Problem;
use crate::api::problem::quoted;
use crate::cases::CaseId;
use crate::city::ClassId;
use crate::dispatch::Service;
use crate::store::RequestFilter;
use crate::time::Timestamp;

use super::refusal::no_service;

/// The standard's own limits of one answer.
const DAYS_MAX: u64 = 90;
const REQUESTS_MAX: usize = 1_000;
/// An address of two thousand bytes has fewer.
const IDS_MAX: usize = 60;

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Xml,
    Json,
}

impl Format {
    /// As the address ends, or else as the client says; XML where neither tells.
    pub(super) fn of(path: &str, headers: &HeaderMap) -> Self {
        let accepts = headers.get(header::ACCEPT).and_then(|kinds| kinds.to_str().ok());
        let json = match path.rsplit_once('.') {
            Some((_, "json")) => true,
            Some((_, "xml")) => false,
            _ => accepts.is_some_and(|kinds| kinds.contains("application/json")),
        };
        if json { Self::Json } else { Self::Xml }
    }
}

/// A name as it stands last in an address, without the form.
pub(super) fn without_format(name: &str) -> &str {
    name.strip_suffix(".json").or_else(|| name.strip_suffix(".xml")).unwrap_or(name)
}

/// Which requests.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Named(Vec<CaseId>),
    Fitting(RequestFilter),
}

impl Wanted {
    /// Reads the query; keys that the standard does not have are a client's own matter.
    pub(super) fn parse(
        query: &str,
        services: &[Service],
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let (mut ids, mut classes, mut open) = (None, Vec::new(), None);
        let (mut start, mut end) = (None, None);
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match key.as_ref() {
                "service_request_id" => ids = Some(ids_of(&value)?),
                "service_code" => classes = classes_of(&value, services)?,
                "status" => open = open_of(&value)?,
                "start_date" => start = Some(date("start_date", &value)?),
                "end_date" => end = Some(date("end_date", &value)?),
                _ => {}
            }
        }
        if let Some(ids) = ids {
            return Ok(Self::Named(ids));
        }
        let (since, until) = span(start, end, now)?;
        Ok(Self::Fitting(RequestFilter { classes, open, since, until, limit: REQUESTS_MAX }))
    }
}

/// The service of that code, or of the class of that name.
pub(super) fn service_of<'a>(code: &str, services: &'a [Service]) -> Result<&'a Service, Problem> {
    let by_code = services.iter().find(|service| service.code == code);
    let by_class = || services.iter().find(|service| service.class.as_str() == code);
    by_code.or_else(by_class).ok_or_else(|| no_service(code))
}

fn ids_of(list: &str) -> Result<Vec<CaseId>, Problem> {
    let ids: Vec<_> = list.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
    if ids.is_empty() || ids.len() > IDS_MAX {
        let detail = format!("service_request_id: 1 to {IDS_MAX} ids divided by commas");
        return Err(Problem::bad_request(detail));
    }
    // One that is no id of ours names no request, like any other that is not there.
    Ok(ids.into_iter().filter_map(CaseId::parse).collect())
}

fn classes_of(list: &str, services: &[Service]) -> Result<Vec<ClassId>, Problem> {
    let codes = list.split(',').map(str::trim).filter(|code| !code.is_empty());
    codes.map(|code| service_of(code, services).map(|service| service.class.clone())).collect()
}

fn open_of(list: &str) -> Result<Option<bool>, Problem> {
    let (mut open, mut closed) = (false, false);
    for word in list.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match word {
            "open" => open = true,
            "closed" => closed = true,
            _ => {
                let detail = format!("status: {} is neither open nor closed", quoted(word));
                return Err(Problem::bad_request(detail));
            }
        }
    }
    Ok((open != closed).then_some(open))
}

fn date(key: &str, text: &str) -> Result<Timestamp, Problem> {
    // A plus that was not escaped arrives as a space.
    Timestamp::parse(&text.trim().replace(' ', "+"))
        .map_err(|fault| Problem::bad_request(format!("{key}: {fault}")))
}

fn span(
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), Problem> {
    let days = Duration::from_secs(DAYS_MAX * 24 * 3600);
    match (start, end) {
        (None, None) => Ok((now - days, now)),
        (Some(start), None) => Ok((start, start + days)),
        (None, Some(end)) => Ok((end - days, end)),
        (Some(start), Some(end)) if end < start => {
            Err(Problem::bad_request("end_date is earlier than start_date"))
        }
        (Some(start), Some(end)) if end.since(start) > days => {
            Err(Problem::bad_request(format!("the dates span more than {DAYS_MAX} days")))
        }
        (Some(start), Some(end)) => Ok((start, end)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn services() -> Vec<Service> {
        let service = |code: &str, class: &str| Service {
            code: code.to_owned(),
            class: ClassId::new(class).unwrap(),
            name: class.to_owned(),
            group: String::new(),
        };
        vec![service("0102", "garbage_pile"), service("0505", "illegal_parking")]
    }

    fn asked(query: &str) -> Result<Wanted, Problem> {
        Wanted::parse(query, &services(), Timestamp::from_secs(1_800_000_000))
    }

    fn filter(query: &str) -> RequestFilter {
        match asked(query).unwrap() {
            Wanted::Fitting(filter) => filter,
            Wanted::Named(ids) => panic!("{ids:?}"),
        }
    }

    #[test]
    fn asks_for_ninety_days_and_a_thousand_requests_at_most() {
        let usual = filter("");
        assert_eq!(usual.until.since(usual.since).as_secs(), 90 * 24 * 3600);
        assert_eq!((usual.limit, usual.open), (1_000, None));
        let from = filter("start_date=2026-05-01T00:00:00+08:00&jurisdiction_id=qinghe");
        assert_eq!(from.since, Timestamp::parse("2026-05-01T00:00:00+08:00").unwrap());
        assert_eq!(from.until.since(from.since).as_secs(), 90 * 24 * 3600);
        let until = filter("end_date=2026-05-01T00:00:00Z");
        assert_eq!(until.until.since(until.since).as_secs(), 90 * 24 * 3600);
    }

    #[test]
    fn reads_lists_of_codes_and_of_states() {
        let found = filter("service_code=0102,illegal_parking&status=closed");
        assert_eq!((found.classes.len(), found.open), (2, Some(false)));
        assert_eq!(filter("status=open,closed").open, None);
        let ids = format!("service_request_id={},x&status=never", "0a".repeat(16));
        assert!(asked(&ids).is_err(), "a word that is wrong is told also where it has no effect");
        let ids = ids.replace("never", "open");
        assert_eq!(
            asked(&ids).unwrap(),
            Wanted::Named(vec![CaseId::parse(&"0a".repeat(16)).unwrap()])
        );
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        let wrong = [
            "status=new",
            "start_date=yesterday",
            "start_date=2026-05-01",
            "service_code=9999",
            "service_request_id=",
            "start_date=2026-05-02T00:00:00Z&end_date=2026-05-01T00:00:00Z",
            "start_date=2026-01-01T00:00:00Z&end_date=2026-05-01T00:00:00Z",
        ];
        for query in wrong {
            assert!(asked(query).is_err(), "{query}");
        }
    }
}
