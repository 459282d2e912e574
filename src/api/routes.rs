//! The one table of routes: where, who may, what it is for, and what answers.
//!
//! People need the role or a higher one, programs a token with one of the
//! scopes. A test walks this table with everybody who may and who may not;
//! the OpenAPI document is made of it.

use axum::http::StatusCode;

use crate::access::Scope;
use crate::cases::CaseState;
use crate::cases::Stage;
use crate::dispatch::DutyReport;
use crate::dispatch::LifeReport;
use crate::rules::IncidentKind;
use crate::time::Timestamp;

use super::audit;
use super::bodies::report;
use super::bodies::step;
use super::camera_routes::cameras;
use super::cases;
use super::city;
use super::door::Need;
use super::duties;
use super::events;
use super::figures;
use super::hotspots;
use super::lives;
use super::open311;
use super::openapi;
use super::page;
use super::route::Route;
use super::route::delete;
use super::route::get;
use super::route::post;
use super::server;
use super::session;
use super::sinks;
use super::tokens;
use super::users;

pub(super) const LOOK: Need = Need::viewer(&[Scope::Read]);
const CASE_WORK: Need = Need::dispatcher(&[Scope::Cases, Scope::Verdicts]);
const VERDICTS: Need = Need::dispatcher(&[Scope::Verdicts]);
/// It has plates and names of shops.
const REGISTER: Need = Need::dispatcher(&[Scope::Cases]);
const CITY_WORK: Need = Need::administrator(&[Scope::City]);
/// Who is on duty at night must be able to switch to the flood's.
const DUTY_WORK: Need = Need::dispatcher(&[Scope::City]);
/// Who hands in citizens' reports may follow what becomes of them.
const REPORTS_LOOK: Need = Need::viewer(&[Scope::Read, Scope::Requests]);
const REPORTS_WORK: Need = Need::dispatcher(&[Scope::Requests]);
const ADMINISTRATION: Need = Need::administrator(&[Scope::Admin]);

pub(super) fn table() -> Vec<Route> {
    let parts =
        [machine(), who_may_do_what(), cameras(), cases(), figures(), city(), sinks(), open311()];
    parts.into_iter().flatten().collect()
}

fn machine() -> Vec<Route> {
    vec![
        get("/", Need::Open, page::html).says("The page").gives_file("text/html"),
        get("/assets/{name}", Need::Open, page::asset)
            .says("A file of the page; its name changes when it does")
            .gives_file("text/javascript"),
        get("/small", Need::Open, page::small_html)
            .says("The page that needs no building")
            .gives_file("text/html"),
        get("/page.css", Need::Open, page::css).says("Its looks").gives_file("text/css"),
        get("/page.js", Need::Open, page::js).says("Its work").gives_file("text/javascript"),
        get("/healthz", Need::Open, server::health)
            .says("Whether it is well; strangers are told the state and nothing else")
            .gives::<server::AnyHealth>()
            .gives_with::<server::AnyHealth>(StatusCode::SERVICE_UNAVAILABLE),
        get("/metrics", LOOK, server::metrics_text)
            .says("Metrics in Prometheus' text form")
            .gives_file("text/plain"),
        get("/api/openapi.json", Need::Open, openapi::show)
            .says("This document")
            .gives_file("application/json"),
        get("/api/latency", LOOK, server::latency)
            .says("How long each stage took since the start")
            .gives::<server::Latency>(),
        get("/api/machine", LOOK, events::machine)
            .says("How the machine did over the last hour")
            .gives::<events::Machine>(),
        get("/api/events", LOOK, events::stream)
            .streams()
            .says("What changes, as server-sent events: hello, cases, cameras, health, machine, reset")
            .gives_file("text/event-stream"),
    ]
}

fn who_may_do_what() -> Vec<Route> {
    vec![
        get("/api/session", Need::Open, session::show).says("Who one is").gives::<session::Me>(),
        post("/api/session", Need::Open, session::begin)
            .records_itself()
            .says("Logs in; 429 with Retry-After where it was tried too often")
            .takes::<session::Asked>()
            .gives::<session::Me>(),
        delete("/api/session", Need::Session, session::end)
            .says("Logs out")
            .gives_nothing(StatusCode::NO_CONTENT),
        get("/api/tokens", ADMINISTRATION, tokens::list)
            .says("Tokens, the newest first")
            .gives::<tokens::TokenList>(),
        post("/api/tokens", ADMINISTRATION, tokens::make)
            .says("Makes a token and shows it this once")
            .takes::<tokens::Asked>()
            .gives_with::<tokens::Made>(StatusCode::CREATED),
        delete("/api/tokens/{id}", ADMINISTRATION, tokens::revoke)
            .says("Revokes a token at once and for ever")
            .gives::<crate::access::Token>(),
        get("/api/users", ADMINISTRATION, users::list)
            .says("Who may log in, by name, without anything of passwords")
            .gives::<users::UserList>(),
        get("/api/audit", ADMINISTRATION, audit::list)
            .says("The audit log, the newest line first")
            .asks::<i64>("before", "Only lines before the one of this number: the next page")
            .asks::<String>("who", "Only what this user, or `token NAME`, did")
            .asks::<usize>("limit", "At most so many, 1 to 1000; 100 if left out")
            .gives::<audit::AuditList>(),
    ]
}

