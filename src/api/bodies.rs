//! The shapes of bodies that no type of ours has, for the OpenAPI document.

use serde_json::json;

use crate::cases::FalseReason;

use super::doc::Shape;

/// A citizen's report, as the standard names its fields.
pub(super) fn report() -> Shape {
    let names = [
        "service_code",
        "lat",
        "long",
        "address_string",
        "address_id",
        "description",
        "first_name",
        "last_name",
        "phone",
        "email",
        "media_url",
        "api_key",
    ];
    let fields: serde_json::Map<_, _> =
        names.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect();
    Shape::plain(json!({ "type": "object", "required": ["service_code"], "properties": fields }))
}

/// A step's own keys depend on the step.
pub(super) fn step() -> Shape {
    let steps = [
        "review", "file", "dispatch", "accept", "handle", "return", "check", "close", "reject",
        "merge", "split", "reassign", "suspend", "resume", "extend", "judge",
    ];
    Shape::plain(json!({
        "type": "object",
        "required": ["step"],
        "additionalProperties": false,
        "properties": {
            "step": { "type": "string", "enum": steps },
            "why": { "type": "string", "description": "Needed where somebody will ask." },
            "by": {
                "type": "string",
                "description": "Who, where nobody need log in; whom a program acts for, where one does.",
            },
            "to": { "type": "string", "description": "The person, with dispatch and reassign." },
            "outcome": { "type": "string", "description": "What became of it, with handle." },
            "into": { "type": "string", "description": "The other case, with merge." },
            "until": { "type": "string", "format": "date-time", "description": "With suspend." },
            "right": { "type": "boolean", "description": "With judge." },
            "reason": {
                "type": "string",
                "enum": FalseReason::ALL.map(FalseReason::name),
                "description": "Why not, with judge where it was not right.",
            },
        },
    }))
}

#[cfg(test)]
mod tests {
    use crate::cases::Step;

    use super::*;

    #[test]
    fn the_steps_of_the_document_are_those_that_there_are() {
        let shape = step().taken_into(&mut std::collections::BTreeMap::new());
        for name in shape["properties"]["step"]["enum"].as_array().unwrap() {
            let asked = json!({
                "step": name, "to": "li", "into": "0".repeat(32), "right": true,
                "until": "2026-05-01T08:00:00Z",
            });
            // A step refuses keys that are another's, not its own name.
            let told = serde_json::from_value::<Step>(asked).err().map(|fault| fault.to_string());
            let told = told.unwrap_or_default();
            assert!(!told.contains("unknown variant"), "{told}");
        }
    }
}
