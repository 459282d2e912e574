//! `xunjie config`: what a configuration looks like.

use std::io::Write;

use crate::config::EXAMPLE;

/// Prints the commented example, which parses.
///
/// # Errors
/// When the standard output is closed or full.
pub(crate) fn example() -> std::io::Result<()> {
    std::io::stdout().lock().write_all(EXAMPLE.as_bytes())
}
