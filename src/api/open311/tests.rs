//! A client of the standard at a real server, with the example district behind it.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Response;
use reqwest::StatusCode;
use serde_json::Value;

use crate::api::scripted::Running;
use crate::api::scripted::START;
use crate::api::scripted::Script;
use crate::cases::Case;
use crate::cases::sample;
use crate::city::sample::example;
use crate::dispatch::Bell;
use crate::dispatch::Hearers;
use crate::dispatch::LifeBook;
use crate::ingest::CameraId;
use crate::store::STORE_FILE;
use crate::store::SinkId;
use crate::store::Store;
use crate::time::Clock;

struct Desk {
    running: Running,
    store: Arc<Store>,
    book: Arc<LifeBook>,
    /// A parked car before cam-002, filed.
    case: Case,
    _folder: tempfile::TempDir,
}

fn desk() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(&folder.path().join(STORE_FILE)).unwrap());
    let (clock, _) = Clock::simulated(START + Duration::from_secs(600));
    let sinks = vec![SinkId::new("desk").unwrap()];
    let hearers = Hearers::new(sinks.clone(), &[], Bell::new(1));
    let book = LifeBook::new(Arc::clone(&store), example(), clock).telling(hearers);
    let book = Arc::new(book);
    let mut case = sample::case(1);
    let camera = CameraId::new("cam-002").unwrap();
    (case.place, case.camera_id) = (book.place_of(&camera), Some(camera));
    book.file(&case, &sinks, &sinks).unwrap();
    let mut script = Script::new();
    script.book = Some(Arc::clone(&book));
    Desk { running: Running::with(script), store, book, case, _folder: folder }
}

impl Desk {
    async fn get(&self, path: &str) -> Response {
        self.running.get(&format!("/open311/v2/{path}")).await
    }

    async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let kind = response.headers()["content-type"].to_str().unwrap();
        assert!(kind.starts_with("application/json"), "{kind}");
        response.json().await.unwrap()
    }

    async fn xml(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["content-type"], "text/xml; charset=utf-8");
        response.text().await.unwrap()
    }

    async fn post(&self, path: &str, form: &str) -> Response {
        let address = format!("http://{}/open311/v2/{path}", self.running.address);
        let request = self.running.client.post(address).body(form.to_owned());
        request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap()
    }

    /// Reports and tells the id.
    async fn report(&self, form: &str) -> String {
        let response = self.post("requests.json", form).await;
        assert_eq!(response.status(), StatusCode::OK);
        let taken: Value = response.json().await.unwrap();
        taken[0]["service_request_id"].as_str().unwrap().to_owned()
    }

    /// All that the sink has been told of, as text.
    fn told(&self) -> String {
        let desk = SinkId::new("desk").unwrap();
        let due = self.store.due_deliveries(&desk, sample::second(10_000_000), 100).unwrap();
        due.iter().map(|delivery| delivery.case.to_string()).collect()
    }
}

#[tokio::test]
async fn a_client_finds_the_endpoint_and_what_can_be_reported() {
    let desk = desk();
    let found = desk.json("discovery.json").await;
    let endpoint = &found["endpoints"][0];
    assert_eq!(endpoint["specification"], "http://wiki.open311.org/GeoReport_v2");
    assert_eq!(endpoint["formats"], serde_json::json!(["text/xml", "application/json"]));
    assert!(endpoint["url"].as_str().unwrap().ends_with("/open311/v2"), "{endpoint}");
    assert!(desk.xml("discovery.xml").await.contains("<formats><format>text/xml</format>"));

    let services = desk.json("services.json").await;
    assert_eq!(services.as_array().unwrap().len(), 14);
    let garbage = services.as_array().unwrap().iter().find(|one| one["service_code"] == "0102");
    assert_eq!(garbage.unwrap()["type"], "realtime");
    let xml = desk.xml("services.xml?jurisdiction_id=qinghe").await;
    assert!(
        xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><services><service>"),
        "{xml}"
    );
    assert!(xml.contains("<service_code>0505</service_code><service_name>机动车乱停放<"), "{xml}");

    let definition = desk.json("services/0102.json").await;
    assert_eq!(definition, serde_json::json!({"service_code": "0102", "attributes": []}));
    assert!(desk.xml("services/0102.xml").await.contains("<attributes></attributes>"));
}

#[tokio::test]
async fn what_cameras_saw_comes_out_as_requests() {
    let desk = desk();
    let id = desk.case.id.as_str();
    let listed = desk.json("requests.json?end_date=2026-05-02T00:00:00Z").await;
    insta::assert_json_snapshot!("requests", listed);
    let shown = desk.json(&format!("requests/{id}.json")).await;
    assert_eq!(shown, listed);
    let xml = desk.xml(&format!("requests/{id}.xml")).await;
    let start = format!(
        "<service_requests><request><service_request_id>{id}</service_request_id><status>open<"
    );
    assert!(xml.contains(&start), "{xml}");
    assert!(!xml.contains("media_url"), "there are no public copies: {xml}");
    let named =
        desk.json(&format!("requests.json?service_request_id={id},{}", "0".repeat(32))).await;
    assert_eq!(named.as_array().unwrap().len(), 1);
    for (query, count) in [("status=closed", 0), ("service_code=0102", 0), ("service_code=0505", 1)]
    {
        let path = format!("requests.json?end_date=2026-05-02T00:00:00Z&{query}");
        assert_eq!(desk.json(&path).await.as_array().unwrap().len(), count, "{query}");
    }
}

