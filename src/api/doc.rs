//! What a route takes and gives, for the OpenAPI document.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::Value;
use serde_json::json;
use utoipa::PartialSchema;
use utoipa::ToSchema;
use utoipa::openapi::KnownFormat;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::RefOr;
use utoipa::openapi::SchemaFormat;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::schema::Type;

use crate::access::Scope;
use crate::access::Scopes;
use crate::access::TokenId;
use crate::access::TokenName;
use crate::access::UserName;
use crate::cases::CaseId;
use crate::city::ClassId;
use crate::city::DistrictId;
use crate::city::GridId;
use crate::city::PersonId;
use crate::city::RoadId;
use crate::city::RoleId;
use crate::city::UnitId;
use crate::geometry::BoxInImage;
use crate::geometry::GeoPoint;
use crate::geometry::Point;
use crate::ingest::CameraId;
use crate::rules::ZoneId;
use crate::store::SinkId;
use crate::time::Timestamp;

/// What the document says of a route beside who may.
#[derive(Default)]
pub(super) struct Doc {
    pub(super) says: &'static str,
    /// Words of the query, their shape and their meaning.
    pub(super) asks: Vec<(&'static str, Shape, &'static str)>,
    /// The body's type and shape.
    pub(super) takes: Option<(&'static str, Shape)>,
    pub(super) gives: Vec<(StatusCode, Given)>,
}

/// What an answer holds.
pub(super) enum Given {
    Nothing,
    Json(Shape),
    /// Something else of this type.
    File(&'static str),
}

impl Given {
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Nothing => "Done.".to_owned(),
            Self::Json(shape) => shape.name.clone().unwrap_or_else(|| "An object.".to_owned()),
            Self::File(content_type) => format!("A file of the type {content_type}."),
        }
    }
}

/// The shape of a value: by name where it has one, with all that it refers to.
pub(super) struct Shape {
    name: Option<String>,
    schema: Value,
    refers_to: Vec<(String, Value)>,
}

impl Shape {
    pub(super) fn of<T: ToSchema>() -> Self {
        let mut others = Vec::new();
        T::schemas(&mut others);
        let refers_to = others.into_iter().map(|(name, schema)| (name, written(&schema)));
        let schema = written(&T::schema());
        // Plain texts and numbers need no name of their own.
        let has_parts =
            ["properties", "allOf", "oneOf", "enum"].iter().any(|key| schema.get(key).is_some());
        let name = has_parts.then(|| T::name().into_owned());
        Self { name, schema, refers_to: refers_to.collect() }
    }

    /// A shape that no type of ours has.
    pub(super) const fn plain(schema: Value) -> Self {
        Self { name: None, schema, refers_to: Vec::new() }
    }

    /// Puts it and what it refers to among the schemas; gives what leads there.
    pub(super) fn taken_into(&self, schemas: &mut BTreeMap<String, Value>) -> Value {
        schemas.extend(self.refers_to.iter().cloned());
        match &self.name {
            Some(name) => {
                schemas.insert(name.clone(), self.schema.clone());
                json!({ "$ref": format!("#/components/schemas/{name}") })
            }
            None => self.schema.clone(),
        }
    }
}

fn written(schema: &RefOr<Schema>) -> Value {
    serde_json::to_value(schema).expect("a schema holds only texts, numbers and lists")
}

macro_rules! text {
    ($($name:ident),*) => {
        $(
            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    String::schema()
                }
            }

            impl ToSchema for $name {}
        )*
    };
}

text!(CameraId, ZoneId, CaseId, ClassId, DistrictId, GridId, PersonId, RoadId, RoleId, UnitId);
text!(UserName, TokenName, TokenId, SinkId);

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        let format = Some(SchemaFormat::KnownFormat(KnownFormat::DateTime));
        ObjectBuilder::new().schema_type(Type::String).format(format).into()
    }
}

impl ToSchema for Timestamp {}

impl PartialSchema for Point {
    fn schema() -> RefOr<Schema> {
        Vec::<f32>::schema()
    }
}

impl ToSchema for Point {}

impl PartialSchema for GeoPoint {
    fn schema() -> RefOr<Schema> {
        Vec::<f64>::schema()
    }
}

impl ToSchema for GeoPoint {}

impl PartialSchema for BoxInImage {
    fn schema() -> RefOr<Schema> {
        Vec::<f32>::schema()
    }
}

impl ToSchema for BoxInImage {}

impl PartialSchema for Scopes {
    fn schema() -> RefOr<Schema> {
        Vec::<Scope>::schema()
    }
}

impl ToSchema for Scopes {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((<Scope as ToSchema>::name().into_owned(), Scope::schema()));
    }
}
