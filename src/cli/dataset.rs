//! `xunjie case export --dataset`: what a detector can learn from verdicts.

use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use jiff::tz::TimeZone;

use crate::cases::Added;
use crate::cases::Dataset;
use crate::cases::EvidenceFolder;

use super::case;

/// So many cases are asked for at once.
const PAGE: usize = 500;
/// Some tens of gigabytes of pictures at most, and a night of training.
const DATASET_LIMIT: usize = 10_000;

/// Copy evidence and case.json out of the data folder, or pictures to learn from
///
/// With --dataset: pictures, boxes, kinds and verdicts of the cases that people judged false,
/// in the layout of a folder below `train/` that models/training reads. It goes on where an
/// earlier run ended, and overwrites nothing.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ExportArgs {
    /// The case's id, or `all`.
    #[arg(required_unless_present = "dataset", conflicts_with = "dataset")]
    pub(crate) id: Option<String>,
    /// The folder to write to; each case gets a folder in it.
    #[arg(short, long, required_unless_present = "dataset", conflicts_with = "dataset")]
    pub(crate) out: Option<PathBuf>,
    /// Write what a detector can learn from verdicts to this folder instead.
    #[arg(long, value_name = "DIR")]
    pub(crate) dataset: Option<PathBuf>,
    /// With --dataset: cases judged right too.
    #[arg(long, requires = "dataset")]
    pub(crate) all: bool,
    /// With --dataset: at most so many cases in this run.
    #[arg(long, requires = "dataset", value_name = "N", default_value_t = DATASET_LIMIT)]
    pub(crate) limit: usize,
}

/// # Errors
/// When the store cannot be read, or the folder not be written to.
pub(crate) fn export(
    data_dir: &Path,
    zone: &TimeZone,
    folder: &Path,
    args: &ExportArgs,
) -> Result<()> {
    write_dataset(data_dir, zone, folder, args, &mut io::stdout().lock())
}

fn write_dataset(
    data_dir: &Path,
    zone: &TimeZone,
    folder: &Path,
    args: &ExportArgs,
    out: &mut impl Write,
) -> Result<()> {
    let store = case::open(data_dir)?;
    let kept = EvidenceFolder::new(data_dir, zone.clone());
    let mut dataset = Dataset::open(folder)?;
    let judged = store.judged_count(args.all)?;
    let bar = ProgressBar::new(judged.min(args.limit as u64));
    bar.set_style(ProgressStyle::with_template("{bar:30} {pos} of {len} cases {eta}")?);
    let (mut cases, mut sum, mut after) = (0, Added::default(), None);
    loop {
        let room = args.limit.saturating_sub(cases).min(PAGE);
        let page = store.judged(args.all, after.as_ref().map(|(at, id)| (*at, id)), room)?;
        let Some(last) = page.last() else { break };
        after = Some((last.found_at, last.id.clone()));
        for judged in &page {
            let Some(case) = store.case(&judged.id)? else { continue };
            let added = dataset.add(&case, judged.verdict, &kept)?;
            sum.written += added.written;
            sum.already += added.already;
            sum.outdated += added.outdated;
            sum.missing += added.missing;
            cases += 1;
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    let which = if args.all { "judged" } else { "wrong" };
    writeln!(
        out,
        "{} pictures of {cases} {which} cases written to {}",
        sum.written,
        folder.display()
    )?;
    let told = [
        (sum.already, "stood there already"),
        (sum.outdated, "stand there under a verdict that has changed; a new folder would have it"),
        (sum.missing, "are gone: their time was over"),
    ];
    for (count, what) in told.into_iter().filter(|(count, _)| *count > 0) {
        writeln!(out, "{count} {what}")?;
    }
    let left = judged.saturating_sub(cases as u64);
    if left > 0 {
        writeln!(out, "{left} more cases are judged; --limit {judged} takes them too")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::cases::Actor;
    use crate::cases::EvidenceContext;
    use crate::cases::EvidenceRole;
    use crate::cases::FalseReason;
    use crate::cases::Step;
    use crate::cases::sample;
    use crate::city::sample::example;
    use crate::dispatch::LifeBook;
    use crate::store::STORE_FILE;
    use crate::store::Store;
    use crate::time::Clock;

    use super::*;

    /// Four cases with two pictures each: two wrong, one right, one not judged.
    fn data() -> tempfile::TempDir {
        let data = tempfile::tempdir().unwrap();
        let store = std::sync::Arc::new(Store::open(&data.path().join(STORE_FILE)).unwrap());
        let kept = EvidenceFolder::new(data.path(), TimeZone::UTC);
        let (clock, _hand) = Clock::simulated(sample::second(1_000));
        let book = LifeBook::new(std::sync::Arc::clone(&store), example(), clock);
        for stay in 1..=4 {
            let mut case = sample::case(stay);
            let pictures = [sample::picture(EvidenceRole::A), sample::picture(EvidenceRole::B)];
            let context = EvidenceContext::default();
            let written = kept.write(&case, &pictures, Some(&context), case.filed_at).unwrap();
            case.add_evidence(written);
            store.file_case(&case, &[]).unwrap();
            book.begin(&case).unwrap();
            let step = match stay {
                1 | 2 => Step::Judge { right: false, reason: Some(FalseReason::SomethingElse) },
                3 => Step::Judge { right: true, reason: None },
                _ => continue,
            };
            book.take(&case.id, &step, &Actor::Person("li".to_owned()), None).unwrap();
        }
        data
    }

    fn exported(data: &Path, folder: &Path, all: bool, limit: usize) -> String {
        let args = ExportArgs { all, limit, ..ExportArgs::default() };
        let mut out = Vec::new();
        write_dataset(data, &TimeZone::UTC, folder, &args, &mut out).unwrap();
        String::from_utf8(out).unwrap().replace(&folder.display().to_string(), "OUT")
    }

    #[test]
    fn wrong_cases_are_exported_in_several_runs_and_right_ones_when_asked_for() {
        let (data, out) = (data(), tempfile::tempdir().unwrap());
        let said = exported(data.path(), out.path(), false, 1);
        let expected = "2 pictures of 1 wrong cases written to OUT\n\
            1 more cases are judged; --limit 2 takes them too\n";
        assert_eq!(said, expected);
        let said = exported(data.path(), out.path(), false, 100);
        assert_eq!(said, "2 pictures of 2 wrong cases written to OUT\n2 stood there already\n");
        let said = exported(data.path(), out.path(), true, 100);
        assert_eq!(said, "2 pictures of 3 judged cases written to OUT\n4 stood there already\n");
        let labelled = crate::sim::labelled_pictures(out.path()).unwrap();
        assert_eq!(labelled.len(), 6);
        let things = labelled.iter().map(|picture| picture.things.len()).sum::<usize>();
        assert_eq!(things, 2, "of the right case alone");
        assert!(labelled.iter().all(|picture| picture.ignored.len() == 4));
    }
}
