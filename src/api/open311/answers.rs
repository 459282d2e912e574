//! The standard's questions, answered.

use std::sync::Arc;

use axum::extract::RawQuery;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use jiff::tz::TimeZone;

use crate::api::problem::Problem;
use crate::api::problem::quoted;
use crate::api::query::PathWords;
use crate::api::server::ApiState;
use crate::cases::CaseId;
use crate::dispatch::LifeBook;
use crate::dispatch::RequestReport;
use crate::dispatch::Service;
use crate::time::Timestamp;

use super::asked::Format;
use super::asked::Wanted;
use super::asked::service_of;
use super::asked::without_format;
use super::form::Form;
use super::refusal::no_city;
use super::tree::Node;

const SPECIFICATION: &str = "http://wiki.open311.org/GeoReport_v2";
const FORM: &str = "application/x-www-form-urlencoded";

/// Where the rest is, for clients that know only this address.
pub(in crate::api) async fn discovery(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let book = book(&state).await?;
    let zone = book.city().calendar.zone().clone();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    // A proxy that ends TLS before us says so.
    let forwarded = headers.get("x-forwarded-proto").and_then(|scheme| scheme.to_str().ok());
    let scheme = if forwarded == Some("https") { "https" } else { "http" };
    // When the catalogue last changed nobody knows but its files.
    let changed = in_zone(state.clock.now(), &zone);
    let formats = ["text/xml", "application/json"].map(Node::text).into();
    let endpoint = Node::Record(vec![
        ("specification", Node::text(SPECIFICATION)),
        ("url", Node::text(format!("{scheme}://{host}/open311/v2"))),
        ("changeset", Node::text(changed.clone())),
        ("type", Node::text("production")),
        ("formats", Node::List("format", formats)),
    ]);
    let node = Node::Record(vec![
        ("changeset", Node::text(changed)),
        ("contact", Node::text(format!("The dispatch centre of {}", book.city().centre.name))),
        ("key_service", Node::text("Ask the dispatch centre for a key with the scope requests.")),
        ("endpoints", Node::List("endpoint", vec![endpoint])),
    ]);
    Ok(Format::of(uri.path(), &headers).write("discovery", &node))
}

/// What can be reported.
pub(in crate::api) async fn services(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let services = book(&state).await?.services();
    let nodes = services.iter().map(service_node).collect();
    let format = Format::of(uri.path(), &headers);
    Ok(format.write("services", &Node::List("service", nodes)))
}

/// What else may be told with a report: nothing that needs to be asked.
pub(in crate::api) async fn definition(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let services = book(&state).await?.services();
    let service = service_of(without_format(&name), &services)?;
    let node = Node::Record(vec![
        ("service_code", Node::text(&service.code)),
        ("attributes", Node::List("attribute", Vec::new())),
    ]);
    Ok(Format::of(uri.path(), &headers).write("service_definition", &node))
}

pub(in crate::api) async fn requests(
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let book = book(&state).await?;
    let query = query.unwrap_or_default();
    let wanted = Wanted::parse(&query, &book.services(), state.clock.now())?;
    let zone = book.city().calendar.zone().clone();
    let found = state
        .ask(move |_| match wanted {
            Wanted::Fitting(filter) => book.requests(&filter),
            Wanted::Named(ids) => {
                let found = ids.iter().map(|id| book.request(id));
                found.filter_map(Result::transpose).collect()
            }
        })
        .await?
        .map_err(|error| Problem::from(crate::api::BackendError(error.to_string())))?;
    Ok(answer(&uri, &headers, found.iter().map(|one| request_node(one, &zone)).collect()))
}

pub(in crate::api) async fn request(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let book = book(&state).await?;
    let zone = book.city().calendar.zone().clone();
    let found = one(&state, book, without_format(&name)).await?;
    Ok(answer(&uri, &headers, vec![request_node(&found, &zone)]))
}

/// A report has its id at once, so the id is its own token.
pub(in crate::api) async fn token(
    State(state): State<ApiState>,
    PathWords(name): PathWords<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let book = book(&state).await?;
    let found = one(&state, book, without_format(&name)).await?;
    let id = || Node::text(found.id.as_str());
    let node = Node::Record(vec![("service_request_id", id()), ("token", id())]);
    Ok(answer(&uri, &headers, vec![node]))
}

