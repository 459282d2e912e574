//! The OpenAPI document: made of the table of routes and of the types themselves.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::http::Method;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::access::Scope;

use super::doc::Given;
use super::doc::Shape;
use super::door::Need;
use super::door::Rule;
use super::problem::Body;
use super::route::Route;
use super::routes::table;

const ABOUT: &str = "Watches a city's street cameras and turns what they see into cases. Whoever sits at \
the program's own machine needs no login until there are users; then people log in for a session and programs \
send a token. Every refusal is a problem with a sentence in `detail`.";

/// Schemas by name, in the order that the document has them.
type Schemas = BTreeMap<String, Value>;

pub(super) async fn show() -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| document(&table()).to_string());
    ([(header::CONTENT_TYPE, "application/json")], text.as_str()).into_response()
}

/// The document of these routes.
pub(super) fn document(routes: &[Route]) -> Value {
    let mut schemas = Schemas::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in routes {
        let method = route.rule.method.as_str().to_ascii_lowercase();
        let operation = operation(route, &mut schemas);
        paths.entry(route.rule.path).or_default().insert(method, operation);
    }
    let problem = Shape::of::<Body>().taken_into(&mut schemas);
    let told = json!({ "application/problem+json": { "schema": problem } });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Xunjie",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": { "Problem": { "description": "Why not, in a sentence.", "content": told } },
            "securitySchemes": security_schemes(),
        },
    })
}

fn security_schemes() -> Value {
    json!({
        "session": {
            "type": "apiKey", "in": "cookie", "name": "xunjie-session",
            "description": "Of a person who logged in; over TLS it is named __Host-xunjie-session.",
        },
        "csrf": {
            "type": "apiKey", "in": "header", "name": "X-CSRF-Token",
            "description": "Goes with each change in a session; GET /api/session tells it.",
        },
        "token": {
            "type": "http", "scheme": "bearer",
            "description": "Of a program, as `xunjie token add` or POST /api/tokens made it.",
        },
        "api_key": {
            "type": "apiKey", "in": "query", "name": "api_key",
            "description": "The token of an Open311 client, in the query or in the form.",
        },
    })
}

fn operation(route: &Route, schemas: &mut Schemas) -> Value {
    let (rule, doc) = (&route.rule, &route.doc);
    let mut parameters: Vec<Value> = path_words(rule.path)
        .map(|name| {
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
        })
        .collect();
    for (name, shape, meaning) in &doc.asks {
        let schema = shape.taken_into(schemas);
        parameters
            .push(json!({ "name": name, "in": "query", "schema": schema, "description": meaning }));
    }
    let mut operation = json!({
        "operationId": operation_id(rule),
        "summary": doc.says,
        "tags": [tag(rule.path)],
        "responses": responses(route, schemas),
        "security": security(rule),
        "x-who-may": who_may(rule.need),
    });
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some((content_type, shape)) = &doc.takes {
        let schema = shape.taken_into(schemas);
        operation["requestBody"] =
            json!({ "required": true, "content": { *content_type: { "schema": schema } } });
    }
    operation
}

fn responses(route: &Route, schemas: &mut Schemas) -> Value {
    let mut responses = Map::new();
    for (status, given) in &route.doc.gives {
        let mut response = json!({ "description": given.in_words() });
        let content = match given {
            Given::Nothing => None,
            Given::Json(shape) => {
                Some(json!({ "application/json": { "schema": shape.taken_into(schemas) } }))
            }
            Given::File(content_type) => Some(json!({ *content_type: {} })),
        };
        if let Some(content) = content {
            response["content"] = content;
        }
        responses.insert(status.as_str().to_owned(), response);
    }
    let problem = json!({ "$ref": "#/components/responses/Problem" });
    if route.rule.need != Need::Open {
        for status in ["401", "403"] {
            responses.insert(status.to_owned(), problem.clone());
        }
    }
    responses.insert("default".to_owned(), problem);
    responses.into()
}

fn security(rule: &Rule) -> Value {
    let session = if rule.method == Method::GET {
        json!({ "session": [] })
    } else {
        json!({ "session": [], "csrf": [] })
    };
    match rule.need {
        Need::Open => json!([]),
        Need::Session => json!([session]),
        Need::Of(..) if rule.takes_api_key => {
            json!([session, { "token": [] }, { "api_key": [] }])
        }
        Need::Of(..) => json!([session, { "token": [] }]),
    }
}

fn who_may(need: Need) -> Value {
    match need {
        Need::Open => json!("everybody"),
        Need::Session => json!("whoever is logged in"),
        Need::Of(role, scopes) => {
            let scopes: Vec<_> = scopes.iter().copied().map(Scope::name).collect();
            json!({ "role": role.name(), "scopes": scopes })
        }
    }
}

/// The names in braces.
fn path_words(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|word| word.strip_prefix('{')?.strip_suffix('}'))
}

fn operation_id(rule: &Rule) -> String {
    let words =
        rule.path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let method = rule.method.as_str().to_ascii_lowercase();
    words.fold(method, |id, word| format!("{id}_{word}"))
}

/// The first word behind `/api/`.
fn tag(path: &str) -> &str {
    if path.starts_with("/open311/") {
        return "open311";
    }
    let word = path.strip_prefix("/api/").and_then(|rest| rest.split('/').next());
    word.unwrap_or("machine")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_document_is_as_it_was_unless_it_is_meant() {
        insta::assert_json_snapshot!("openapi", document(&table()));
    }

    #[test]
    fn every_route_is_in_it_once_and_says_what_it_does() {
        let routes = table();
        let document = document(&routes);
        let mut ids = BTreeSet::new();
        for Route { rule, .. } in &routes {
            let method = rule.method.as_str().to_ascii_lowercase();
            let operation = &document["paths"][rule.path][&method];
            let says = operation["summary"].as_str().unwrap_or_default();
            assert!(!says.is_empty(), "{method} {}: add .says(...) in routes.rs", rule.path);
            let answers = operation["responses"].as_object().unwrap();
            let good = |status: &String| status.starts_with('2');
            assert!(answers.keys().any(good), "{method} {}: add .gives...", rule.path);
            assert!(
                ids.insert(operation["operationId"].to_string()),
                "{} is there twice",
                rule.path
            );
        }
    }

    #[test]
    fn everything_that_it_refers_to_is_in_it() {
        fn references(value: &Value, found: &mut BTreeSet<String>) {
            match value {
                Value::Object(object) => {
                    if let Some(Value::String(to)) = object.get("$ref") {
                        found.insert(to.clone());
                    }
                    for value in object.values() {
                        references(value, found);
                    }
                }
                Value::Array(array) => {
                    for value in array {
                        references(value, found);
                    }
                }
                _ => {}
            }
        }
        let document = document(&table());
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 10, "{found:?}");
        for to in found {
            let path = to.strip_prefix('#').unwrap();
            assert!(document.pointer(path).is_some(), "{to} leads nowhere");
        }
    }
}
