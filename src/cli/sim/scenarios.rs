//! `xunjie sim scenarios`: what can happen on the simulated street.

use std::io::Write;

use anyhow::Result;
use clap::Args;

use crate::sim::scenarios as all_scenarios;

/// List the scenarios of the simulated street.
#[derive(Debug, Args)]
pub(crate) struct ScenariosArgs {
    /// Print one JSON list
    #[arg(long)]
    json: bool,
}

/// # Errors
/// When the standard output is closed.
pub(crate) fn scenarios(args: &ScenariosArgs) -> Result<()> {
    let scenarios = all_scenarios()?;
    let mut out = std::io::stdout().lock();
    if args.json {
        let list: Vec<_> = scenarios
            .iter()
            .map(|script| {
                serde_json::json!({
                    "name": script.name,
                    "title": script.title,
                    "seconds": script.seconds,
                    "kinds": script.kinds(),
                })
            })
            .collect();
        writeln!(out, "{}", serde_json::to_string(&list)?)?;
        return Ok(());
    }
    let width = scenarios.iter().map(|script| script.name.len()).max().unwrap_or(0);
    for script in &scenarios {
        writeln!(out, "{:width$}  {}", script.name, script.title)?;
    }
    Ok(())
}
