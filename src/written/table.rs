//! One table of the file: its known keys, and those values read in it that are themselves tables.

use std::ops::Range;
use std::path::PathBuf;

use toml::de::DeTable;
use toml::de::DeValue;

use super::document::Notes;
use super::near::nearest;
use super::shown::text_shown;
use super::value::Value;

/// Ids longer than this are no ids and not used to name a table in faults.
const ID_SHOWN_MAX: usize = 64;

/// A table whose unknown keys are told already.
pub(crate) struct Table<'a> {
    entries: &'a DeTable<'a>,
    /// Where its header stands.
    place: Range<usize>,
    /// The way to it, as in `camera.kerb`; empty for the top.
    path: String,
    keys: &'static [&'static str],
    notes: &'a Notes<'a>,
}

impl<'a> Table<'a> {
    pub(crate) fn top(
        entries: &'a DeTable<'a>,
        keys: &'static [&'static str],
        notes: &'a Notes<'a>,
    ) -> Self {
        Self::new(entries, 0..0, String::new(), keys, notes)
    }

    fn new(
        entries: &'a DeTable<'a>,
        place: Range<usize>,
        path: String,
        keys: &'static [&'static str],
        notes: &'a Notes<'a>,
    ) -> Self {
        let table = Self { entries, place, path, keys, notes };
        for key in entries.keys().filter(|key| !keys.contains(&key.get_ref().as_ref())) {
            table.refuse_unknown(key.get_ref(), key.span());
        }
        table
    }

    /// The value under the key, if it is given.
    pub(crate) fn value(&self, key: &'static str) -> Option<Value<'a>> {
        debug_assert!(self.keys.contains(&key), "{key} is read, so it must be a known key");
        let (name, value) = self.entries.get_key_value(key)?;
        let place = name.span().start..value.span().end;
        Some(Value::new(key, self.path_of(key), place, value.get_ref(), self.notes))
    }

    /// The value under the key; a fault if it is not given.
    pub(crate) fn needed(&self, key: &'static str, example: &str) -> Option<Value<'a>> {
        let value = self.value(key);
        if value.is_none() {
            self.missing(key, format!("is missing, write it like {example}"));
        }
        value
    }

    /// Notes a fault of a key that is not given; nothing where the TOML is
    /// broken, for there the key may stand unread.
    pub(crate) fn missing(&self, key: &str, message: impl Into<String>) {
        if !self.notes.broken() {
            self.notes.note(self.place.clone(), self.path_of(key), None, message.into());
        }
    }

    /// A table such as `[budget]`.
    pub(crate) fn table(
        &self,
        key: &'static str,
        keys: &'static [&'static str],
    ) -> Option<Table<'a>> {
        let value = self.value(key)?;
        let Some((entries, place)) = value.as_table() else {
            value.fault(format!("must be a table, written [{}]", self.path_of(key)));
            return None;
        };
        Some(Self::new(entries, place, self.path_of(key), keys, self.notes))
    }

    /// A list of tables such as `[[camera]]`, each named by its id where it has one.
    pub(crate) fn tables(
        &self,
        key: &'static str,
        keys: &'static [&'static str],
        count_max: usize,
    ) -> Vec<Table<'a>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let name = self.header_of(key);
        let Some(elements) = value.elements() else {
            value.fault(format!("must be a list of tables, each begun with [[{name}]]"));
            return Vec::new();
        };
        if count_max < elements.len() {
            value.fault(format!("{} of them: must be at most {count_max}", elements.len()));
            return Vec::new();
        }
        let each = elements.iter().enumerate().filter_map(|(index, element)| {
            let Some((entries, place)) = element.as_table() else {
                element.fault(format!("must be a table, begun with [[{name}]]"));
                return None;
            };
            let path = format!("{}.{}", self.path_of(key), id_or_number(entries, index));
            Some(Self::new(entries, place, path, keys, self.notes))
        });
        each.collect()
    }

    /// Whether any of the file's TOML is broken, so that parts of it may be unread.
    pub(crate) fn broken(&self) -> bool {
        self.notes.broken()
    }

    /// The path as seen from the folder of the file.
    pub(crate) fn beside_file(&self, path: &str) -> PathBuf {
        self.notes.file.parent().unwrap_or(self.notes.file).join(path)
    }

    fn refuse_unknown(&self, key: &str, place: Range<usize>) {
        let message = match nearest(key, self.keys) {
            Some(known) => format!("unknown key, did you mean {known:?}?"),
            None => format!("unknown key, known here are {}", self.keys.join(", ")),
        };
        // A key without its usual form is quoted, and cleared of what looks like a password.
        let bare = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let usual = !key.is_empty() && key.len() <= ID_SHOWN_MAX && key.chars().all(bare);
        let shown = if usual { key.to_owned() } else { text_shown(key) };
        self.notes.note(place, self.path_of(&shown), None, message);
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// What stands in the brackets of the list's header: the way without ids.
    fn header_of(&self, key: &str) -> String {
        match self.path.split_once('.') {
            Some((list, _)) => format!("{list}.{key}"),
            None => key.to_owned(),
        }
    }
}

/// `kerb` for a table with that id, `#3` for the third if it has none fit to be shown.
fn id_or_number(entries: &DeTable<'_>, index: usize) -> String {
    let fit = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    match entries.get("id").map(toml::Spanned::get_ref) {
        Some(DeValue::String(id))
            if (1..=ID_SHOWN_MAX).contains(&id.len()) && id.chars().all(fit) =>
        {
            id.clone().into_owned()
        }
        _ => format!("#{}", index + 1),
    }
}
