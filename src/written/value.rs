//! One value of the file, read as the type that is wanted or noted as a fault with its bound.

use std::ops::Range;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml::de::DeTable;
use toml::de::DeValue;

use super::document::Notes;
use super::faults::Spot;
use super::near::nearest;
use super::shown::value_shown;

/// A value and the way to it. Every reading either gives the value or notes why not.
pub(crate) struct Value<'a> {
    key: &'static str,
    path: String,
    /// From its key to its end; an element's is its own.
    place: Range<usize>,
    inner: &'a DeValue<'a>,
    notes: &'a Notes<'a>,
}

impl<'a> Value<'a> {
    pub(crate) const fn new(
        key: &'static str,
        path: String,
        place: Range<usize>,
        inner: &'a DeValue<'a>,
        notes: &'a Notes<'a>,
    ) -> Self {
        Self { key, path, place, inner, notes }
    }

    /// Notes that this value is at fault.
    pub(crate) fn fault(&self, message: impl Into<String>) {
        let value = value_shown(self.key, self.inner);
        self.notes.note(self.place.clone(), self.path.clone(), value, message.into());
    }

    /// Where it stands, for a fault that shows only when other files are read.
    pub(crate) fn spot(&self) -> Spot {
        let value = value_shown(self.key, self.inner);
        Spot { line: self.line(), key: self.path.clone(), value }
    }

    /// The line it stands on, counted from 1.
    pub(crate) fn line(&self) -> usize {
        self.notes.line(self.place.start)
    }

    /// A text that is not empty.
    pub(crate) fn text(&self) -> Option<&'a str> {
        let text = self.inner.as_str().filter(|text| !text.trim().is_empty());
        self.or_fault(text, || "must be a text in quotes, not empty".to_owned())
    }

    /// A text of which `parse` makes something; `must_be` says what it takes.
    pub(crate) fn parsed<T>(
        &self,
        must_be: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let parsed = self.inner.as_str().and_then(parse);
        self.or_fault(parsed, || format!("must be {must_be}"))
    }

    /// One of the named choices.
    pub(crate) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let named = |text| choices.iter().find(|(name, _)| *name == text);
        let chosen = self.inner.as_str().and_then(named).map(|(_, choice)| *choice);
        self.or_fault(chosen, || {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            let meant = self.inner.as_str().and_then(|text| nearest(text, &names));
            let meant = meant.map(|name| format!(", did you mean {name:?}?")).unwrap_or_default();
            format!("must be one of {}{meant}", names.join(", "))
        })
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        self.or_fault(self.inner.as_bool(), || "must be true or false".to_owned())
    }

    /// A number within the bounds.
    pub(crate) fn number(&self, bounds: RangeInclusive<f64>) -> Option<f64> {
        let number = self.any_number();
        let what = if number.is_some() { "" } else { "a number, " };
        let within = number.filter(|number| bounds.contains(number));
        self.or_fault(within, || format!("must be {what}{} to {}", bounds.start(), bounds.end()))
    }

    /// A length of time in seconds within the bounds, which must not be negative.
    pub(crate) fn seconds(&self, bounds: RangeInclusive<f64>) -> Option<Duration> {
        self.number(bounds).map(Duration::from_secs_f64)
    }

    /// A whole number within the bounds.
    pub(crate) fn count(&self, bounds: RangeInclusive<u64>) -> Option<u64> {
        let whole = self.integer().and_then(|whole| u64::try_from(whole).ok());
        let what = if self.integer().is_some() { "" } else { "a whole number, " };
        let within = whole.filter(|whole| bounds.contains(whole));
        self.or_fault(within, || format!("must be {what}{} to {}", bounds.start(), bounds.end()))
    }

    /// Exactly `N` numbers, as in `[0.1, 0.4]`; none without a fault if it is anything else.
    pub(crate) fn numbers<const N: usize>(&self) -> Option<[f64; N]> {
        let elements = self.elements().filter(|elements| elements.len() == N)?;
        let numbers: Option<Vec<f64>> = elements.iter().map(Self::any_number).collect();
        numbers?.try_into().ok()
    }

    /// The elements of a list; none without a fault if it is no list.
    pub(crate) fn elements(&self) -> Option<Vec<Value<'a>>> {
        let element = |(index, element): (usize, &'a toml::Spanned<DeValue<'a>>)| {
            let path = format!("{}[{index}]", self.path);
            Value::new(self.key, path, element.span(), element.get_ref(), self.notes)
        };
        self.inner.as_array().map(|array| array.iter().enumerate().map(element).collect())
    }

    /// The entries of a table and the place of its header; none without a fault if it is no table.
    pub(crate) fn as_table(&self) -> Option<(&'a DeTable<'a>, Range<usize>)> {
        self.inner.as_table().map(|table| (table, self.place.clone()))
    }

    /// A date with time and offset, written without quotes.
    pub(crate) fn as_datetime_text(&self) -> Option<String> {
        self.inner.as_datetime().map(ToString::to_string)
    }

    pub(crate) fn as_str(&self) -> Option<&'a str> {
        self.inner.as_str()
    }

    fn any_number(&self) -> Option<f64> {
        match self.inner {
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::Integer(_) => self.integer().map(|whole| whole as f64),
            _ => None,
        }
    }

    fn integer(&self) -> Option<i64> {
        let number = self.inner.as_integer()?;
        i64::from_str_radix(number.as_str(), number.radix()).ok()
    }

    fn or_fault<T>(&self, value: Option<T>, message: impl FnOnce() -> String) -> Option<T> {
        if value.is_none() {
            self.fault(message());
        }
        value
    }
}