fn cases() -> Vec<Route> {
    vec![
        get("/api/cases", LOOK, cases::list)
            .says("Cases, the newest first")
            .asks::<CaseState>("state", "Only those in this state")
            .asks::<IncidentKind>("kind", "Only of this kind")
            .asks::<String>("camera", "Only of this camera")
            .asks::<Stage>("stage", "Only those at this stage of their life")
            .asks::<String>("grid", "Only of this grid")
            .asks::<String>("class", "Only of this class of the city's catalogue")
            .asks::<bool>("overdue", "Only those whose clock has run out")
            .asks::<usize>("limit", "At most so many, 1 to 500; 50 if left out")
            .asks::<Timestamp>("before", "Only those filed before: the next page")
            .gives::<cases::CaseList>(),
        get("/api/cases/{id}", LOOK, cases::show).says("A case").gives::<crate::cases::Case>(),
        get("/api/cases/{id}/history", LOOK, cases::history)
            .says("What became of a case, the oldest step first")
            .gives::<cases::History>(),
        get("/api/cases/{id}/evidence/{name}", LOOK, cases::evidence)
            .evidence()
            .says("A picture or manifest of a case's evidence; each look is put on record")
            .gives_file("image/jpeg"),
        get("/api/cases/{id}/public/{name}", LOOK, cases::public_copy)
            .evidence()
            .says("A picture of a case with people and plates hidden, `1.jpg` and on; each look is put on record")
            .gives_file("image/jpeg"),
        get("/api/cases/{id}/life", LOOK, lives::show)
            .says("Where a case stands at the dispatch centre, and how it came there")
            .gives::<LifeReport>(),
        get("/api/lives", LOOK, lives::standings)
            .says("Where the cases asked for stand, at most 50")
            .asks::<String>("case", "A case's id; may be given many times")
            .gives::<lives::Standings>(),
        post("/api/cases/{id}/transitions", CASE_WORK, lives::take_step)
            .says("Takes a step in the life of a case; judging needs the scope verdicts, the rest cases")
            .takes_shape("application/json", step())
            .gives::<LifeReport>(),
        post("/api/cases/{id}/verdict", VERDICTS, figures::judge)
            .says("Says whether it was right to file a case, and why not")
            .takes::<figures::AskedVerdict>()
            .gives::<LifeReport>(),
    ]
}

/// What is told of many cases.
fn figures() -> Vec<Route> {
    const DAY: &str = "A day of the city, such as 2026-05-31";
    vec![
        get("/api/precision", LOOK, figures::precision)
            .says("How often cases were right, by class, camera and zone")
            .asks::<String>("from", DAY)
            .asks::<String>("to", DAY)
            .asks::<f64>("goal", "The share that ought to be right, 0 to 1")
            .gives_file("application/json"),
        get("/api/reports", LOOK, figures::report)
            .says("Counts the cases of some days")
            .asks::<String>("from", DAY)
            .asks::<String>("to", DAY)
            .asks::<String>("by", "day, week, month, grid, unit, road or class")
            .asks::<String>("format", "html, csv or json")
            .asks::<String>("lang", "en or zh")
            .gives_file("application/json"),
        get("/api/reports/page.css", Need::Open, figures::sheet)
            .says("The dress of reports")
            .gives_file("text/css"),
        get("/api/register", REGISTER, figures::violations)
            .evidence()
            .says("What is registered of a plate or a shop; each look is put on record")
            .asks::<String>("plate", "A vehicle's plate")
            .asks::<String>("shop", "A shop's name")
            .gives::<figures::Register>(),
        post("/api/register", REGISTER, figures::register)
            .says("Notes a violation, and whether it is excused as the first")
            .takes::<figures::AskedEntry>()
            .gives_with::<figures::Register>(StatusCode::CREATED),
    ]
}

