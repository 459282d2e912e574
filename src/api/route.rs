//! One route: its address, who may, and what answers. None is made without saying who may.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::MethodFilter;
use axum::routing::MethodRouter;
use axum::routing::on;
use utoipa::ToSchema;

use super::Access;
use super::doc::Doc;
use super::doc::Given;
use super::doc::Shape;
use super::door::Gate;
use super::door::Need;
use super::door::Rule;
use super::door::admit;
use super::server::ApiState;

pub(super) struct Route {
    pub(super) rule: Rule,
    pub(super) doc: Doc,
    answers: MethodRouter<ApiState>,
}

pub(super) fn get<H, T>(path: &'static str, need: Need, handler: H) -> Route
where
    H: Handler<T, ApiState>,
    T: 'static,
{
    route((Method::GET, MethodFilter::GET), path, need, handler)
}

pub(super) fn post<H, T>(path: &'static str, need: Need, handler: H) -> Route
where
    H: Handler<T, ApiState>,
    T: 'static,
{
    route((Method::POST, MethodFilter::POST), path, need, handler)
}

pub(super) fn put<H, T>(path: &'static str, need: Need, handler: H) -> Route
where
    H: Handler<T, ApiState>,
    T: 'static,
{
    route((Method::PUT, MethodFilter::PUT), path, need, handler)
}

pub(super) fn delete<H, T>(path: &'static str, need: Need, handler: H) -> Route
where
    H: Handler<T, ApiState>,
    T: 'static,
{
    route((Method::DELETE, MethodFilter::DELETE), path, need, handler)
}

fn route<H, T>(
    (method, filter): (Method, MethodFilter),
    path: &'static str,
    need: Need,
    handler: H,
) -> Route
where
    H: Handler<T, ApiState>,
    T: 'static,
{
    let (rule, doc) = (Rule::new(method, path, need), Doc::default());
    Route { rule, doc, answers: on(filter, handler) }
}

impl Route {
    /// Each look at it is written into the audit log.
    pub(super) fn evidence(mut self) -> Self {
        self.rule.evidence = true;
        self
    }

    /// Its handler writes the audit log itself.
    pub(super) fn records_itself(mut self) -> Self {
        self.rule.records_itself = true;
        self
    }

    /// A token may also stand in the query or in a form, as Open311's clients send it.
    pub(super) fn takes_api_key(mut self) -> Self {
        self.rule.takes_api_key = true;
        self
    }

    /// Its answer goes on, as long as whoever asked may have it.
    pub(super) fn streams(mut self) -> Self {
        self.rule.streams = true;
        self
    }

    /// What it is for, in one line.
    pub(super) fn says(mut self, says: &'static str) -> Self {
        self.doc.says = says;
        self
    }

    /// Takes this word in its query.
    pub(super) fn asks<T: ToSchema>(mut self, name: &'static str, meaning: &'static str) -> Self {
        self.doc.asks.push((name, Shape::of::<T>(), meaning));
        self
    }

    /// Takes a JSON body.
    pub(super) fn takes<T: ToSchema>(self) -> Self {
        self.takes_shape("application/json", Shape::of::<T>())
    }

    /// Takes a body that no type of ours describes.
    pub(super) fn takes_shape(mut self, content_type: &'static str, shape: Shape) -> Self {
        self.doc.takes = Some((content_type, shape));
        self
    }

    /// Answers 200 with this, as JSON.
    pub(super) fn gives<T: ToSchema>(self) -> Self {
        self.gives_with::<T>(StatusCode::OK)
    }

    /// Answers so with this, as JSON.
    pub(super) fn gives_with<T: ToSchema>(mut self, status: StatusCode) -> Self {
        self.doc.gives.push((status, Given::Json(Shape::of::<T>())));
        self
    }

    /// Answers 200 with a file of this type.
    pub(super) fn gives_file(mut self, content_type: &'static str) -> Self {
        self.doc.gives.push((StatusCode::OK, Given::File(content_type)));
        self
    }

    /// Answers so, with nothing more.
    pub(super) fn gives_nothing(mut self, status: StatusCode) -> Self {
        self.doc.gives.push((status, Given::Nothing));
        self
    }

    /// Puts the route into the router, behind its door.
    pub(super) fn add_to(self, router: Router<ApiState>, access: &Arc<Access>) -> Router<ApiState> {
        let path = self.rule.path;
        let gate = Arc::new(Gate { access: Arc::clone(access), rule: self.rule });
        router.route(path, self.answers.route_layer(middleware::from_fn_with_state(gate, admit)))
    }
}
