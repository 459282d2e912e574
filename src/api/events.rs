//! Server-sent events: a page hears of changes instead of asking for them.
//!
//! `hello` comes first and names the program's start, so that a page knows a
//! program that was started anew. Then `cases`, `cameras`, `health` and
//! `machine` as they change; `reset` where the page was too slow.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::response::sse::Event;
use axum::response::sse::KeepAlive;
use axum::response::sse::Sse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::time::Timestamp;

use super::Backend;
use super::feed::Feed;
use super::machine::MachineSpan;
use super::page;
use super::problem::Problem;
use super::server::ApiState;

/// Well within the time after which a silent connection is let go.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// A page comes back so soon after it was cut off.
const RETRY: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct Hello {
    started_at: Timestamp,
    /// The page that this program serves; another than the one that asks is to be loaded anew.
    page: &'static str,
    now: Timestamp,
    /// By how much dwell is shortened, in a demonstration.
    time_scale: Option<f64>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Machine {
    cores: usize,
    decision_budget_ms: f64,
    emission_budget_ms: f64,
    spans: Vec<MachineSpan>,
}

pub(super) async fn stream(
    State(state): State<ApiState>,
    Extension(feed): Extension<Arc<Feed>>,
) -> Result<Response, Problem> {
    let full = || {
        let detail = "as many pages listen as there are places for; close one of them";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    };
    let listener = feed.listen().ok_or_else(full)?;
    let (progress, display) = state.ask(|backend| (backend.progress(), backend.display())).await?;
    let hello = Hello {
        started_at: progress.started_at,
        page: page::version(),
        now: state.clock.now(),
        time_scale: display.time_scale,
    };
    let hello = Event::default().event("hello").retry(RETRY).json_data(hello);
    let hello = hello
        .map_err(|fault| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, fault.to_string()))?;
    let news = futures::stream::unfold((Some(hello), listener), |(hello, mut listener)| async {
        if let Some(hello) = hello {
            return Some((Ok::<_, Infallible>(hello), (None, listener)));
        }
        let news = listener.next().await?;
        let event = Event::default().event(news.name).data(&news.json);
        Some((Ok(event), (None, listener)))
    });
    Ok(Sse::new(news).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response())
}

/// The last hour of the machine.
pub(super) async fn machine(
    State(state): State<ApiState>,
    Extension(feed): Extension<Arc<Feed>>,
) -> Result<Response, Problem> {
    let budget = state.ask(Backend::budget).await?;
    let report = Machine {
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        decision_budget_ms: budget.decision.as_secs_f64() * 1e3,
        emission_budget_ms: budget.emission.as_secs_f64() * 1e3,
        spans: feed.machine(),
    };
    Ok(Json(report).into_response())
}