#[tokio::test]
async fn a_citizen_s_report_becomes_a_case_that_can_be_followed() {
    let desk = desk();
    let form = "service_code=0211&lat=34.71&long=113.61&first_name=Li&phone=13812345678\
        &description=lamp+out,+call+13812345678";
    let id = desk.report(form).await;
    let shown = desk.json(&format!("requests/{id}.json")).await;
    assert_eq!(shown[0]["status"], "open");
    assert_eq!(shown[0]["description"], "lamp out, call 138****5678");
    assert_eq!(shown[0]["service_code"], "0211");
    let token = desk.json(&format!("tokens/{id}.json")).await;
    assert_eq!(token[0]["service_request_id"], id.as_str());
    let token = desk.xml(&format!("tokens/{id}.xml")).await;
    assert!(token.contains(&format!("<token>{id}</token>")), "{token}");

    let told = desk.told();
    assert!(told.contains("lamp_out"), "{told}");
    assert!(!told.contains("13812345678") && !told.contains("\"Li\""), "{told}");
    let id = crate::cases::CaseId::parse(&id).unwrap();
    let kept = desk.store.reporter(&id).unwrap().unwrap();
    assert_eq!(kept.phone.as_deref(), Some("13812345678"));
    let life = desk.book.report(&id).unwrap().unwrap();
    assert_eq!(life.entries[0].by, crate::cases::Actor::Citizen);
    assert!(life.grid.is_some());
}

#[tokio::test]
async fn a_report_of_what_a_camera_saw_joins_its_case() {
    let desk = desk();
    let place = desk.case.place.unwrap();
    // Some twenty metres off.
    let form = format!("service_code=0505&lat={}&long={}", place.lat() + 0.0002, place.lon());
    let response = desk.post("requests.xml", &form).await;
    assert_eq!(response.status(), StatusCode::OK);
    let xml = response.text().await.unwrap();
    assert!(
        xml.contains("<service_notice>It is known and being dealt with.</service_notice>"),
        "{xml}"
    );
    let first = desk.store.case(&desk.case.id).unwrap().unwrap();
    assert_eq!((first.joined.len(), first.revision), (1, 2));
    let id = first.joined[0].case_id.as_str();
    let shown = desk.json(&format!("requests/{id}.json")).await;
    assert_eq!(shown[0]["status"], "open", "as the case that it is told of in");
    let listed = desk.json("requests.json?end_date=2026-05-02T00:00:00Z").await;
    assert_eq!(listed.as_array().unwrap().len(), 1, "one matter, one request");
}

#[tokio::test]
async fn what_is_wrong_is_told_as_the_standard_has_it() {
    let desk = desk();
    let unknown = "0".repeat(32);
    let refused = [
        (400, "requests.json?status=new".to_owned()),
        (400, "requests.json?start_date=today".to_owned()),
        (404, "requests.json?service_code=9999".to_owned()),
        (404, "services/9999.json".to_owned()),
        (404, format!("requests/{unknown}.json")),
        (404, "requests/1'%20or%201=1.json".to_owned()),
        (404, format!("tokens/{unknown}.json")),
        (404, "nothing.json".to_owned()),
    ];
    for (status, path) in refused {
        let response = desk.get(&path).await;
        assert_eq!(response.status(), status, "{path}");
        let told: Value = response.json().await.unwrap();
        assert_eq!(told[0]["code"], status.to_string(), "{path}");
        assert!(!told[0]["description"].as_str().unwrap().is_empty());
    }
    let forms = [
        "",
        "service_code=0102",
        "service_code=9999&lat=34.7&long=113.6",
        "service_code=0102&lat=34.7&long=east",
    ];
    for form in forms {
        let response = desk.post("requests.xml", form).await;
        assert!([400, 404].contains(&response.status().as_u16()), "{form}");
        let xml = response.text().await.unwrap();
        assert!(xml.contains("<errors><error><code>40"), "{xml}");
    }
    let long = format!("service_code=0102&address_id=1&description={}", "x".repeat(100_000));
    assert_eq!(desk.post("requests.json", &long).await.status(), 400);
    let address = format!("http://{}/open311/v2/requests.json", desk.running.address);
    let json = desk.running.client.post(address).json(&serde_json::json!({})).send().await.unwrap();
    assert_eq!(json.status(), 400);
}

#[tokio::test]
async fn without_city_data_there_are_no_services() {
    let running = Running::start();
    let response = running.get("/open311/v2/services.xml").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(response.text().await.unwrap().starts_with("<?xml"));
}
