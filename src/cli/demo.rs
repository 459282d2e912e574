//! `xunjie demo`: the whole way on cameras of its own, for who has none.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;
use clap::Args;
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::tz::TimeZone;

use crate::cases::Case;
use crate::config::Config;
use crate::dispatch::DeliveryFailure;
use crate::dispatch::Sink;
use crate::ingest::CameraId;
use crate::sim::Clip;
use crate::sim::Fault;
use crate::sim::Join;
use crate::sim::Server;
use crate::sim::ServerSettings;
use crate::sim::SimCamera;
use crate::store::Delivery;
use crate::store::STORE_FILE;
use crate::store::SinkId;
use crate::time::Clock;

use super::run;

/// Where the shared clips lie, seen from the project.
const CLIPS: &str = "../shared/material/clips";

/// Cameras of the demo: name, clip, zones. Dwell is shortened so that a
/// visitor sees a case within a minute.
const CAMERAS: [(&str, &str, &str); 8] = [
    ("high-street", "ckuhn_traffic.mp4", NEAR_KERB),
    ("high-street-2", "ckuhn_traffic.mp4", FAR_SIDE),
    ("junction", "borislav_traffic.mp4", JUNCTION),
    ("junction-2", "borislav_traffic.mp4", CROSSING),
    ("car-park", "tanisha_parking_video.mp4", CAR_PARK),
    ("side-road", "intel_car-detection.mp4", WHOLE),
    ("path", "person-bicycle-car-detection.mp4", WHOLE),
    ("motorway", "iacv_traffic.mp4", WHOLE),
];
const NEAR_KERB: &str = "[[0.22, 0.58], [0.80, 0.62], [0.80, 0.95], [0.22, 0.95]]";
const FAR_SIDE: &str = "[[0.10, 0.26], [0.50, 0.18], [0.50, 0.38], [0.10, 0.46]]";
const JUNCTION: &str = "[[0.0, 0.45], [0.25, 0.45], [0.25, 0.85], [0.0, 0.85]]";
const CROSSING: &str = "[[0.30, 0.30], [0.95, 0.30], [0.95, 0.70], [0.30, 0.70]]";
const CAR_PARK: &str = "[[0.50, 0.85], [0.75, 0.85], [0.75, 1.0], [0.50, 1.0]]";
const WHOLE: &str = "[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]";

/// Dwell of the demo's zones in seconds; a city's are minutes.
const PRE_ALARM_S: u32 = 5;
const VIOLATION_S: u32 = 15;

/// Show the whole way on cameras of its own.
///
/// Plays clips as RTSP cameras on this machine, watches them as a city's
/// cameras are watched, and prints each case with the time that it took. The
/// zones' dwell is shortened to 15 s so that there is something to see.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where to serve the page, the metrics and the API
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8320")]
    listen: SocketAddr,
    /// Folder of the clips
    #[arg(long, value_name = "DIR")]
    clips: Option<PathBuf>,
    /// Where cases and evidence are kept; emptied at the start
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    data: PathBuf,
}

