//! The command line.

#[expect(dead_code, reason = "the program's `case` command is to call it")]
mod case;

/// Runs the command that the program's arguments name.
#[must_use]
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
