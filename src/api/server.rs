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
use serde::Serialize;
use utoipa::ToSchema;

use crate::runtime::Metrics;
use crate::runtime::Shutdown;
use crate::runtime::Worker;
use crate::time::Clock;

use super::Access;
use super::Backend;
use super::Health;
use super::HealthState;
use super::StageLatency;
use super::Tls;
use super::door::Caller;
use super::feed::Feed;
use super::guard::guard;
use super::listener::BoundedListener;
use super::listener::Peer;
use super::open311;
use super::problem::Problem;
use super::route::Route;
use super::routes::table;
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
    pub access: Arc<Access>,
    /// What it speaks TLS with; plain HTTP without.
    pub tls: Option<Arc<Tls>>,
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
    let listener = BoundedListener::new(listener, state.tls.clone());
    let service = app.into_make_service_with_connect_info::<Peer>();
    let server = axum::serve(listener, service).with_graceful_shutdown({
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
    let access = &state.access;
    let add = |router: Router<ApiState>, route: Route| route.add_to(router, access);
    table()
        .into_iter()
        .fold(Router::new(), add)
        .fallback(|| async { Problem::not_found("there is nothing at this address") })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this address does not take that method")
        })
        .layer(Extension(feed))
        .layer(middleware::from_fn(open311::in_their_words))
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
/// Who has not logged in learns no more than that: reasons name cameras.
pub(super) async fn health(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Response, Problem> {
    let (cameras, progress) = state.ask(|backend| (backend.cameras(), backend.progress())).await?;
    let health = Health::judge(&cameras, progress, state.clock.now());
    let status = match health.state {
        HealthState::Ok | HealthState::Degraded => StatusCode::OK,
        HealthState::Ill => StatusCode::SERVICE_UNAVAILABLE,
    };
    let told = if caller.may_read() {
        AnyHealth::Whole(Box::new(health))
    } else {
        AnyHealth::Brief(BriefHealth { state: health.state })
    };
    Ok((status, Json(told)).into_response())
}

#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BriefHealth {
    state: HealthState,
}

/// The whole for who may look, the state for others.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum AnyHealth {
    #[schema(value_type = Health)]
    Whole(Box<Health>),
    Brief(BriefHealth),
}

pub(super) async fn metrics_text(State(state): State<ApiState>) -> Response {
    let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (content_type, state.metrics.render()).into_response()
}

#[derive(Serialize, ToSchema)]
pub(super) struct Latency {
    stages: Vec<StageLatency>,
}

pub(super) async fn latency(State(state): State<ApiState>) -> Response {
    Json(Latency { stages: stage_latencies(&state.metrics.render()) }).into_response()
}
