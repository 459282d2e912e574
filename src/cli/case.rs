//! `xunjie case`: lists, shows, exports and verifies what the store holds.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use anyhow::bail;
use clap::Args;
use clap::ValueEnum;
use jiff::tz::TimeZone;

use crate::cases::Case;
use crate::cases::CaseId;
use crate::cases::CaseState;
use crate::cases::EvidenceFolder;
use crate::cases::verify as verify_package;
use crate::ingest::CameraId;
use crate::rules::IncidentKind;
use crate::store::CaseFilter;
use crate::store::STORE_FILE;
use crate::store::Store;
use crate::time::Timestamp;

use super::citizen;
use super::dataset::ExportArgs;

/// Cases are listed down to this number unless more is asked for: a screen or two.
const LIST_LIMIT: usize = 50;

/// Where a case stands, as written on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StateArg {
    /// The thing still stands there.
    Filed,
    /// The thing is gone.
    Cleared,
}

/// `xunjie case list`
#[derive(Args, Clone, Debug)]
pub(crate) struct ListArgs {
    /// Only cases in this state.
    #[arg(long)]
    pub(crate) state: Option<StateArg>,
    /// Only cases of this kind: `illegal_parking`, `street_vending` or `garbage_pile`.
    #[arg(long, value_parser = kind_from)]
    pub(crate) kind: Option<IncidentKind>,
    /// Only cases of this camera.
    #[arg(long, value_parser = CameraId::new)]
    pub(crate) camera: Option<CameraId>,
    /// Only cases filed at this time or later, such as 2026-05-01T08:00:00+08:00.
    #[arg(long, value_parser = Timestamp::parse)]
    pub(crate) since: Option<Timestamp>,
    /// Only cases filed before this time.
    #[arg(long, value_parser = Timestamp::parse)]
    pub(crate) before: Option<Timestamp>,
    /// At most so many, the newest first.
    #[arg(long, default_value_t = LIST_LIMIT)]
    pub(crate) limit: usize,
    /// One JSON object a line instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `xunjie case show`
#[derive(Args, Clone, Debug)]
pub(crate) struct ShowArgs {
    /// The case's id, or enough of its beginning.
    pub(crate) id: String,
    /// JSON instead of lines.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `xunjie case verify`
#[derive(Args, Clone, Debug)]
pub(crate) struct VerifyArgs {
    /// The case's id, `all`, or the folder of an exported case.
    pub(crate) what: String,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Lists cases of the store in `data_dir`, with times in the city's zone.
pub(crate) fn list(data_dir: &Path, zone: &TimeZone, args: &ListArgs) -> anyhow::Result<()> {
    write_list(data_dir, zone, args, &mut io::stdout().lock())
}

/// Shows all that is known of one case.
pub(crate) fn show(data_dir: &Path, zone: &TimeZone, args: &ShowArgs) -> anyhow::Result<()> {
    write_case(data_dir, zone, args, &mut io::stdout().lock())
}

/// Copies evidence and `case.json` out of the data folder.
pub(crate) fn export(data_dir: &Path, zone: &TimeZone, args: &ExportArgs) -> anyhow::Result<()> {
    write_export(data_dir, zone, args, &mut io::stdout().lock())
}

/// Checks that evidence is what it was when it was written; fails if any is not.
pub(crate) fn verify(data_dir: &Path, zone: &TimeZone, args: &VerifyArgs) -> anyhow::Result<()> {
    write_verdicts(data_dir, zone, args, &mut io::stdout().lock())
}

fn write_list(
    data_dir: &Path,
    zone: &TimeZone,
    args: &ListArgs,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let filter = CaseFilter {
        state: args.state.map(|state| match state {
            StateArg::Filed => CaseState::Filed,
            StateArg::Cleared => CaseState::Cleared,
        }),
        kind: args.kind,
        camera_id: args.camera.clone(),
        since: args.since,
        before: args.before,
        limit: Some(args.limit),
        ..CaseFilter::default()
    };
    let cases = open(data_dir)?.cases(&filter)?;
    if args.json {
        for case in &cases {
            writeln!(out, "{}", serde_json::to_string(case)?)?;
        }
        return Ok(());
    }
    if cases.is_empty() {
        writeln!(out, "{}", why_empty(args))?;
        return Ok(());
    }
    let camera_width = width_of("camera", cases.iter().map(Case::finder));
    let zone_width = width_of("zone", cases.iter().map(Case::zone));
    writeln!(
        out,
        "{:<12}  {:<26}  {:<15}  {:<camera_width$}  {:<zone_width$}  {:<7}  {:>9}  {:>8}",
        "case", "filed", "kind", "camera", "zone", "state", "stood", "told in"
    )?;
    for case in &cases {
        writeln!(
            out,
            "{:<12}  {:<26}  {:<15}  {:<camera_width$}  {:<zone_width$}  {:<7}  {:>9}  {:>8}",
            &case.id.as_str()[..12],
            case.filed_at.zoned(zone).strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
            case.kind.name(),
            case.finder(),
            case.zone(),
            state_in_words(case.state),
            length_in_words(case.dwell_s),
            emission_in_words(case),
        )?;
    }
    Ok(())
}

fn write_case(
    data_dir: &Path,
    zone: &TimeZone,
    args: &ShowArgs,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let case = one_case(&open(data_dir)?, &args.id)?;
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&case)?)?;
        return Ok(());
    }
    let at = |time: Timestamp| time.in_zone(zone);
    let since = if case.began_before_start { " or earlier" } else { "" };
    writeln!(out, "case      {}", case.id)?;
    let thing = case.thing.map(|thing| format!(" ({})", thing.name())).unwrap_or_default();
    writeln!(out, "kind      {}{thing}", case.kind)?;
    match &case.camera_id {
        Some(camera) => writeln!(out, "where     camera {camera}, zone {}", case.zone())?,
        None => citizen::write_report(&case, out)?,
    }
    writeln!(out, "state     {}, revision {}", state_in_words(case.state), case.revision)?;
    writeln!(out, "began     {}{since}", at(case.began_at))?;
    writeln!(out, "proved    {}", at(case.proved_at))?;
    writeln!(out, "filed     {}", at(case.filed_at))?;
    writeln!(out, "seen      {}", at(case.seen_at))?;
    if let Some(cleared_at) = case.cleared_at {
        writeln!(out, "cleared   {}", at(cleared_at))?;
    }
    writeln!(out, "stood     {}", length_in_words(case.dwell_s))?;
    writeln!(out, "score     {:.2}", case.score)?;
    let late = match case.latency.over_budget.as_slice() {
        [] => String::new(),
        missed => format!(", over budget: {}", missed.join(", ")),
    };
    let decision = case.latency.decision_ms;
    let told = match case.latency.emission_ms {
        Some(ms) => format!("told in {ms:.0} ms"),
        None => "not told yet".to_owned(),
    };
    writeln!(out, "latency   decided in {decision:.0} ms, {told}{late}")?;
    let folder = EvidenceFolder::new(data_dir, zone.clone());
    for evidence in &case.evidence {
        writeln!(out, "evidence  {}", folder.path_of(evidence).display())?;
    }
    if let Some(removed_at) = case.evidence_removed_at {
        writeln!(out, "evidence  let go of at {}, as its time was over", at(removed_at))?;
    }
    Ok(())
}

