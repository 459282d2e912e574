//! `xunjie sim serve`: clips or simulated streets as cameras, for trying things out where there are none.

use std::fmt::Write as _;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;

use crate::ingest::CameraId;
use crate::runtime::Secret;
use crate::sim::Clip;
use crate::sim::Fault;
use crate::sim::Join;
use crate::sim::Login;
use crate::sim::LoginScheme;
use crate::sim::Server;
use crate::sim::ServerSettings;
use crate::sim::SimCamera;
use crate::sim::scenarios;
use crate::time::Clock;

use super::shelf::Wanted;
use super::shelf::clips;

const FIGURES_INTERVAL: Duration = Duration::from_secs(10);

/// More than a machine can carry; a number mistyped is found early.
const CAMERAS_MAX: u16 = 10_000;

/// Pictures a second of streets: one keyframe, and one picture that is none, as cameras send them.
const STREET_FPS: u32 = 2;

/// From one camera's scenario to the next one's, in the list: neighbours there are alike.
const STRIDE: usize = 17;

const EXAMPLES: &str = "\
Examples:
  xunjie sim serve --street 8 --city city.toml
  xunjie sim serve kerb.mp4 market.mp4
  xunjie sim serve kerb.mp4 --cameras 50 --burst
  xunjie sim serve kerb.mp4 --cameras 8 --login admin:secret --faults 3=hang,5=garbage";

/// Serve simulated streets or clip files as looping RTSP cameras.
///
/// Streets are rendered once and kept; each shows a scenario, over and over. Clips
/// (H.264 or H.265, in any container) are sent as they are, over TCP or UDP.
/// Each camera starts at another place of its clip.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ServeArgs {
    /// Clips to serve; the cameras take them in turn
    #[arg(required_unless_present = "street", value_name = "CLIP")]
    clips: Vec<PathBuf>,
    /// Serve so many cameras of the simulated street instead, each with a scenario of its own
    #[arg(long, value_name = "N", conflicts_with_all = ["clips", "cameras"], value_parser = clap::value_parser!(u16).range(1..=1000))]
    street: Option<u16>,
    /// Seed of the streets
    #[arg(long, value_name = "N", default_value_t = 1, requires = "street")]
    seed: u64,
    /// Write the streets as a configuration that `xunjie run` watches
    #[arg(long, value_name = "CITY.toml", requires = "street")]
    city: Option<PathBuf>,
    /// How many cameras to serve [default: one a clip]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(CAMERAS_MAX)))]
    cameras: Option<u16>,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8554")]
    listen: SocketAddr,
    /// Ask for this login (it is seen in the list of processes: use none that matters)
    #[arg(long, value_name = "USER:PASSWORD", value_parser = login)]
    login: Option<(String, Secret)>,
    /// Ask for the login by Basic instead of Digest
    #[arg(long, requires = "login")]
    basic: bool,
    /// Let the keyframes of all cameras fall together, which is the hardest load
    #[arg(long)]
    burst: bool,
    /// Let cameras fail from the start, as in 3=hang,5=garbage (cameras count from 0): drop,
    /// refuse, refuse-login, hang, garbage, corrupt, pause:SECONDS (before keyframes),
    /// reboot:SECONDS, clock-jump:SECONDS, other-size:SECONDS (half the size, in turns), no-reports
    #[arg(long, value_name = "CAMERA=FAULT", value_delimiter = ',', value_parser = camera_fault)]
    faults: Vec<(usize, Fault)>,
    /// Print the addresses as one line of JSON
    #[arg(long)]
    json: bool,
}

