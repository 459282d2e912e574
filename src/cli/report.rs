//! `xunjie report`: what the cases of some days come to.

use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use anyhow::Result;
use clap::Args;
use clap::ValueEnum;

use crate::cases::Language;
use crate::cases::ReportBy;
use crate::cases::ReportFormat;
use crate::cases::ReportQuery;
use crate::cases::ReportStyle;
use crate::city::CityData;
use crate::config::Config;
use crate::dispatch::LifeBook;
use crate::time::Clock;

use super::case;

const EXAMPLES: &str = "\
Examples:
  xunjie report --config city.toml --by grid --format html -o grids.html
  xunjie report --config city.toml --from 2026-05-01 --to 2026-05-31 --by unit --lang zh --format csv -o units.csv
  xunjie report --data data --city docs/city-example --by day --format json | jq '.total'

docs/city.md says what each figure counts; each report states it and its formula too.";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ByArg {
    Day,
    Week,
    Month,
    Grid,
    Unit,
    Road,
    Class,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    /// A page that reads on a screen and prints on A4
    Html,
    /// For a spreadsheet
    Csv,
    /// For a program
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LanguageArg {
    En,
    Zh,
}

/// Count the cases of some days: found, filed, on time, returned, how long each stage took
///
/// Whole days of the city, the first and the last included. Everything is counted from the
/// histories of the cases, as they stand now.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ReportArgs {
    /// The configuration whose cases and city are meant
    #[arg(long, value_name = "CITY.toml", conflicts_with_all = ["data", "city"])]
    config: Option<PathBuf>,
    /// The data folder, where there is no configuration
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// The folder of city data, where there is no configuration
    #[arg(long, value_name = "DIR", required_unless_present = "config")]
    city: Option<PathBuf>,
    /// The first day, such as 2026-05-01 [default: 29 days before the last]
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last day [default: today]
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// What makes a row
    #[arg(long, default_value = "grid")]
    by: ByArg,
    #[arg(long, default_value = "html")]
    format: FormatArg,
    /// What it is written in
    #[arg(long, default_value = "en")]
    lang: LanguageArg,
    /// The file to write [default: the standard output]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// # Errors
/// When there are no city data, or no cases, or the file cannot be written.
pub(crate) fn report(args: &ReportArgs) -> Result<()> {
    let text = text_of(args, Clock::system())?;
    match &args.out {
        Some(file) => {
            fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
        }
        None => Ok(io::stdout().lock().write_all(text.as_bytes())?),
    }
}

fn text_of(args: &ReportArgs, clock: Clock) -> Result<String> {
    let (data, city) = match &args.config {
        Some(file) => {
            let config = Config::load(file)?;
            (config.data_dir, config.city)
        }
        None => (args.data.clone(), args.city.clone()),
    };
    let book = book(&data, city.as_deref(), clock)?;
    let query =
        ReportQuery::new(args.from.as_deref(), args.to.as_deref(), by(args.by), book.today())?;
    let report = book.city_report(query)?;
    let format = match args.format {
        FormatArg::Html => ReportFormat::Html,
        FormatArg::Csv => ReportFormat::Csv,
        FormatArg::Json => ReportFormat::Json,
    };
    let language = match args.lang {
        LanguageArg::En => Language::English,
        LanguageArg::Zh => Language::Chinese,
    };
    Ok(report.written(format, language, ReportStyle::Within, book.city().calendar.zone()))
}

/// The lives in a data folder, by the city's rules.
pub(super) fn book(data: &Path, city: Option<&Path>, clock: Clock) -> Result<LifeBook> {
    let folder =
        city.context("there are no city data: name their folder as `city` in the configuration")?;
    let store = Arc::new(case::open(data)?);
    Ok(LifeBook::new(store, CityData::load(folder)?, clock))
}

const fn by(arg: ByArg) -> ReportBy {
    match arg {
        ByArg::Day => ReportBy::Day,
        ByArg::Week => ReportBy::Week,
        ByArg::Month => ReportBy::Month,
        ByArg::Grid => ReportBy::Grid,
        ByArg::Unit => ReportBy::Unit,
        ByArg::Road => ReportBy::Road,
        ByArg::Class => ReportBy::Class,
    }
}
