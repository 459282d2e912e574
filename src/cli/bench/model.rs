//! `xunjie bench model`: what each model costs a picture, and how well it sees.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use anyhow::bail;
use clap::Args;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use serde::Serialize;

use crate::detect::Detector;
use crate::detect::Kind;
use crate::detect::Model;
use crate::detect::ModelFile;
use crate::detect::Provider;
use crate::detect::SearchPath;
use crate::ingest::Frame;
use crate::runtime::thread_cpu;
use crate::sim::Accuracy;
use crate::sim::KindAccuracy;
use crate::sim::LabelledPicture;
use crate::sim::labelled_pictures;

use crate::cli::model::read_picture;

/// Boxes below this score change no average precision that anyone would see.
const WEAK: f32 = 0.02;
/// Pictures that are seen before the clock counts: caches and clocks warm up.
const WARM_UP: usize = 3;

/// Measure each model: time a picture on one core, and accuracy.
///
/// The time is the thread's own CPU time from the frame to its boxes, the
/// mean of the pictures, with one thread for inference. The accuracy is the
/// average precision at an overlap of 0.5, over the kinds that the model knows
/// and the pictures show. Where pictures are labelled in part (`labelled.tsv`),
/// only what is complete counts.
#[derive(Debug, Args)]
pub(crate) struct ModelArgs {
    /// Models to measure [default: all of models/]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Folder of labelled pictures (images/, labels/ as YOLO writes them); may be named again
    #[arg(long, value_name = "DIR", required = true)]
    pictures: Vec<PathBuf>,
    /// Take every Nth picture
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u16).range(1..))]
    every: u16,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    pictures: usize,
    models: Vec<ModelReport>,
}

#[derive(Debug, Serialize)]
struct ModelReport {
    model: String,
    /// Width and height of the tensor.
    input: [u32; 2],
    megabytes: f64,
    /// CPU time a picture, from the frame to its boxes.
    ms: f64,
    /// Mean over the kinds; none where the pictures show none that it knows.
    map50: Option<f64>,
    kinds: BTreeMap<Kind, KindAccuracy>,
    /// Why it could not be measured.
    failed: Option<String>,
}

/// # Errors
/// When pictures or a named model cannot be used.
pub(crate) fn model(args: &ModelArgs) -> Result<()> {
    let search = SearchPath::usual();
    let names = if args.names.is_empty() {
        search.manifests().into_iter().map(|path| path.to_string_lossy().into_owned()).collect()
    } else {
        args.names.clone()
    };
    if names.is_empty() {
        bail!("no manifest in models/");
    }
    let mut pictures = Vec::new();
    for folder in &args.pictures {
        pictures.extend(labelled_pictures(folder)?.into_iter().step_by(usize::from(args.every)));
    }
    let bar = ProgressBar::new((names.len() * pictures.len()) as u64);
    bar.set_style(ProgressStyle::with_template("{bar:30} {percent:>3}% {msg} {eta}")?);
    let mut models = Vec::new();
    for (number, name) in names.iter().enumerate() {
        bar.set_position((number * pictures.len()) as u64);
        let measured = measure(name, &search, &pictures, &bar);
        // One that is asked for by name must be there; of all, some may lack their weights.
        match measured {
            Err(error) if args.names.is_empty() => models.push(failed(name, &error)),
            measured => models.push(measured?),
        }
    }
    bar.finish_and_clear();
    let report = Report { pictures: pictures.len(), models };
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    } else {
        print(&mut out, &report)?;
    }
    Ok(())
}

fn failed(name: &str, error: &anyhow::Error) -> ModelReport {
    ModelReport {
        model: short(name),
        input: [0; 2],
        megabytes: 0.0,
        ms: 0.0,
        map50: None,
        kinds: BTreeMap::new(),
        failed: Some(format!("{error:#}")),
    }
}

/// The name of a manifest without its folder and ending.
fn short(name: &str) -> String {
    PathBuf::from(name).file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn measure(
    name: &str,
    search: &SearchPath,
    pictures: &[LabelledPicture],
    bar: &ProgressBar,
) -> Result<ModelReport> {
    let file = ModelFile::read(name, search)?;
    bar.set_message(file.name().to_owned());
    let mut model = Model::new(&file.clone().weak_from(WEAK), Provider::Cpu)?;
    let mut accuracy = Accuracy::default();
    let (mut took, mut timed) = (Duration::ZERO, 0_u32);
    for (number, picture) in pictures.iter().enumerate() {
        let frame = Frame::from_rgb(&read_picture(&picture.path)?)?;
        let begun = thread_cpu();
        let found = model.detect(&frame)?;
        if number >= WARM_UP.min(pictures.len() - 1) {
            took += thread_cpu().saturating_sub(begun);
            timed += 1;
        }
        accuracy.add(picture, &found);
        bar.inc(1);
    }
    let known = |kind: &Kind| file.manifest().kinds.values().any(|mapped| mapped == kind);
    let mut kinds = accuracy.by_kind(|kind| file.manifest().thresholds(kind).strong);
    kinds.retain(|kind, _| known(kind));
    let sum: f64 = kinds.values().map(|kind| kind.ap50).sum();
    let tensor = file.manifest().tensor;
    Ok(ModelReport {
        model: file.name().to_owned(),
        input: [tensor.width, tensor.height],
        megabytes: std::fs::metadata(file.path())?.len() as f64 / 1e6,
        ms: took.as_secs_f64() * 1e3 / f64::from(timed.max(1)),
        map50: (!kinds.is_empty()).then(|| sum / kinds.len() as f64),
        kinds,
        failed: None,
    })
}

fn print(out: &mut impl Write, report: &Report) -> Result<()> {
    writeln!(out, "{} pictures, one core, one thread\n", report.pictures)?;
    writeln!(
        out,
        "{:<16} {:>9} {:>6} {:>6} {:>6}  AP50 of each kind",
        "model", "input", "MB", "ms", "mAP50"
    )?;
    for model in &report.models {
        if let Some(reason) = &model.failed {
            writeln!(out, "{:<16} not measured: {reason}", model.model)?;
            continue;
        }
        let kinds = model.kinds.iter();
        let kinds: Vec<_> =
            kinds.map(|(kind, found)| format!("{} {:.2}", kind.name(), found.ap50)).collect();
        let input = format!("{}x{}", model.input[0], model.input[1]);
        let map50 = model.map50.map_or("-".to_owned(), |value| format!("{value:.3}"));
        writeln!(
            out,
            "{:<16} {input:>9} {:>6.1} {:>6.1} {map50:>6}  {}",
            model.model,
            model.megabytes,
            model.ms,
            kinds.join(", ")
        )?;
    }
    Ok(())
}
