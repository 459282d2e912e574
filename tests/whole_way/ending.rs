//! How a run ends when it is asked to, and what it leaves for the next one.

use std::time::Duration;

use tokio::net::TcpListener;

use super::desk::DispatchCentre;
use super::desk::sink_at;
use super::material::KERB;
use super::material::NEAR_KERB;
use super::material::clip;
use super::program::City;
use super::program::Program;
use super::program::until;
use super::sim::Sim;

/// What an operator's service manager waits for, and then some.
const END_MAX: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_wait_for_a_desk_that_was_down_all_through_a_run_that_ends_when_asked() {
    let Some(clip) = clip(KERB) else { return };
    // Nobody listens on a port that was just given back.
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let sim = Sim::serve(&[&clip], &[]).await;
    let city = City::new(&format!(
        "interval_s = 1\n{}[[camera]]\nid = \"kerb\"\nuri = {:?}\n[[camera.zone]]\nid = \"near\"\n\
        kind = \"no_parking\"\npolygon = {NEAR_KERB}\npre_alarm_s = 1\nviolation_s = 2\n",
        sink_at(port),
        sim.url(0),
    ));
    let program = Program::start(&city.config()).await;
    until("two cases that wait", async || {
        let health = program.json("/healthz").await;
        (health["deliveries_waiting"].as_u64()? >= 2).then_some(())
    })
    .await;
    let (status, took, log) = program.end().await;
    eprintln!("ended within {:.1} s", took.as_secs_f64());
    assert!(status.success(), "{status}: {log}");
    assert!(took < END_MAX, "{took:?}: {log}");
    let kept = city.cases();
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|case| case.latency.delivered_at.is_none()));

    let centre = DispatchCentre::open_at(port, 200).await;
    let program = Program::start(&city.config()).await;
    for case in &kept {
        let taken = centre.until_case(|taken| taken["id"] == case.id.as_str()).await;
        assert_eq!(taken["revision"], 1, "the filing comes first");
    }
    let (status, took, log) = program.end().await;
    assert!(status.success() && took < END_MAX, "{status} after {took:?}: {log}");
    assert_eq!(city.cases().len(), kept.len(), "the same matters are not filed again");
    centre.check_keys();
}
