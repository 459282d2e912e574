//! Who may log in, for administrators: names and roles, nothing of passwords.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::User;
use crate::store::Store;

use super::problem::Problem;
use super::server::ApiState;

#[derive(Serialize, ToSchema)]
pub(super) struct UserList {
    /// By name.
    users: Vec<User>,
}

pub(super) async fn list(State(state): State<ApiState>) -> Result<Response, Problem> {
    let users = state.access.ask(Store::users).await?;
    Ok(Json(UserList { users }).into_response())
}
