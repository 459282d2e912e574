//! `xunjie case precision` and `xunjie case register`.

use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Result;
use anyhow::bail;
use clap::Args;
use jiff::tz::TimeZone;

use crate::cases::PUBLISHED_PRECISION;
use crate::cases::Precision;
use crate::cases::PrecisionRow;
use crate::cases::ReportBy;
use crate::cases::ReportQuery;
use crate::cases::Subject;
use crate::cases::Violation;
use crate::time::Clock;
use crate::time::Timestamp;

use super::case;
use super::report;

/// Say how often cases are right, from what people said of them
///
/// For each class, camera and zone: right of judged, the share, and between which shares it
/// truly lies, as far as so few verdicts can tell (Wilson, 95 %). What is surely below the goal is
/// marked, with the commonest reason.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct PrecisionArgs {
    /// Only cases found on this day or later, such as 2026-05-01
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Only cases found on this day or earlier
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// The share that ought to be right; the usual one is what cities publish
    #[arg(long, value_name = "SHARE", default_value_t = PUBLISHED_PRECISION)]
    goal: f64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Look up or note violations of a plate or a shop
///
/// Without --case it tells what is registered. With it, it notes a violation; with --excuse as a
/// first one that is let pass, which the city allows a plate or shop once for each class and year.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct RegisterArgs {
    #[arg(long, required_unless_present = "shop", conflicts_with = "shop")]
    plate: Option<String>,
    #[arg(long)]
    shop: Option<String>,
    /// The case's id, or enough of its beginning
    #[arg(long, value_name = "ID", requires = "why", requires = "by")]
    case: Option<String>,
    /// Let it pass as a first violation
    #[arg(long, requires = "case")]
    excuse: bool,
    /// Why
    #[arg(long, requires = "case")]
    why: Option<String>,
    /// Who notes it
    #[arg(long, value_name = "NAME", requires = "case")]
    by: Option<String>,
    /// The folder of city data, where there is no configuration
    #[arg(long, value_name = "DIR")]
    city: Option<PathBuf>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// # Errors
/// When the store cannot be read.
pub(crate) fn precision(data_dir: &Path, zone: &TimeZone, args: &PrecisionArgs) -> Result<()> {
    write_precision(data_dir, zone, args, &Clock::system(), &mut io::stdout().lock())
}

/// # Errors
/// When the case is unknown, the subject was excused before, or there are no city data.
pub(crate) fn register(
    data_dir: &Path,
    city: Option<&Path>,
    zone: &TimeZone,
    args: &RegisterArgs,
) -> Result<()> {
    write_register(data_dir, city, zone, args, &mut io::stdout().lock())
}

fn write_precision(
    data_dir: &Path,
    zone: &TimeZone,
    args: &PrecisionArgs,
    clock: &Clock,
    out: &mut impl Write,
) -> Result<()> {
    if !(0.0..=1.0).contains(&args.goal) {
        bail!("--goal {} must be a share from 0 to 1", args.goal);
    }
    let span = if args.from.is_none() && args.to.is_none() {
        (Timestamp::EPOCH, Timestamp::from_micros(i64::MAX))
    } else {
        let today = clock.now().zoned(zone).date();
        let (from, to) = (args.from.as_deref(), args.to.as_deref());
        ReportQuery::new(from, to, ReportBy::Day, today)?.span(zone)
    };
    let counts = case::open(data_dir)?.verdict_counts(span)?;
    let precision = Precision::of(&counts, args.goal);
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&precision)?)?;
        return Ok(());
    }
    if precision.all.share.judged == 0 {
        writeln!(out, "nobody has judged a case of these days yet")?;
        return Ok(());
    }
    print(&precision, out)
}

fn print(precision: &Precision, out: &mut impl Write) -> Result<()> {
    let parts = [
        ("class", precision.classes.as_slice()),
        ("camera", &precision.cameras),
        ("zone", &precision.zones),
        ("", std::slice::from_ref(&precision.all)),
    ];
    let ids = parts.iter().flat_map(|(_, rows)| rows.iter().map(|row| row.id.chars().count()));
    let width = ids.max().unwrap_or(0).max(6);
    for (title, rows) in parts {
        writeln!(
            out,
            "{title:<width$}  {:>6}  {:>6}  {:>6}  {:<12}",
            "right", "judged", "share", "truly within"
        )?;
        for row in rows {
            let PrecisionRow { id, share, .. } = row;
            let percent = |share: f64| format!("{:.1}%", share * 100.0);
            let line = format!(
                "{id:<width$}  {:>6}  {:>6}  {:>6}  {:>5}–{:<6}  {}",
                share.right,
                share.judged,
                share.precision.map_or_else(String::new, percent),
                percent(share.low),
                percent(share.high),
                remark(row)
            );
            writeln!(out, "{}", line.trim_end())?;
        }
        writeln!(out)?;
    }
    let goal = precision.goal * 100.0;
    let below = precision.often_wrong().count();
    writeln!(out, "goal {goal:.0}%: {below} cameras and zones are surely below it")?;
    Ok(())
}

