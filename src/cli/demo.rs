//! `xunjie demo`: the whole way on cameras of its own, for who has none.

mod city;
mod folder;

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use anyhow::Result;
use clap::Args;
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::tz::TimeZone;

use crate::cases::Case;
use crate::cases::CaseChange;
use crate::cases::Step;
use crate::config::Config;
use crate::detect::Kind;
use crate::detect::ModelFile;
use crate::detect::SearchPath;
use crate::dispatch::DeliveryFailure;
use crate::dispatch::Sink;
use crate::dispatch::change_of;
use crate::ingest::CameraId;
use crate::pipeline::Parts;
use crate::rules::ZoneKind;
use crate::sim::Clip;
use crate::sim::Fault;
use crate::sim::Filmed;
use crate::sim::Join;
use crate::sim::Server;
use crate::sim::ServerSettings;
use crate::sim::SimCamera;
use crate::sim::scenario;
use crate::store::Delivery;
use crate::store::SinkId;
use crate::time::Clock;

use super::run;
use super::sim;

/// Cameras of the demo: name, scenario, seed. In the first half something is wrong sooner or later.
const CAMERAS: [(&str, &str, u64); 10] = [
    ("market-street", "stall_in_forbidden_place", 3),
    ("school-road", "car_parks_and_stays", 2),
    ("canal-lane", "garbage_dropped", 2),
    ("station-east", "tricycle_stall", 5),
    ("high-street", "car_double_parks", 1),
    ("mill-corner", "bin_overflows", 3),
    ("junction", "red_light_queue", 4),
    ("bus-stop", "bus_at_its_stop", 2),
    ("food-corner", "stall_in_permitted_place", 3),
    ("park-road", "busy_street", 8),
];
/// Models for streets, the best first.
const MODELS: [&str; 2] = ["street", "yolox_nano"];
/// A greater scale leaves less than a look's time.
const SCALE_MAX: f64 = 100.0;
/// As large as `street` sees them: larger ones would take longer to draw at the first start.
const SIZE: (u32, u32) = (512, 384);
/// Who starts a demo for the first time waits for every picture that is drawn, and only
/// keyframes are looked at, of which there is one a second.
const FPS: u32 = 1;
/// Beside the demo's configuration.
const CITY_FOLDER: &str = "city";
/// Steps that a camera takes in the life of a case that it has told as cleared, or as updated.
const TOLD_BEFORE: [&str; 2] = [Step::Clear.told_as(), Step::SeeStill.told_as()];

/// From one camera's beginning to the next one's, so that their keyframes do not fall together.
const APART: Duration = Duration::from_millis(90);

/// Show the whole way on cameras of its own.
///
/// Renders simulated streets (once; they are kept), plays them as RTSP cameras
/// on this machine, watches them as a city's cameras are watched, and prints
/// each case with the time that it took. On some streets something is wrong, on
/// others it only looks so. A city's dwell of minutes is divided by the time
/// scale, so that there is something to see.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where to serve the page, the metrics and the API
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8320")]
    listen: SocketAddr,
    /// By how much the zones' dwell is shortened: 5 min of no parking are 10 s at 30
    #[arg(long, value_name = "X", default_value_t = 30.0, value_parser = time_scale)]
    time_scale: f64,
    /// The model [default: `street` if it is there, else `yolox_nano`, which knows no stalls or garbage]
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Where cases and evidence are kept; emptied at the start
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    data: PathBuf,
}

/// # Errors
/// When the model is absent, a street cannot be rendered, or a part cannot start.
pub(crate) fn demo(args: &DemoArgs) -> Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "putting {} simulated streets on air", CAMERAS.len())?;
    let wanted = CAMERAS
        .iter()
        .map(|(_, name, seed)| Ok(sim::Wanted { script: scenario(name)?, seed: *seed }));
    let filmed = sim::clips(wanted.collect::<Result<_>>()?, Some(SIZE), FPS)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("sim")
        .enable_all()
        .build()
        .context("no runtime for the simulator")?;
    let cameras = cameras(&filmed)?;
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let settings = ServerSettings { listen, cameras, join: Join::Soon };
    let server = Server::start(settings, Clock::system(), runtime.handle())?;

    folder::begin(&args.data)?;
    city::write(&args.data.join(CITY_FOLDER), &titles()?)?;
    folder::write(&args.data, &configuration(&server, &filmed, args)?)?;
    let file = args.data.join(folder::CONFIGURATION);
    let config = Config::load(&file)?;
    let printer = Printer { id: SinkId::new("screen")?, time_zone: TimeZone::system() };
    let scale = args.time_scale;
    let more_sinks: Vec<Arc<dyn Sink>> = vec![Arc::new(printer)];
    let parts = Parts { more_sinks, time_scale: Some(scale), ..Parts::default() };
    let machine = run::start(&config, parts)?;

    writeln!(
        out,
        "time scale {scale}: {:.0} s at a no-parking kerb count as the usual 5 min\n",
        300.0 / scale
    )?;
    writeln!(out, "model          {}", config.model)?;
    writeln!(out, "configuration  {}", file.display())?;
    writeln!(out, "evidence       {}", args.data.join("evidence").display())?;
    if let Some(address) = machine.listening() {
        writeln!(out, "page           http://{address}/")?;
    }
    for (name, title) in titles()? {
        writeln!(out, "  {name:<14} {title}")?;
    }
    writeln!(out, "\nCases appear within a minute; Ctrl-C ends it.\n")?;
    run::wait_for_signal()?;
    writeln!(
        out,
        "\nending; `xunjie case --data {} list` lists what was found",
        args.data.display()
    )?;
    run::end(machine);
    drop(server);
    Ok(())
}