fn write_export(
    data_dir: &Path,
    zone: &TimeZone,
    args: &ExportArgs,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (Some(id), Some(folder)) = (&args.id, &args.out) else {
        bail!("name a case, or `all`, and a folder to write to");
    };
    let store = open(data_dir)?;
    let evidence = EvidenceFolder::new(data_dir, zone.clone());
    let cases = named_cases(&store, id)?;
    for case in &cases {
        let to = folder.join(case.id.as_str());
        export_case(case, &package_of(&evidence, case), &to)
            .with_context(|| format!("cannot export case {} to {}", case.id, to.display()))?;
    }
    let noun = if cases.len() == 1 { "case" } else { "cases" };
    writeln!(out, "{} {noun} exported to {}", cases.len(), folder.display())?;
    Ok(())
}

fn write_verdicts(
    data_dir: &Path,
    zone: &TimeZone,
    args: &VerifyArgs,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let packages: Vec<PathBuf> = if Path::new(&args.what).is_dir() {
        vec![PathBuf::from(&args.what)]
    } else {
        let evidence = EvidenceFolder::new(data_dir, zone.clone());
        let mut cases = named_cases(&open(data_dir)?, &args.what)?;
        let all = cases.len();
        cases.retain(|case| !case.evidence.is_empty() || case.evidence_removed_at.is_some());
        let without = all - cases.len();
        if without > 0 && !args.json {
            writeln!(out, "none  {without} of {all} cases never had evidence")?;
        }
        cases.iter().map(|case| package_of(&evidence, case)).collect()
    };
    let mut bad = 0;
    for package in &packages {
        let name = package.display().to_string();
        let verdict = verify_package(package);
        bad += usize::from(verdict.is_err());
        match (&verdict, args.json) {
            (Ok(found), true) => {
                let (case, files, gone) = (&found.case_id, found.files, found.let_go_at);
                let line = serde_json::json!({
                    "package": name, "case": case, "ok": true, "files": files, "let_go_at": gone,
                });
                writeln!(out, "{line}")?;
            }
            (Err(error), true) => {
                let reason = error.to_string();
                let line = serde_json::json!({"package": name, "ok": false, "reason": reason});
                writeln!(out, "{line}")?;
            }
            (Ok(found), false) => match found.let_go_at {
                Some(at) => writeln!(out, "gone  {name}: let go of at {}", at.in_zone(zone))?,
                None => writeln!(out, "ok    {name}: {} files", found.files)?,
            },
            (Err(error), false) => writeln!(out, "BAD   {name}: {error}")?,
        }
    }
    if bad > 0 {
        bail!("{bad} of {} packages are not what they were", packages.len());
    }
    Ok(())
}