/// Serves until Ctrl-C or SIGTERM.
///
/// # Errors
/// When a clip cannot be served, the address cannot be had, or a fault names no camera.
pub(crate) fn serve(args: &ServeArgs) -> anyhow::Result<()> {
    let shown = shown(args)?;
    let cameras = cameras(args, &shown)?;
    // One thread carries a thousand cameras; the others are for what is being tried out.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("sim")
        .enable_all()
        .build()
        .context("no runtime for the simulator")?;
    let join = if args.burst { Join::InStep } else { Join::Soon };
    let settings = ServerSettings { listen: args.listen, cameras, join };
    let server = Server::start(settings, Clock::system(), runtime.handle())?;
    if let Some(city) = &args.city {
        write_city(city, &shown, &server)?;
    }
    tell_addresses(args, &shown, &server).context("cannot print the addresses")?;
    // On the worker's thread, so that the figures cost no other.
    runtime.block_on(tell_figures_until_stopped(&server))
}

/// What the cameras show, in turn.
struct Shown {
    /// The clip's path or the scenario's name.
    title: String,
    clip: PathBuf,
    /// As `[[camera.zone]]`; empty for clips.
    zones: String,
}

fn shown(args: &ServeArgs) -> anyhow::Result<Vec<Shown>> {
    let Some(count) = args.street else {
        let clip = |clip: &PathBuf| Shown {
            title: clip.display().to_string(),
            clip: clip.clone(),
            zones: String::new(),
        };
        return Ok(args.clips.iter().map(clip).collect());
    };
    let wanted = street(usize::from(count), args.seed)?;
    let titles: Vec<String> =
        wanted.iter().map(|wanted| format!("{}-{}", wanted.script.name, wanted.seed)).collect();
    let filmed = clips(wanted, None, STREET_FPS)?;
    let each = titles.into_iter().zip(filmed).map(|(title, filmed)| {
        let zones = filmed.camera_zones().with_context(|| format!("the zones of {title}"))?;
        Ok(Shown { title, clip: filmed.clip, zones })
    });
    each.collect()
}

/// So many scenarios, near ones in the list far apart, each time round with another seed.
fn street(count: usize, seed: u64) -> anyhow::Result<Vec<Wanted>> {
    let scripts = scenarios()?;
    let wanted = (0..count).map(|number| Wanted {
        script: scripts[number * STRIDE % scripts.len()].clone(),
        seed: seed + (number / scripts.len()) as u64,
    });
    Ok(wanted.collect())
}

