//! `xunjie city`: what the city knows of itself, checked.

use std::io;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use anyhow::bail;
use clap::Args;
use serde::Serialize;

use crate::city::CityData;

const EXAMPLES: &str = "\
Examples:
  xunjie city check docs/city-example
  xunjie city check --json city | jq '.files[] | .file, .faults[]'

docs/city.md explains every file; docs/city-example is a district to start from.";

/// Check a folder of city data.
///
/// Reads classes, calendar, grids, people, roads, cameras, berths, permits and
/// duties, and tells every fault of every file at once, and between them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CheckArgs {
    /// The folder of `centre.toml` and the other files
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// So many remarks are shown to people; a program reads them all.
const REMARKS_SHOWN_MAX: usize = 20;

#[derive(Serialize)]
struct Report<'a> {
    ok: bool,
    name: &'a str,
    sub_districts: usize,
    grids: usize,
    people: usize,
    units: usize,
    classes: usize,
    roads: usize,
    cameras: usize,
    berths: usize,
    berths_in_service: usize,
    vending_points: usize,
    quiet_areas: usize,
    duties: Vec<&'a str>,
    remarks: &'a [String],
}

/// # Errors
/// When any of the files is at fault.
pub(crate) fn check(args: &CheckArgs) -> Result<()> {
    write_check(args, &mut io::stdout().lock())
}

fn write_check(args: &CheckArgs, out: &mut impl Write) -> Result<()> {
    let city = match CityData::load(&args.folder) {
        Ok(city) => city,
        Err(faults) if args.json => {
            let (folder, files) = (&faults.folder, &faults.files);
            let report = serde_json::json!({ "ok": false, "folder": folder, "files": files });
            writeln!(out, "{report}")?;
            bail!("the city data is faulty");
        }
        Err(faults) => return Err(faults.into()),
    };
    let report = report(&city);
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    } else {
        print(out, &report)?;
    }
    Ok(())
}

fn report(city: &CityData) -> Report<'_> {
    Report {
        ok: true,
        name: &city.centre.name,
        sub_districts: city.centre.districts.len(),
        grids: city.grids.len(),
        people: city.people.len(),
        units: city.units.len(),
        classes: city.classes.len(),
        roads: city.roads.len(),
        cameras: city.cameras.len(),
        berths: city.berths.len(),
        berths_in_service: city.berths.iter().filter(|berth| berth.in_service).count(),
        vending_points: city.vending_points.len(),
        quiet_areas: city.quiet_areas.len(),
        duties: city.duties.iter().map(|duty| duty.id.as_str()).collect(),
        remarks: &city.remarks,
    }
}

fn print(out: &mut impl Write, report: &Report<'_>) -> Result<()> {
    writeln!(out, "{}: no faults", report.name)?;
    writeln!(out, "  classes         {:>7}", report.classes)?;
    writeln!(
        out,
        "  grids           {:>7}  in {} sub-districts",
        report.grids, report.sub_districts
    )?;
    writeln!(out, "  people          {:>7}", report.people)?;
    writeln!(out, "  units           {:>7}", report.units)?;
    writeln!(out, "  roads           {:>7}", report.roads)?;
    writeln!(out, "  cameras         {:>7}", report.cameras)?;
    writeln!(
        out,
        "  berths          {:>7}  {} in service",
        report.berths, report.berths_in_service
    )?;
    writeln!(out, "  vending points  {:>7}", report.vending_points)?;
    writeln!(out, "  quiet areas     {:>7}", report.quiet_areas)?;
    writeln!(out, "  duties          {:>7}  {}", report.duties.len(), report.duties.join(", "))?;
    for remark in report.remarks.iter().take(REMARKS_SHOWN_MAX) {
        writeln!(out, "  note: {remark}")?;
    }
    if let Some(more) = report.remarks.len().checked_sub(REMARKS_SHOWN_MAX + 1) {
        writeln!(out, "  and {} more notes; --json has them all", more + 1)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::city::sample::example_folder;

    use super::*;

    fn checked(folder: PathBuf, json: bool) -> (bool, String) {
        let mut out = Vec::new();
        let done = write_check(&CheckArgs { folder, json }, &mut out);
        (done.is_ok(), String::from_utf8(out).unwrap())
    }

    #[test]
    fn the_worked_example_reads_like_this() {
        let (ok, text) = checked(example_folder(), false);
        assert!(ok);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_program_reads_counts_or_faults() {
        let (ok, text) = checked(example_folder(), true);
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(ok && report["grids"] == 85 && report["ok"] == true, "{report}");
        let folder = tempfile::tempdir().unwrap();
        let (ok, text) = checked(folder.path().to_owned(), true);
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(!ok && report["ok"] == false, "{report}");
        assert_eq!(report["files"].as_array().unwrap().len(), 5, "{report}");
    }
}