pub(super) fn open(data_dir: &Path) -> anyhow::Result<Store> {
    Ok(Store::open_existing(&data_dir.join(STORE_FILE))?)
}

fn named_cases(store: &Store, name: &str) -> anyhow::Result<Vec<Case>> {
    if name != "all" {
        return Ok(vec![one_case(store, name)?]);
    }
    let (mut cases, mut seen) = (Vec::new(), HashSet::new());
    let mut before = None;
    loop {
        let page = store.cases(&CaseFilter { before, ..CaseFilter::default() })?;
        // Cases filed in the same microsecond may lie on both sides of a page's end.
        before = page.last().map(|last| last.filed_at + Duration::from_micros(1));
        let so_far = cases.len();
        cases.extend(page.into_iter().filter(|case| seen.insert(case.id.clone())));
        if cases.len() == so_far {
            return Ok(cases);
        }
    }
}

/// The case of this id, or the only one whose id begins so.
pub(super) fn one_case(store: &Store, name: &str) -> anyhow::Result<Case> {
    if let Some(id) = CaseId::parse(name) {
        return store.case(&id)?.with_context(|| format!("no case {name}"));
    }
    let mut found = store.cases_named(name)?;
    match found.len() {
        0 => bail!("no case {name:?}"),
        1 => Ok(found.remove(0)),
        many => bail!("{many} cases begin with {name:?}; write more of the id"),
    }
}

/// Where the case's evidence says that it is, whatever the zone of the command.
fn package_of(evidence: &EvidenceFolder, case: &Case) -> PathBuf {
    let first = case.evidence.first().map(|first| evidence.path_of(first));
    let package = first.and_then(|file| file.parent().map(Path::to_path_buf));
    package.unwrap_or_else(|| evidence.package_of(case))
}

fn export_case(case: &Case, package: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    fs::write(to.join("case.json"), serde_json::to_vec_pretty(case)?)?;
    if case.evidence.is_empty() && case.evidence_removed_at.is_none() {
        return Ok(());
    }
    for entry in fs::read_dir(package).with_context(|| package.display().to_string())? {
        let entry = entry?;
        let draft = entry.file_name().to_string_lossy().starts_with('.');
        if entry.file_type()?.is_file() && !draft {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

fn kind_from(text: &str) -> Result<IncidentKind, String> {
    let names = || IncidentKind::ALL.map(IncidentKind::name).join(", ");
    IncidentKind::from_name(text).ok_or_else(|| format!("{text:?} is none of {}", names()))
}

fn width_of<'a>(title: &str, texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0).max(title.len())
}

const fn state_in_words(state: CaseState) -> &'static str {
    match state {
        CaseState::Filed => "stands",
        CaseState::Cleared => "cleared",
    }
}

fn length_in_words(length_s: f64) -> String {
    let whole = length_s as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds:02}s"),
        _ => format!("{hours}h{minutes:02}m"),
    }
}

