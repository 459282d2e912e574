//! What citizens report, and cases as citizens see them.

use serde::Serialize;

use crate::cases::Case;
use crate::cases::CaseId;
use crate::cases::CitizenReport;
use crate::cases::CitizenReporter;
use crate::cases::Stage;
use crate::cases::masked;
use crate::city::CityData;
use crate::city::Class;
use crate::city::ClassId;
use crate::geometry::GeoPoint;
use crate::store::Placed;
use crate::store::Request;
use crate::store::RequestFilter;
use crate::store::StoreError;
use crate::time::Timestamp;

use super::LifeBook;

/// What was merged into a merged case is merged into a third.
const CHAIN_MAX: usize = 16;

/// A class of the city's catalogue, as citizens report it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The city's code where it has one that no other class has, else the class's id.
    pub code: String,
    pub class: ClassId,
    pub name: String,
    /// Who deals with it.
    pub group: String,
}

/// A citizen's report, checked.
#[derive(Clone, Debug)]
pub struct NewReport {
    pub class: ClassId,
    pub place: Option<GeoPoint>,
    pub address: Option<String>,
    pub description: Option<String>,
    pub reporter: CitizenReporter,
}

/// A report that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TakenReport {
    pub id: CaseId,
    /// The earlier case that it is told of in.
    pub joined: Option<CaseId>,
}

/// A case as the public sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestReport {
    pub id: CaseId,
    pub open: bool,
    pub notes: Option<String>,
    pub service: Service,
    pub description: Option<String>,
    pub agency: Option<String>,
    pub requested_at: Timestamp,
    pub updated_at: Timestamp,
    /// By when it is to be dealt with; none once it is, and while its clock is stopped.
    pub expected_at: Option<Timestamp>,
    pub address: Option<String>,
    pub place: Option<GeoPoint>,
}

impl LifeBook {
    /// What citizens can report, in the catalogue's order.
    #[must_use]
    pub fn services(&self) -> Vec<Service> {
        let city = self.city();
        city.classes.iter().map(|class| service(&city, class)).collect()
    }

    /// Takes a citizen's report: as a case of its own, or joined to the open one of its matter.
    ///
    /// # Errors
    /// When the disk fails; then nothing is written.
    pub fn take_report(&self, new: &NewReport) -> Result<TakenReport, StoreError> {
        let at = self.clock.now();
        let report = CitizenReport {
            description: new.description.as_deref().map(masked),
            address: new.address.as_deref().map(masked),
        };
        let id = CaseId::of_report(&format!("{at}|{:032x}", rand::random::<u128>()));
        let case = Case::reported(id.clone(), &new.class, new.place, report, at);
        let hearers = &self.hearers;
        let reporter = Some(&new.reporter).filter(|reporter| !reporter.is_unknown());
        let placed = self.file_of(&case, reporter, &hearers.sinks, &hearers.followers)?;
        hearers.bell.ring();
        let joined = match placed {
            Placed::Joined { first, .. } => Some(first.id),
            Placed::New(_) | Placed::AlreadyThere => None,
        };
        let outcome = if joined.is_some() { "joined" } else { "filed" };
        metrics::counter!("xunjie_citizen_reports_total", "outcome" => outcome).increment(1);
        Ok(TakenReport { id, joined })
    }

    /// Cases as the public sees them, the newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn requests(&self, filter: &RequestFilter) -> Result<Vec<RequestReport>, StoreError> {
        let city = self.city();
        let requests = self.store.requests(filter)?;
        Ok(requests.iter().map(|request| Self::seen(&city, request, request)).collect())
    }

    /// One case; one that is told of in an earlier one stands as that does.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn request(&self, id: &CaseId) -> Result<Option<RequestReport>, StoreError> {
        let Some(own) = self.store.request(id)? else { return Ok(None) };
        let mut leading = own.clone();
        for _ in 0..CHAIN_MAX {
            let Some(first) = leading.case.merged_into.clone() else { break };
            let Some(first) = self.store.request(&first)? else { break };
            leading = first;
        }
        Ok(Some(Self::seen(&self.city(), &own, &leading)))
    }

    fn seen(city: &CityData, own: &Request, leading: &Request) -> RequestReport {
        let class = city.class(&own.class);
        let (case, stage) = (&own.case, leading.stage);
        let report = case.report.as_ref();
        let service = class.map_or_else(|| unlisted(&own.class), |class| service(city, class));
        let joined =
            (own.case.id != leading.case.id).then(|| format!("told of in {}", leading.case.id));
        RequestReport {
            id: case.id.clone(),
            open: !stage.is_end(),
            notes: Some(joined.unwrap_or_else(|| stage.name().to_owned())),
            description: report.map_or_else(
                || Some(format!("{}, seen by camera {}", service.name, case.finder())),
                |report| report.description.clone(),
            ),
            agency: class.and_then(|class| unit_of(city, class)),
            requested_at: case.filed_at,
            updated_at: leading.updated_at.max(own.updated_at),
            expected_at: expected(city, leading),
            address: report
                .and_then(|report| report.address.clone())
                .or_else(|| address_of(city, case)),
            place: case.place,
            service,
        }
    }
}

/// Its class's clock where that runs, else the one that it will have.
fn expected(city: &CityData, request: &Request) -> Option<Timestamp> {
    match request.stage {
        Stage::Dispatched | Stage::Accepted => request.due,
        Stage::Found | Stage::Review | Stage::Filed => {
            let class = city.class(&request.class)?;
            let rules = &city.centre.rules;
            let sent = city.calendar.due(request.case.filed_at, rules.dispatch);
            Some(city.calendar.due(sent, class.limit))
        }
        _ => None,
    }
}

fn service(city: &CityData, class: &Class) -> Service {
    let own = class.code.as_ref().filter(|code| {
        let same = city.classes.iter().filter(|other| other.code.as_ref() == Some(*code));
        same.count() == 1
    });
    Service {
        code: own.cloned().unwrap_or_else(|| class.id.to_string()),
        class: class.id.clone(),
        name: class.name.clone(),
        group: class.role.to_string(),
    }
}

/// The catalogue has lost the class since.
fn unlisted(class: &ClassId) -> Service {
    let name = class.to_string();
    Service { code: name.clone(), class: class.clone(), name, group: String::new() }
}

fn unit_of(city: &CityData, class: &Class) -> Option<String> {
    Some(city.unit(class.unit.as_ref()?)?.name.clone())
}

/// The name of the place that the camera watches.
fn address_of(city: &CityData, case: &Case) -> Option<String> {
    Some(city.camera(case.camera_id.as_ref()?)?.name.clone())
}