/// # Errors
/// When the clips or the model are absent or a part cannot start.
pub(crate) fn demo(args: &DemoArgs) -> Result<()> {
    let folder = clips_folder(args)?;
    let mut out = std::io::stdout();
    writeln!(out, "putting {} cameras on air from {}", CAMERAS.len(), folder.display())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("sim")
        .enable_all()
        .build()
        .context("no runtime for the simulator")?;
    let cameras = cameras(&folder)?;
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let settings = ServerSettings { listen, cameras, join: Join::Soon };
    let server = Server::start(settings, Clock::system(), runtime.handle())?;

    empty(&args.data)?;
    let text = configuration(&server, args)?;
    let file = args.data.join("city.toml");
    std::fs::write(&file, &text).with_context(|| format!("cannot write {}", file.display()))?;
    let config = Config::load(&file)?;
    let printer = Printer { id: SinkId::new("screen")?, time_zone: TimeZone::system() };
    let machine = run::start(&config, vec![Arc::new(printer)])?;

    writeln!(out, "dwell is shortened: a case after {VIOLATION_S} s instead of minutes\n")?;
    writeln!(out, "configuration  {}", file.display())?;
    writeln!(out, "evidence       {}", args.data.join("evidence").display())?;
    if let Some(address) = machine.listening() {
        writeln!(out, "page           http://{address}/")?;
    }
    writeln!(out, "\nCases appear in a quarter of a minute; Ctrl-C ends it.\n")?;
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

fn clips_folder(args: &DemoArgs) -> Result<PathBuf> {
    let project = option_env!("CARGO_MANIFEST_DIR").map(|home| Path::new(home).join(CLIPS));
    let places: Vec<PathBuf> = match &args.clips {
        Some(folder) => vec![folder.clone()],
        None => [Some(PathBuf::from(CLIPS)), project].into_iter().flatten().collect(),
    };
    let has_all =
        |folder: &&PathBuf| CAMERAS.iter().all(|(_, clip, _)| folder.join(clip).is_file());
    if let Some(folder) = places.iter().find(has_all) {
        return Ok(folder.clone());
    }
    let looked: Vec<_> = places.iter().map(|place| place.display().to_string()).collect();
    bail!(
        "the demo's clips are not here: looked in {}. Name their folder with --clips DIR, or watch \
         a camera or clip of your own: `xunjie config example` shows how, `xunjie run` does it",
        looked.join(" and in "),
    );
}

fn cameras(folder: &Path) -> Result<Vec<SimCamera>> {
    let camera = |(number, (name, clip, _)): (usize, &(&str, &str, &str))| {
        let clip = Clip::load(&folder.join(clip))?;
        Ok(SimCamera {
            name: CameraId::new(name)?,
            offset: SimCamera::spread_offset(&clip, number),
            clip,
            login: None,
            fault: Fault::None,
        })
    };
    CAMERAS.iter().enumerate().map(camera).collect()
}

fn configuration(server: &Server, args: &DemoArgs) -> Result<String> {
    let mut text = String::from("# Written by `xunjie demo`.\n");
    writeln!(text, "data_dir = \".\"\nlisten = \"{}\"\ninterval_s = 2\n", args.listen)?;
    for (number, (name, _, polygon)) in CAMERAS.iter().enumerate() {
        let url = server.url(number).context("the server has a camera for each number")?;
        writeln!(text, "[[camera]]\nid = \"{name}\"\nuri = \"{url}\"")?;
        writeln!(
            text,
            "[[camera.zone]]\nid = \"kerb\"\nkind = \"no_parking\"\npolygon = {polygon}"
        )?;
        writeln!(text, "pre_alarm_s = {PRE_ALARM_S}\nviolation_s = {VIOLATION_S}\n")?;
    }
    text.push_str("[[sink]]\nkind = \"jsonl\"\npath = \"cases.jsonl\"\n");
    Ok(text)
}

/// Empties the demo's own folder; one that is not a demo's is left alone.
fn empty(folder: &Path) -> Result<()> {
    let not_ours = folder.exists()
        && !folder.join(STORE_FILE).is_file()
        && folder.read_dir().with_context(|| format!("cannot read {}", folder.display()))?.count()
            > 0;
    if not_ours {
        bail!(
            "{} holds something that is no demo's; name another folder with --data",
            folder.display()
        );
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
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
        let case = serde_json::from_value::<Case>(delivery.case.clone());
        let told = case.map_err(|error| error.to_string()).and_then(|case| {
            let line = line(&case, delivery, &self.time_zone);
            writeln!(std::io::stdout().lock(), "{line}").map_err(|error| error.to_string())
        });
        futures::future::ready(told.map_err(DeliveryFailure::refused)).boxed()
    }
}

fn line(case: &Case, delivery: &Delivery, time_zone: &TimeZone) -> String {
    let what = match (case.revision, case.cleared_at) {
        (1, _) => "FILED  ",
        (_, None) => "updated",
        (_, Some(_)) => "cleared",
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
        "{when}  {what}  {id}  {:<15}  {:<13}  {:<5}  stood {:>3.0} s{since:<8}  {} pictures{took}",
        case.kind.name(),
        case.camera_id.as_str(),
        case.thing.name(),
        case.dwell_s,
        case.evidence.len(),
    )
}