fn city() -> Vec<Route> {
    vec![
        get("/api/city", LOOK, city::map)
            .says("What a map of the city is drawn from")
            .gives::<city::CityMap>(),
        get("/api/city/open", LOOK, city::open)
            .says("How many open cases each camera has, by kind")
            .gives::<city::Open>(),
        get("/api/city/people", LOOK, city::people)
            .says("Who works in a grid, without telephone numbers")
            .asks::<String>("grid", "The grid's id")
            .gives::<city::People>(),
        get("/api/hotspots", LOOK, hotspots::list)
            .says("Places where matters come back and back")
            .asks::<String>("class", "Only of this class of the city's catalogue")
            .gives::<hotspots::HotSpots>(),
        get("/api/silenced", LOOK, duties::silenced)
            .says("What was not filed because of a permit, a quiet area or the duty, the newest first")
            .asks::<Timestamp>("before", "Only what is older: the next page")
            .asks::<usize>("limit", "At most so many, 1 to 500; 100 if left out")
            .gives::<duties::SilencedList>(),
        get("/api/city/duty", LOOK, duties::show)
            .says("The duty in force, and all that can be switched on")
            .gives::<DutyReport>(),
        post("/api/city/duty", DUTY_WORK, duties::switch)
            .says("Switches a duty on, also for the time after a restart")
            .takes::<duties::Asked>()
            .gives::<DutyReport>(),
        get("/api/city/check", CITY_WORK, city::check)
            .says("The city data as they lie in their folder: faults, or what taking them up would change")
            .gives::<city::Checked>(),
        post("/api/city/reload", CITY_WORK, lives::reload_city)
            .says("Takes up the city data as they are now, all or nothing")
            .gives::<lives::Reloaded>(),
    ]
}

fn sinks() -> Vec<Route> {
    vec![
        get("/api/sinks", LOOK, sinks::list)
            .says("Where cases go: what waits, what was given up and why")
            .gives::<sinks::SinkList>(),
        get("/api/sinks/{id}/dead", LOOK, sinks::dead)
            .says("What was given up at a sink, the newest first")
            .asks::<i64>("before", "Only numbers below this one: the next page")
            .asks::<usize>("limit", "At most so many, 1 to 500; 100 if left out")
            .gives::<sinks::DeadList>(),
        post("/api/sinks/{id}/resend", ADMINISTRATION, sinks::resend)
            .says("Sends what was given up at a sink again, all of it or one")
            .takes::<sinks::Asked>()
            .gives::<sinks::Resent>(),
    ]
}

/// Each in XML and in JSON, as the address ends.
fn open311() -> Vec<Route> {
    const XML: &str = "text/xml";
    const JSON: &str = "application/json";
    let finds = |path, form| {
        get(path, Need::Open, open311::discovery)
            .says("Where the rest of Open311 is")
            .gives_file(form)
    };
    let offers = |path, form| {
        get(path, Need::Open, open311::services).says("What can be reported").gives_file(form)
    };
    let lists = |path, form| {
        get(path, REPORTS_LOOK, open311::requests)
            .takes_api_key()
            .says("Cases as Open311 has them, of 90 days at most")
            .asks::<String>("service_request_id", "Only these, divided by commas")
            .asks::<String>("service_code", "Only of these services, divided by commas")
            .asks::<String>("status", "open or closed")
            .asks::<Timestamp>("start_date", "Only those told of at this time or later")
            .asks::<Timestamp>("end_date", "Only those told of at this time or earlier")
            .gives_file(form)
    };
    let takes = |path, form| {
        post(path, REPORTS_WORK, open311::report)
            .takes_api_key()
            .says("Takes a citizen's report")
            .takes_shape("application/x-www-form-urlencoded", report())
            .gives_file(form)
    };
    vec![
        finds("/open311/v2/discovery.xml", XML),
        finds("/open311/v2/discovery.json", JSON),
        offers("/open311/v2/services.xml", XML),
        offers("/open311/v2/services.json", JSON),
        get("/open311/v2/services/{name}", Need::Open, open311::definition)
            .says("What else may be told with a report; `CODE.xml` or `CODE.json`")
            .gives_file(XML),
        lists("/open311/v2/requests.xml", XML),
        lists("/open311/v2/requests.json", JSON),
        takes("/open311/v2/requests.xml", XML),
        takes("/open311/v2/requests.json", JSON),
        get("/open311/v2/requests/{id}", REPORTS_LOOK, open311::request)
            .takes_api_key()
            .says("One case as Open311 has it; `ID.xml` or `ID.json`")
            .gives_file(XML),
        get("/open311/v2/tokens/{id}", REPORTS_LOOK, open311::token)
            .takes_api_key()
            .says("The id of a report that was handed in; `TOKEN.xml` or `TOKEN.json`")
            .gives_file(XML),
    ]
}
