//! The command line.

mod config;
pub mod model;
pub mod sim;

/// Runs the command that the program's arguments name.
#[must_use]
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