fn remark(row: &PrecisionRow) -> String {
    let reason = row.reasons.first().map(|(reason, count)| format!("{reason} ({count})"));
    match (row.often_wrong, reason) {
        (true, Some(reason)) => format!("often wrong, mostly {reason}"),
        (true, None) => "often wrong".to_owned(),
        (false, Some(reason)) => format!("mostly {reason}"),
        (false, None) => String::new(),
    }
}

fn write_register(
    data_dir: &Path,
    city: Option<&Path>,
    zone: &TimeZone,
    args: &RegisterArgs,
    out: &mut impl Write,
) -> Result<()> {
    let subject = match (&args.plate, &args.shop) {
        (Some(plate), _) => Subject::plate(plate)?,
        (None, Some(shop)) => Subject::shop(shop)?,
        (None, None) => bail!("name a plate or a shop"),
    };
    let violations = match (&args.case, &args.why, &args.by) {
        (Some(id), Some(why), Some(by)) => {
            let case = case::one_case(&case::open(data_dir)?, id)?;
            let city = args.city.as_deref().or(city);
            let book = report::book(data_dir, city, Clock::system())?;
            book.register(subject, &case.id, args.excuse, by, why)?
        }
        _ => case::open(data_dir)?.violations(&subject)?,
    };
    if violations.is_empty() {
        writeln!(out, "nothing is registered: a first violation")?;
    }
    for violation in &violations {
        if args.json {
            writeln!(out, "{}", serde_json::to_string(violation)?)?;
        } else {
            writeln!(out, "{}", line_of(violation, zone))?;
        }
    }
    Ok(())
}

fn line_of(violation: &Violation, zone: &TimeZone) -> String {
    let Violation { case_id, class, at, by, excused, why, .. } = violation;
    let at = at.zoned(zone).strftime("%Y-%m-%d %H:%M").to_string();
    let what = if *excused { "excused" } else { "noted" };
    format!("{at}  {what:<7}  {class}  case {}  by {by}: {why}", &case_id.as_str()[..12])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::cases::Actor;
    use crate::cases::FalseReason;
    use crate::cases::Step;
    use crate::cases::sample;
    use crate::city::sample::example;
    use crate::city::sample::example_folder;
    use crate::dispatch::LifeBook;
    use crate::store::STORE_FILE;
    use crate::store::Store;

    use super::*;

    /// Ten cases of one camera, judged: two right, eight wrong.
    fn data() -> tempfile::TempDir {
        let data = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&data.path().join(STORE_FILE)).unwrap());
        let (clock, _hand) = Clock::simulated(sample::second(1_000));
        let book = LifeBook::new(Arc::clone(&store), example(), clock);
        for stay in 1..=10 {
            let case = sample::case(stay);
            store.file_case(&case, &[]).unwrap();
            book.begin(&case).unwrap();
            let step = match stay {
                1 | 2 => Step::Judge { right: true, reason: None },
                3..=8 => Step::Judge { right: false, reason: Some(FalseReason::Permitted) },
                _ => Step::Judge { right: false, reason: Some(FalseReason::Queue) },
            };
            book.take(&case.id, &step, &Actor::Person("li".to_owned()), None).unwrap();
        }
        data
    }

    #[test]
    fn what_is_often_wrong_is_told_with_its_commonest_reason() {
        let data = data();
        let zone = TimeZone::UTC;
        let mut out = Vec::new();
        let args = PrecisionArgs { goal: PUBLISHED_PRECISION, ..PrecisionArgs::default() };
        write_precision(data.path(), &zone, &args, &Clock::system(), &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
        let later = PrecisionArgs {
            from: Some("2026-06-01".to_owned()),
            to: Some("2026-06-30".to_owned()),
            ..args
        };
        let mut out = Vec::new();
        write_precision(data.path(), &zone, &later, &Clock::system(), &mut out).unwrap();
        assert!(String::from_utf8(out).unwrap().starts_with("nobody has judged"));
    }

    #[test]
    fn a_plate_is_excused_once() {
        let data = data();
        let folder = example_folder();
        let written = |args: &RegisterArgs| {
            let mut out = Vec::new();
            let city = Some(folder.as_path());
            write_register(data.path(), city, &TimeZone::UTC, args, &mut out)?;
            Ok::<_, anyhow::Error>(String::from_utf8(out).unwrap())
        };
        let look = RegisterArgs { plate: Some("豫A 12345".to_owned()), ..RegisterArgs::default() };
        assert_eq!(written(&look).unwrap(), "nothing is registered: a first violation\n");
        let excuse = RegisterArgs {
            case: Some(sample::case(1).id.as_str()[..10].to_owned()),
            excuse: true,
            why: Some("moved at once".to_owned()),
            by: Some("wang".to_owned()),
            ..look.clone()
        };
        assert!(written(&excuse).unwrap().contains("excused  illegal_parking  case"));
        let error = written(&excuse).unwrap_err().to_string();
        assert!(error.starts_with("excused already for illegal_parking at"), "{error}");
        let note = RegisterArgs { excuse: false, ..excuse };
        assert_eq!(written(&note).unwrap().lines().count(), 2);
        assert_eq!(written(&look).unwrap().lines().count(), 2);
    }
}
