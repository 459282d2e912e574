//! The main job: what stands too long becomes a case on the centre's desk.

use serde_json::Value;

use xunjie::time::Timestamp;

use super::desk::DispatchCentre;
use super::material::KERB;
use super::material::NEAR_KERB;
use super::material::clip;
use super::program::City;
use super::program::Program;
use super::program::until;
use super::sim::Sim;

/// What every case must say, from the first delivery on.
const FIELDS: [&str; 14] = [
    "id",
    "kind",
    "camera_id",
    "zone_id",
    "state",
    "began_at",
    "proved_at",
    "filed_at",
    "box",
    "score",
    "dwell_s",
    "evidence",
    "latency",
    "revision",
];

/// The steps of a picture on our clock, in their order.
const STEPS: [&str; 7] = [
    "received_at",
    "taken_at",
    "decoded_at",
    "inferred_at",
    "decided_at",
    "filed_at",
    "delivered_at",
];

const STAGES: [&str; 8] =
    ["received_to_taken", "decode", "infer", "rules", "decision", "file", "deliver", "emission"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parked_car_becomes_a_case_at_the_webhook_with_its_evidence_and_latency() {
    let Some(clip) = clip(KERB) else { return };
    let centre = DispatchCentre::open(200).await;
    let sim = Sim::serve(&[&clip], &[]).await;
    let city = City::new(&format!(
        "interval_s = 1\n{}[[camera]]\nid = \"kerb\"\nuri = {:?}\n[[camera.zone]]\nid = \"near\"\n\
        kind = \"no_parking\"\npolygon = {NEAR_KERB}\npre_alarm_s = 2\nviolation_s = 5\n",
        centre.sink(),
        sim.url(0),
    ));
    let program = Program::start(&city.config()).await;

    let filed = centre.until_case(|case| case["revision"] == 1).await;
    check_filed(&filed);
    let id = filed["id"].as_str().unwrap();
    let told = centre.until_case(|case| case["id"] == id && case["revision"] == 2).await;
    assert_eq!(roles(&told), ["A", "B", "C", "crop"]);
    check_steps(&told["latency"], &STEPS);
    let emission_ms = told["latency"]["emission_ms"].as_f64().unwrap();
    eprintln!("emission {emission_ms:.0} ms, over budget: {}", told["latency"]["over_budget"]);

    check_metrics(&program.text("/metrics").await);
    let shown = program.json(&format!("/api/cases/{id}")).await;
    assert_eq!(shown["began_at"], filed["began_at"]);
    check_commands(&city, &told).await;
    let (status, _, log) = program.end().await;
    assert!(status.success(), "{log}");
    centre.check_keys();
    let cases = city.cases();
    assert_eq!(cases.len(), 2, "each of the two cars once: {cases:#?}");
}

fn check_filed(case: &Value) {
    for field in FIELDS {
        assert!(!case[field].is_null(), "{field} is missing in {case}");
    }
    assert_eq!(case["kind"], "illegal_parking");
    assert_eq!((&case["camera_id"], &case["zone_id"]), (&"kerb".into(), &"near".into()));
    assert_eq!(case["state"], "filed");
    assert_eq!(roles(case), ["A", "B", "crop"]);
    assert!(case["latency"]["over_budget"].is_array());
    let dwell_s = case["dwell_s"].as_f64().unwrap();
    // A keyframe comes every 2 to 3.3 s, so the proof may come so much later.
    assert!((5.0..10.0).contains(&dwell_s), "{dwell_s}");
    let stood = time(&case["proved_at"]).secs_from(time(&case["began_at"]));
    assert!((stood - dwell_s).abs() < 0.01, "{stood} is not {dwell_s}");
    check_steps(&case["latency"], &STEPS[..6]);
}

fn check_steps(latency: &Value, steps: &[&str]) {
    let times: Vec<_> = steps.iter().map(|step| time(&latency[step])).collect();
    assert!(times.is_sorted(), "{steps:?} are out of order in {latency}");
}

fn check_metrics(metrics: &str) {
    for stage in STAGES {
        let count = format!("xunjie_stage_seconds_count{{stage=\"{stage}\"}} ");
        let line = metrics.lines().find_map(|line| line.strip_prefix(&count));
        let count: f64 = line.unwrap_or_else(|| panic!("no stage {stage}")).parse().unwrap();
        assert!(count > 0.0, "{stage}");
    }
    for budget in ["decision", "emission"] {
        let counter = format!("xunjie_budget_violations_total{{budget=\"{budget}\"}} ");
        assert!(metrics.lines().any(|line| line.starts_with(&counter)), "no counter of {budget}");
    }
}

/// `xunjie case` tells, of the running program's store, what the desk was told.
async fn check_commands(city: &City, told: &Value) {
    let id = told["id"].as_str().unwrap();
    let data = city.data();
    let data = data.to_str().unwrap();
    let listed = city.told_by(&["case", "--data", data, "list", "--json"]).await;
    let mut listed = listed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let listed = listed.find(|case| case["id"] == id).unwrap();
    let shown = city.told_by(&["case", "--data", data, "show", id, "--json"]).await;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    for case in [&listed, &shown] {
        for field in ["kind", "began_at", "proved_at", "filed_at", "evidence"] {
            assert_eq!(case[field], told[field], "{field}");
        }
    }
    // The manifest that names C is written before the desk hears of C.
    let config = city.config();
    let verify = ["case", "--config", config.to_str().unwrap(), "verify", "all"];
    let verified = until("evidence that verifies", async || {
        let output = city.xunjie(&verify).await;
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    });
    assert!(verified.await.lines().all(|line| line.starts_with("ok ")));
}

fn roles(case: &Value) -> Vec<&str> {
    let evidence = case["evidence"].as_array().unwrap().iter();
    let mut roles: Vec<_> = evidence.map(|file| file["role"].as_str().unwrap()).collect();
    roles.sort_unstable();
    roles
}

fn time(value: &Value) -> Timestamp {
    Timestamp::parse(value.as_str().unwrap()).unwrap()
}