fn write_city(path: &Path, shown: &[Shown], server: &Server) -> anyhow::Result<()> {
    let mut text = String::from("# Written by `xunjie sim serve`.\ndata_dir = \"data\"\n");
    for (number, shown) in shown.iter().enumerate() {
        let url = server.url(number).context("the server has a camera for each number")?;
        write!(text, "\n# {}\n[[camera]]\nid = \"cam{number}\"\n", shown.title)?;
        write!(text, "uri = \"{url}\"\n{}", shown.zones)?;
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn cameras(args: &ServeArgs, shown: &[Shown]) -> anyhow::Result<Vec<SimCamera>> {
    let clips = shown.iter().map(|shown| Clip::load(&shown.clip)).collect::<Result<Vec<_>, _>>()?;
    let count = args.cameras.map_or(clips.len(), usize::from);
    if let Some((number, _)) = args.faults.iter().find(|(number, _)| *number >= count) {
        let most = count - 1;
        anyhow::bail!("--faults names camera {number}, but the last is {most}: they count from 0");
    }
    let scheme = if args.basic { LoginScheme::Basic } else { LoginScheme::Digest };
    let login = args.login.as_ref().map(|(user, password)| Login {
        user: user.clone(),
        password: password.clone(),
        scheme,
    });
    let camera = |number: usize| {
        let clip = Arc::clone(&clips[number % clips.len()]);
        let fault = args.faults.iter().rfind(|(faulty, _)| *faulty == number);
        let fault = fault.map_or(Fault::None, |(_, fault)| *fault);
        let other = match fault {
            Fault::OtherSize(_) => Some(Clip::load_smaller(&shown[number % shown.len()].clip)?),
            _ => None,
        };
        Ok(SimCamera {
            name: CameraId::new(&format!("cam{number}"))?,
            offset: if args.burst {
                Duration::ZERO
            } else {
                SimCamera::spread_offset(&clip, number)
            },
            clip,
            other,
            login: login.clone(),
            fault,
        })
    };
    (0..count).map(camera).collect()
}

fn tell_addresses(args: &ServeArgs, shown: &[Shown], server: &Server) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let urls: Vec<_> = (0..server.len()).filter_map(|number| server.url(number)).collect();
    if args.json {
        let titles: Vec<_> =
            (0..urls.len()).map(|number| &shown[number % shown.len()].title).collect();
        let address = server.address().to_string();
        let line = serde_json::json!({ "address": address, "urls": urls, "shown": titles });
        return writeln!(out, "{line}");
    }
    let noun = if urls.len() == 1 { "camera" } else { "cameras" };
    writeln!(out, "{} {noun} on air:", urls.len())?;
    for (number, url) in urls.iter().enumerate() {
        let clip = &shown[number % shown.len()].title;
        let faults = args.faults.iter().filter(|(faulty, _)| *faulty == number);
        let fault = faults.map(|(_, fault)| format!("  ({fault})")).next_back();
        writeln!(out, "  {url}  {clip}{}", fault.unwrap_or_default())?;
    }
    let with_login = args.login.as_ref().map_or(String::new(), |(user, _)| format!("{user}:…@"));
    let url = urls.first().map_or("", |url| url.trim_start_matches("rtsp://"));
    writeln!(out, "\nTo watch one, write into the city's configuration:\n")?;
    writeln!(out, "  [[camera]]\n  id = \"cam0\"\n  uri = \"rtsp://{with_login}{url}\"\n")?;
    writeln!(out, "Ctrl-C ends it.")
}

async fn tell_figures_until_stopped(server: &Server) -> anyhow::Result<()> {
    let mut terminated = signal(SignalKind::terminate()).context("no signal SIGTERM")?;
    let mut interval = tokio::time::interval(FIGURES_INTERVAL);
    interval.tick().await;
    let mut before = server.figures();
    loop {
        tokio::select! {
            _ = interval.tick() => {}
            _ = terminated.recv() => return Ok(()),
            stopped = tokio::signal::ctrl_c() => return stopped.context("no signal SIGINT"),
        }
        let now = server.figures();
        let bits = (now.bytes_sent - before.bytes_sent) as f64 * 8.0;
        let line = format!(
            "{} connections, {} playing, {:.1} Mbit/s, {} pictures left out for slow clients",
            now.connections,
            now.playing,
            bits / FIGURES_INTERVAL.as_secs_f64() / 1e6,
            now.units_dropped,
        );
        // Nobody may be reading; the cameras stay on air.
        let _ = writeln!(std::io::stderr(), "{line}");
        before = now;
    }
}

fn login(text: &str) -> Result<(String, Secret), &'static str> {
    let (user, password) = text.split_once(':').ok_or("write it like user:password")?;
    Ok((user.to_owned(), Secret::new(password)))
}

fn camera_fault(text: &str) -> Result<(usize, Fault), String> {
    let (number, fault) = text.split_once('=').ok_or("write it like 3=hang")?;
    let number = number.parse().map_err(|_| format!("{number:?} is no number of a camera"))?;
    Ok((number, fault.parse().map_err(|error: crate::sim::SimError| error.to_string())?))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        args: ServeArgs,
    }

    #[test]
    fn reads_faults_and_hides_the_password() {
        let line = "sim --cameras 8 --login admin:hunter2 --faults 3=hang,5=pause:0.5 a.mp4 b.mp4";
        let args = Command::try_parse_from(line.split(' ')).unwrap().args;
        assert_eq!(args.clips.len(), 2);
        let pause = Fault::PauseBeforeKeyframe(Duration::from_millis(500));
        assert_eq!(args.faults, [(3, Fault::Hang), (5, pause)]);
        assert!(!format!("{args:?}").contains("hunter2"));
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for line in ["sim", "sim --cameras 0 a", "sim --login x a", "sim --faults 3 a"] {
            assert!(Command::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }
}