/// A citizen reports something.
pub(in crate::api) async fn report(
    State(state): State<ApiState>,
    request: Request,
) -> Result<Response, Problem> {
    let book = book(&state).await?;
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case(FORM)) {
        return Err(Problem::bad_request(format!("the report must be a form, {FORM}")));
    }
    let report = Form::read(request.into_body()).await?.report(&book.services())?;
    let city = book.city();
    let lies_somewhere = match &report.place {
        Some(place) => city.grid_at(place).is_some(),
        None => city.default_grid().is_some(),
    };
    if !lies_somewhere {
        let detail = format!("the location lies outside {}", city.centre.name);
        return Err(Problem::bad_request(detail));
    }
    let taken = state.ask(move |_| book.take_report(&report)).await?;
    let taken = taken.map_err(|error| crate::api::BackendError(error.to_string()))?;
    let notice = match taken.joined {
        Some(_) => "It is known and being dealt with.",
        None => "It has been passed to the dispatch centre.",
    };
    let node = Node::Record(vec![
        ("service_request_id", Node::text(taken.id.as_str())),
        ("service_notice", Node::text(notice)),
        ("account_id", Node::Nothing),
    ]);
    Ok((StatusCode::OK, answer(&uri, &headers, vec![node])).into_response())
}

async fn book(state: &ApiState) -> Result<Arc<LifeBook>, Problem> {
    state.ask(crate::api::Backend::life_book).await?.ok_or_else(no_city)
}

async fn one(state: &ApiState, book: Arc<LifeBook>, name: &str) -> Result<RequestReport, Problem> {
    let none = || Problem::not_found(format!("service_request_id {} was not found", quoted(name)));
    let id = CaseId::parse(name).ok_or_else(none)?;
    let found = state.ask(move |_| book.request(&id)).await?;
    found.map_err(|error| crate::api::BackendError(error.to_string()))?.ok_or_else(none)
}

fn answer(uri: &Uri, headers: &HeaderMap, requests: Vec<Node>) -> Response {
    let node = Node::List("request", requests);
    Format::of(uri.path(), headers).write("service_requests", &node)
}

fn service_node(service: &Service) -> Node {
    Node::Record(vec![
        ("service_code", Node::text(&service.code)),
        ("service_name", Node::text(&service.name)),
        ("description", Node::text(&service.name)),
        ("metadata", Node::Flag(false)),
        ("type", Node::text("realtime")),
        ("keywords", Node::text(service.class.as_str())),
        ("group", Node::text(&service.group)),
    ])
}

/// Without `media_url`: there are no public copies of pictures.
fn request_node(request: &RequestReport, zone: &TimeZone) -> Node {
    let degrees = |degrees: Option<f64>| degrees.map_or(Node::Nothing, Node::Number);
    let place = request.place.as_ref();
    let expected = request.expected_at.map(|at| in_zone(at, zone));
    Node::Record(vec![
        ("service_request_id", Node::text(request.id.as_str())),
        ("status", Node::text(if request.open { "open" } else { "closed" })),
        ("status_notes", Node::maybe(request.notes.clone())),
        ("service_name", Node::text(&request.service.name)),
        ("service_code", Node::text(&request.service.code)),
        ("description", Node::maybe(request.description.clone())),
        ("agency_responsible", Node::maybe(request.agency.clone())),
        ("service_notice", Node::Nothing),
        ("requested_datetime", Node::text(in_zone(request.requested_at, zone))),
        ("updated_datetime", Node::text(in_zone(request.updated_at, zone))),
        ("expected_datetime", Node::maybe(expected)),
        ("address", Node::maybe(request.address.clone())),
        ("address_id", Node::Nothing),
        ("zipcode", Node::Nothing),
        ("lat", degrees(place.map(crate::geometry::GeoPoint::lat))),
        ("long", degrees(place.map(crate::geometry::GeoPoint::lon))),
    ])
}

/// To the second, with the offset.
fn in_zone(at: Timestamp, zone: &TimeZone) -> String {
    at.zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
