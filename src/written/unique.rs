//! Ids that may stand once only: within a file, or within a camera.

use std::collections::HashMap;

use super::value::Value;

/// The ids met so far, with the line of each.
#[derive(Default)]
pub(crate) struct Ids {
    lines: HashMap<String, usize>,
}

impl Ids {
    /// Remembers the id; notes a fault of `value` if it was met before.
    pub(crate) fn claim(&mut self, id: &str, value: &Value<'_>) {
        if let Some(line) = self.lines.get(id) {
            value.fault(format!("is taken on line {line}, must be another"));
        } else {
            self.lines.insert(id.to_owned(), value.line());
        }
    }

    pub(crate) fn contain(&self, id: &str) -> bool {
        self.lines.contains_key(id)
    }
}