/// Each camera's name, and what is to be seen there.
fn titles() -> Result<Vec<(&'static str, String)>> {
    let title = |(name, story, _): &(&'static str, &str, u64)| Ok((*name, scenario(story)?.title));
    CAMERAS.iter().map(title).collect()
}

fn cameras(filmed: &[Filmed]) -> Result<Vec<SimCamera>> {
    let camera = |(number, ((name, ..), filmed)): (u32, (&(&str, &str, u64), &Filmed))| {
        Ok(SimCamera {
            name: CameraId::new(name)?,
            clip: Clip::load(&filmed.clip)?,
            other: None,
            offset: APART * number,
            login: None,
            fault: Fault::None,
        })
    };
    (0..).zip(CAMERAS.iter().zip(filmed)).map(camera).collect()
}

fn configuration(server: &Server, filmed: &[Filmed], args: &DemoArgs) -> Result<String> {
    let mut text = String::new();
    let scale = args.time_scale;
    writeln!(
        text,
        "# Time scale {scale}: the dwell of each zone is a city's usual one / {scale}."
    )?;
    writeln!(text, "data_dir = \".\"\ncity = {CITY_FOLDER:?}")?;
    writeln!(text, "listen = \"{}\"\ninterval_s = 2", args.listen)?;
    writeln!(text, "model = {:?}\n", model(args)?)?;
    for (number, ((name, scenario, _), filmed)) in CAMERAS.iter().zip(filmed).enumerate() {
        let url = server.url(number).context("the server has a camera for each number")?;
        writeln!(text, "# {scenario}\n[[camera]]\nid = \"{name}\"\nuri = \"{url}\"")?;
        let zones = filmed.camera_zones().context("the zones of a street")?;
        writeln!(text, "{}", with_usual_dwell(&zones, scale))?;
    }
    text.push_str("[[sink]]\nkind = \"jsonl\"\npath = \"cases.jsonl\"\n");
    Ok(text)
}

/// The zones with the dwell that cities use, divided by the scale.
fn with_usual_dwell(zones: &str, scale: f64) -> String {
    let mut kind = ZoneKind::NoParking;
    let mut text = String::new();
    for line in zones.lines() {
        if let Some(name) = line.strip_prefix("kind = ") {
            kind = ZoneKind::from_name(name.trim_matches('"')).unwrap_or(kind);
        }
        let (pre_alarm, violation) = kind.usual_timers();
        let scaled = |dwell: Duration| dwell.as_secs_f64() / scale;
        match line.split(" = ").next() {
            // Writing into a text does not fail.
            Some("pre_alarm_s") => drop(writeln!(text, "pre_alarm_s = {:.2}", scaled(pre_alarm))),
            Some("violation_s") => drop(writeln!(text, "violation_s = {:.2}", scaled(violation))),
            _ => {
                text += line;
                text.push('\n');
            }
        }
    }
    text
}

/// The model asked for, or the best for streets that is there.
fn model(args: &DemoArgs) -> Result<&str> {
    if let Some(model) = &args.model {
        return Ok(model);
    }
    let there = |name: &&str| ModelFile::read(name, &SearchPath::usual()).is_ok();
    MODELS.into_iter().find(there).context("no model is here; see models/README.md")
}

fn time_scale(text: &str) -> Result<f64, String> {
    let scale: f64 = text.parse().map_err(|_| "must be a number".to_owned())?;
    let fits = (1.0..=SCALE_MAX).contains(&scale);
    if fits { Ok(scale) } else { Err(format!("must be 1 to {SCALE_MAX}")) }
}

/// A sink that tells a person.
struct Printer {
    id: SinkId,
    time_zone: TimeZone,
}

impl Sink for Printer {
    fn id(&self) -> &SinkId {
        &self.id
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> BoxFuture<'a, Result<(), DeliveryFailure>> {
        if TOLD_BEFORE.contains(&change_of(delivery)) {
            return futures::future::ready(Ok(())).boxed();
        }
        let case = serde_json::from_value::<Case>(delivery.case.clone());
        let told = case.map_err(|error| error.to_string()).and_then(|case| {
            let line = line(&case, delivery, &self.time_zone);
            writeln!(std::io::stdout().lock(), "{line}").map_err(|error| error.to_string())
        });
        futures::future::ready(told.map_err(DeliveryFailure::refused)).boxed()
    }
}

fn line(case: &Case, delivery: &Delivery, time_zone: &TimeZone) -> String {
    let what = match delivery.what {
        CaseChange::Filed => "FILED",
        _ => change_of(delivery),
    };
    let when = delivery.at.zoned(time_zone).strftime("%H:%M:%S");
    let after = delivery.at.since(case.latency.look.received_at).as_millis();
    let since = if case.began_before_start { " or more" } else { "" };
    let took = match case.revision {
        1 => format!("  decided in {:.0} ms, here in {after} ms", case.latency.decision_ms),
        _ => String::new(),
    };
    let id = &case.id.as_str()[..8];
    format!(
        "{when}  {what:<10}  {id}  {:<15}  {:<13}  {:<15}  stood {:>3.0} s{since:<8}  {} pictures{took}",
        case.kind.name(),
        case.finder(),
        case.thing.map_or("", Kind::name),
        case.dwell_s,
        case.evidence.len(),
    )
}