/// What would fill an empty list.
const fn why_empty(args: &ListArgs) -> &'static str {
    let filtered = args.state.is_some()
        || args.kind.is_some()
        || args.camera.is_some()
        || args.since.is_some()
        || args.before.is_some();
    if filtered {
        "no case fits; `xunjie case list` without filters lists the newest"
    } else {
        "no cases yet: `xunjie run` files one when something has stood in a zone for too long"
    }
}

fn emission_in_words(case: &Case) -> String {
    case.latency.emission_ms.map_or_else(|| "not yet".to_owned(), |ms| format!("{ms:.0} ms"))
}

#[cfg(test)]
mod tests {
    use crate::cases::EvidenceContext;
    use crate::cases::EvidenceRole;
    use crate::cases::sample;
    use crate::store::SinkId;

    use super::*;

    fn city() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(8))
    }

    /// A data folder with two filed cases, of cameras whose names differ in length.
    fn data_dir() -> (tempfile::TempDir, Vec<Case>) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        let evidence = EvidenceFolder::new(folder.path(), city());
        let mut cases = vec![sample::case(1), sample::case(2)];
        cases[1].camera_id = Some(CameraId::new("station-square-2").unwrap());
        for case in &mut cases {
            let pictures = [sample::picture(EvidenceRole::A), sample::picture(EvidenceRole::B)];
            let context = EvidenceContext::default();
            let now = case.filed_at;
            case.add_evidence(evidence.write(case, &pictures, Some(&context), now).unwrap());
            store.file_case(case, &[SinkId::new("desk").unwrap()]).unwrap();
        }
        (folder, cases)
    }

    fn listed(folder: &Path, args: &ListArgs) -> String {
        let mut out = Vec::new();
        write_list(folder, &city(), args, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    const ALL: ListArgs = ListArgs {
        state: None,
        kind: None,
        camera: None,
        since: None,
        before: None,
        limit: LIST_LIMIT,
        json: false,
    };

    #[test]
    fn lists_the_newest_first_as_a_table_or_as_json() {
        let (folder, cases) = data_dir();
        insta::assert_snapshot!(listed(folder.path(), &ALL));
        let json = listed(folder.path(), &ListArgs { json: true, ..ALL });
        let read: Vec<Case> =
            json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(read, [cases[1].clone(), cases[0].clone()]);
        let cleared = ListArgs { state: Some(StateArg::Cleared), ..ALL };
        assert!(listed(folder.path(), &cleared).starts_with("no case fits"));
    }

    #[test]
    fn shows_a_case_by_the_beginning_of_its_id() {
        let (folder, cases) = data_dir();
        let id = cases[0].id.as_str()[..8].to_owned();
        let mut out = Vec::new();
        write_case(folder.path(), &city(), &ShowArgs { id, json: false }, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        insta::assert_snapshot!(text.replace(&folder.path().display().to_string(), "DATA"));
        let unknown = ShowArgs { id: "*".to_owned(), json: false };
        let error = write_case(folder.path(), &city(), &unknown, &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "no case \"*\"");
    }

    #[test]
    fn an_export_verifies_until_a_file_is_touched() {
        let (folder, cases) = data_dir();
        let out = tempfile::tempdir().unwrap();
        let (id, to) = (Some("all".to_owned()), Some(out.path().to_owned()));
        let args = ExportArgs { id, out: to, ..ExportArgs::default() };
        write_export(folder.path(), &city(), &args, &mut Vec::new()).unwrap();
        let exported = out.path().join(cases[0].id.as_str());
        assert!(exported.join("case.json").is_file());
        let check = |what: String| {
            let mut out = Vec::new();
            let args = VerifyArgs { what, json: false };
            let verdict = write_verdicts(folder.path(), &city(), &args, &mut out);
            (verdict.is_ok(), String::from_utf8(out).unwrap())
        };
        assert!(check(exported.display().to_string()).0);
        assert!(check("all".to_owned()).0);
        fs::write(exported.join("B.jpg"), "forged").unwrap();
        let (ok, text) = check(exported.display().to_string());
        assert!(!ok && text.contains("\"B.jpg\" differs"), "{text}");
    }

    #[test]
    fn a_folder_without_a_store_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_list(folder.path(), &city(), &ALL, &mut Vec::new()).unwrap_err();
        assert!(error.to_string().starts_with("no store at "), "{error}");
    }
}
