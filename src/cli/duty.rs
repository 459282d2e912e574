//! `xunjie city duty`: which duty is in force, and switching another on.

use std::io;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use anyhow::Result;
use clap::Args;

use crate::config::Config;
use crate::dispatch::LifeBook;
use crate::pipeline::city_data;
use crate::store::STORE_FILE;
use crate::store::Store;
use crate::time::Clock;

use super::data::record;
use super::data::who;

const EXAMPLES: &str = "\
Examples:
  xunjie city duty --config city.toml           which is in force, and which there are
  xunjie city duty flood --config city.toml     cameras look for what a flood brings";

/// Show the duty in force, or switch another on.
///
/// A running program takes it up within half a minute; without one it holds from the next start.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DutyArgs {
    /// A duty of `duties.toml`
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// The configuration whose city is meant
    #[arg(long, value_name = "CITY.toml")]
    config: PathBuf,
    /// Who switches it, for the record; whoever gives the command if left out
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
}

/// # Errors
/// When the city has no such duty, or the store cannot be written.
pub(crate) fn duty(args: &DutyArgs) -> Result<()> {
    let config = Config::load(&args.config)?;
    let city = city_data(&config)?.context("the configuration names no city data")?;
    let store = Arc::new(Store::open_existing(&config.data_dir.join(STORE_FILE))?);
    let book = LifeBook::new(Arc::clone(&store), city, Clock::system());
    book.take_up_duty()?;
    if let Some(name) = &args.name {
        let by = args.by.clone().unwrap_or_else(who);
        book.switch_duty(name, &by)?;
        record(&store, format!("city duty {name}"), Some(by))?;
    }
    let report = book.duty();
    let mut out = io::stdout().lock();
    for duty in &report.duties {
        let in_force = Some(&duty.id) == report.duty.as_ref();
        let mark = if in_force { "in force" } else { "" };
        writeln!(out, "{:<20}  {mark:<8}  {}", duty.id, duty.name)?;
    }
    Ok(())
}
