//! The routes, and the thread they are served from.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::middleware;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::routing::get;
use axum::routing::post;
use serde::Serialize;

use crate::runtime::Metrics;
use crate::runtime::Shutdown;
use crate::runtime::Worker;
use crate::time::Clock;

use super::Backend;
use super::Health;
use super::HealthState;
use super::StageLatency;
use super::cameras;
use super::cases;
use super::events;
use super::feed::Feed;
use super::guard::guard;
use super::listener::BoundedListener;
use super::lives;
use super::page;
use super::problem::Problem;
use super::stage_latencies;

/// Threads that may wait for the backend at once: more would only queue at the store.
const ASKING_THREADS_MAX: usize = 8;
/// Until moved on, every sample of every histogram is held in memory.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);
/// Requests under way at shutdown may take this long.
const GOODBYE_WAIT_MAX: Duration = Duration::from_secs(2);

/// What the answers are made from; cheap to clone.
#[derive(Clone)]
pub struct ApiState {
    pub backend: Arc<dyn Backend>,
    pub metrics: Metrics,
    pub clock: Clock,
    /// Names besides this machine's own by which it may be called, with or without a port.
    pub hosts: Arc<[String]>,
}

/// Serves from a thread with an async runtime of its own, so that it answers
/// while the pipeline is busy. Ends with the shutdown; joined when dropped.
#[derive(Debug)]
pub struct ApiServer {
    _worker: Worker,
}

impl ApiServer {
    /// Serves on `listener`, which the caller has bound, so that a taken port is told at once.
    ///
    /// # Errors
    /// When the system gives no thread or the listener cannot be used.
    pub fn start(listener: TcpListener, state: ApiState, shutdown: Shutdown) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "the API has no login and is open to other machines");
        }
        let worker = Worker::start("api", shutdown.clone(), move || {
            if let Err(fault) = serve_here(&listener, &state, &shutdown) {
                tracing::error!(%fault, "the API ended");
            }
        })?;
        Ok(Self { _worker: worker })
    }
}

fn serve_here(listener: &TcpListener, state: &ApiState, shutdown: &Shutdown) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(ASKING_THREADS_MAX)
        .thread_name("api-ask")
        .build()?;
    let ended = runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener.try_clone()?)?;
        serve(listener, state.clone(), shutdown.clone()).await
    });
    // A backend that hangs must not hold up the shutdown.
    runtime.shutdown_background();
    ended
}

/// Serves until the shutdown.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: tokio::net::TcpListener,
    state: ApiState,
    shutdown: Shutdown,
) -> io::Result<()> {
    let feed = Arc::new(Feed::new(shutdown.clone()));
    let app = routes(state.clone(), Arc::clone(&feed));
    let server = axum::serve(BoundedListener::new(listener), app).with_graceful_shutdown({
        let shutdown = shutdown.clone();
        async move { shutdown.begun().await }
    });
    let late = async {
        shutdown.begun().await;
        tokio::time::sleep(GOODBYE_WAIT_MAX).await;
    };
    tokio::select! {
        ended = server => ended,
        () = late => Ok(()),
        () = keep_up(&state.metrics) => Ok(()),
        () = feed.keep(&state) => Ok(()),
    }
}

async fn keep_up(metrics: &Metrics) {
    loop {
        tokio::time::sleep(UPKEEP_EVERY).await;
        metrics.upkeep();
    }
}

fn routes(state: ApiState, feed: Arc<Feed>) -> Router {
    Router::new()
        .route("/", get(page::html))
        .route("/assets/{name}", get(page::asset))
        .route("/small", get(page::small_html))
        .route("/page.css", get(page::css))
        .route("/page.js", get(page::js))
        .route("/healthz", get(health))
        .route("/metrics", get(metrics_text))
        .route("/api/latency", get(latency))
        .route("/api/machine", get(events::machine))
        .route("/api/events", get(events::stream))
        .route("/api/scenes", get(cameras::scenes))
        .route("/api/cameras", get(cameras::list))
        .route("/api/cameras/{id}", get(cameras::show))
        .route("/api/cameras/{id}/picture.jpg", get(cameras::picture))
        .route("/api/cameras/{id}/retry", post(cameras::retry))
        .route("/api/cases", get(cases::list))
        .route("/api/cases/{id}", get(cases::show))
        .route("/api/cases/{id}/history", get(cases::history))
        .route("/api/cases/{id}/evidence/{name}", get(cases::evidence))
        .route("/api/cases/{id}/life", get(lives::show))
        .route("/api/cases/{id}/transitions", post(lives::take_step))
        .route("/api/city/reload", post(lives::reload_city))
        .fallback(|| async { Problem::not_found("there is nothing at this address") })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this address does not take that method")
        })
        .layer(Extension(feed))
        .layer(middleware::from_fn_with_state(state.clone(), guard))
        .with_state(state)
}

impl ApiState {
    /// Puts a question to the backend from a thread that may wait.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Backend) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let backend = Arc::clone(&self.backend);
        let answer = tokio::task::spawn_blocking(move || question(&*backend)).await;
        answer.map_err(|fault| {
            tracing::error!(%fault, "a question to the program was not answered");
            let detail = "the program could not answer; its log says why";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
        })
    }
}

/// 200 while it does its work, if not for every camera; 503 when it does not.
async fn health(State(state): State<ApiState>) -> Result<Response, Problem> {
    let (cameras, progress) = state.ask(|backend| (backend.cameras(), backend.progress())).await?;
    let health = Health::judge(&cameras, progress, state.clock.now());
    let status = match health.state {
        HealthState::Ok | HealthState::Degraded => StatusCode::OK,
        HealthState::Ill => StatusCode::SERVICE_UNAVAILABLE,
    };
    Ok((status, Json(health)).into_response())
}

async fn metrics_text(State(state): State<ApiState>) -> Response {
    let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (content_type, state.metrics.render()).into_response()
}

#[derive(Serialize)]
struct Latency {
    stages: Vec<StageLatency>,
}

async fn latency(State(state): State<ApiState>) -> Response {
    Json(Latency { stages: stage_latencies(&state.metrics.render()) }).into_response()
}
