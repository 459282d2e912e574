//! One camera as the operator wrote it.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::ingest::CameraId;
use crate::rules::Zone;
use crate::runtime::Secret;
use crate::written::Ids;
use crate::written::Table;
use crate::written::Value;

use super::address::camera_uri;
use super::address::is_plain_rtsp;
use super::address::secret_in_file;
use super::zone::zones_of;

pub(super) const CAMERA_KEYS: &[&str] = &[
    "id",
    "name",
    "enabled",
    "uri",
    "uri_file",
    "pipeline",
    "evidence_uri",
    "evidence_uri_file",
    "source",
    "transport",
    "interval_s",
    "gates",
    "look_at_least_s",
    "gone_after_s",
    "stall_limit_s",
    "connect_timeout_s",
    "place",
    "lat",
    "lon",
    "zone",
];

/// Twice the largest network that one machine is asked to watch.
pub const CAMERAS_MAX: usize = 4000;

/// Five looks a second are more than any rule needs; an hour is less than any timer forgives.
pub(super) const INTERVAL_S: RangeInclusive<f64> = 0.2..=3600.0;

/// An hour is how long a car may then stand before anyone finds it.
pub(super) const LOOK_AT_LEAST_S: RangeInclusive<f64> = 1.0..=3600.0;

/// Two looks at the least; an hour is another car's time.
pub(super) const GONE_AFTER_S: RangeInclusive<f64> = 2.0..=3600.0;
pub(super) const GONE_AFTER_USUAL: Duration = Duration::from_secs(12);

const STALL_LIMIT_S: RangeInclusive<f64> = 1.0..=600.0;
const STALL_LIMIT_USUAL: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT_S: RangeInclusive<f64> = 0.5..=60.0;
const CONNECT_TIMEOUT_USUAL: Duration = Duration::from_secs(5);

/// One `[[camera]]`.
#[derive(Clone, Debug)]
pub struct CameraConfig {
    pub id: CameraId,
    /// For people; the id if none is given.
    pub name: String,
    pub enabled: bool,
    pub address: CameraAddress,
    /// A second, full-size stream of the same view, opened for evidence only; it may hold a password.
    pub evidence: Option<Secret>,
    pub source: SourceChoice,
    pub transport: Transport,
    /// From one look to the next.
    pub interval: Duration,
    /// Whether looks are spared while nothing moves.
    pub gates: bool,
    /// The longest time without a look then.
    pub look_at_least: Duration,
    /// A thing whose place is seen without it for so long is gone.
    pub gone_after: Duration,
    /// Silence after which the camera counts as stalled.
    pub stall_limit: Duration,
    pub connect_timeout: Duration,
    pub place: Place,
    /// Ids are unique within the camera.
    pub zones: Vec<Zone>,
}

/// How a camera is reached. Both may hold a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraAddress {
    Uri(Secret),
    /// A GStreamer pipeline description.
    Pipeline(Secret),
}

/// Which receiver is to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceChoice {
    /// Ours for RTSP, GStreamer for the rest and for RTSP that ours cannot talk to.
    Auto,
    Rtsp,
    Gstreamer,
}

/// How RTP comes from an RTSP camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Tcp,
    Udp,
}

/// Where the camera looks, for the case's reader.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    pub text: Option<String>,
    /// Degrees north and east, WGS 84.
    pub lat_lon: Option<(f64, f64)>,
}

/// How cameras are looked at that do not say otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usual {
    /// From one look to the next.
    pub interval: Duration,
    pub gates: bool,
    pub look_at_least: Duration,
    pub gone_after: Duration,
}

/// All `[[camera]]` of the table.
pub(super) fn cameras_of(table: &Table<'_>, usual: Usual) -> Vec<CameraConfig> {
    let mut ids = Ids::default();
    let tables = table.tables("camera", CAMERA_KEYS, CAMERAS_MAX);
    tables.iter().filter_map(|table| camera(table, &mut ids, usual, None)).collect()
}

/// The only `[[camera]]` of the table. What a change of a camera that was
/// configured `before` does not speak of stays as it was there.
pub(super) fn camera_of(
    table: &Table<'_>,
    usual: Usual,
    before: Option<&CameraConfig>,
) -> Option<CameraConfig> {
    let tables = table.tables("camera", CAMERA_KEYS, 1);
    tables.first().and_then(|table| camera(table, &mut Ids::default(), usual, before))
}

fn camera(
    table: &Table<'_>,
    ids: &mut Ids,
    usual: Usual,
    before: Option<&CameraConfig>,
) -> Option<CameraConfig> {
    let id = table.needed("id", "id = \"kerb\"").and_then(|value| {
        let id = camera_id(&value)?;
        ids.claim(id.as_str(), &value);
        Some(id)
    });
    let name = table.value("name").and_then(|value| value.text()).map(str::to_owned);
    let enabled = table.value("enabled").and_then(|value| value.flag()).unwrap_or(true);
    let address = address(table, before);
    let evidence = evidence(table).or_else(|| before?.evidence.clone());
    let source = source(table, address.as_ref());
    let transport = [("tcp", Transport::Tcp), ("udp", Transport::Udp)];
    let transport = table.value("transport").and_then(|value| value.choice(&transport));
    let seconds = |key, bounds, usual| {
        table.value(key).and_then(|value| value.seconds(bounds)).unwrap_or(usual)
    };
    let interval = seconds("interval_s", INTERVAL_S, usual.interval);
    let gates = table.value("gates").and_then(|value| value.flag()).unwrap_or(usual.gates);
    let look_at_least = seconds("look_at_least_s", LOOK_AT_LEAST_S, usual.look_at_least);
    let gone_after = seconds("gone_after_s", GONE_AFTER_S, usual.gone_after);
    let stall_limit = seconds("stall_limit_s", STALL_LIMIT_S, STALL_LIMIT_USUAL);
    let connect_timeout = seconds("connect_timeout_s", CONNECT_TIMEOUT_S, CONNECT_TIMEOUT_USUAL);
    let place = place(table);
    let zones = before.map_or_else(|| zones_of(table).0, |before| before.zones.clone());
    let id = id?;
    Some(CameraConfig {
        name: name.unwrap_or_else(|| id.as_str().to_owned()),
        id,
        enabled,
        address: address?,
        evidence,
        source,
        transport: transport.unwrap_or(Transport::Tcp),
        interval,
        gates,
        look_at_least,
        gone_after,
        stall_limit,
        connect_timeout,
        place,
        zones,
    })
}

fn camera_id(value: &Value<'_>) -> Option<CameraId> {
    let must_be = "1 to 64 of the letters a to z, digits, '.', '_' and '-'";
    // An empty text passes the id's own test for dots, not this one.
    value.parsed(must_be, |text| CameraId::new(text).ok().filter(|_| !text.is_empty()))
}

/// The one address that is given, or the one before; a fault for each beyond it.
fn address(table: &Table<'_>, before: Option<&CameraConfig>) -> Option<CameraAddress> {
    let given: Vec<_> = ["uri", "uri_file", "pipeline"]
        .into_iter()
        .filter_map(|key| Some((key, table.value(key)?)))
        .collect();
    let Some((key, value)) = given.first() else {
        if let Some(before) = before {
            return Some(before.address.clone());
        }
        table.missing("uri", "is missing, give one of uri, uri_file and pipeline");
        return None;
    };
    for (_, extra) in &given[1..] {
        extra.fault(format!("stands beside {key}, must be only one of uri, uri_file and pipeline"));
    }
    match *key {
        "pipeline" => value.text().map(|text| CameraAddress::Pipeline(Secret::new(text))),
        "uri_file" => uri_in_file(table, value).map(CameraAddress::Uri),
        _ => checked_uri(value, value.text()?, "").map(CameraAddress::Uri),
    }
}

/// The second stream's address, if there is one; a fault if there are two.
fn evidence(table: &Table<'_>) -> Option<Secret> {
    let (uri, file) = (table.value("evidence_uri"), table.value("evidence_uri_file"));
    if let (Some(_), Some(extra)) = (&uri, &file) {
        extra.fault("stands beside evidence_uri, must be only one of them");
    }
    match (uri, file) {
        (Some(uri), _) => checked_uri(&uri, uri.text()?, ""),
        (None, Some(file)) => uri_in_file(table, &file),
        (None, None) => None,
    }
}

fn uri_in_file(table: &Table<'_>, value: &Value<'_>) -> Option<Secret> {
    let secret = secret_in_file(table, value)?;
    checked_uri(value, secret.expose(), "holds an address that is at fault: ")
}

fn checked_uri(value: &Value<'_>, text: &str, before: &str) -> Option<Secret> {
    match camera_uri(text) {
        Ok(uri) => Some(uri),
        Err(message) => {
            value.fault(format!("{before}{message}"));
            None
        }
    }
}

fn source(table: &Table<'_>, address: Option<&CameraAddress>) -> SourceChoice {
    let choices = [
        ("auto", SourceChoice::Auto),
        ("rtsp", SourceChoice::Rtsp),
        ("gstreamer", SourceChoice::Gstreamer),
    ];
    let Some(value) = table.value("source") else {
        return SourceChoice::Auto;
    };
    let chosen = value.choice(&choices).unwrap_or(SourceChoice::Auto);
    let receivable = match address {
        Some(CameraAddress::Uri(uri)) => is_plain_rtsp(uri),
        Some(CameraAddress::Pipeline(_)) => false,
        None => true,
    };
    if chosen == SourceChoice::Rtsp && !receivable {
        value.fault("must be \"auto\" or \"gstreamer\" for all but rtsp:// addresses");
    }
    chosen
}

fn place(table: &Table<'_>) -> Place {
    let text = table.value("place").and_then(|value| value.text()).map(str::to_owned);
    let (lat, lon) = (table.value("lat"), table.value("lon"));
    match (&lat, &lon) {
        (Some(_), None) => table.missing("lon", "is missing beside lat"),
        (None, Some(_)) => table.missing("lat", "is missing beside lon"),
        _ => {}
    }
    let lat = lat.and_then(|value| value.number(-90.0..=90.0));
    let lon = lon.and_then(|value| value.number(-180.0..=180.0));
    Place { text, lat_lon: lat.zip(lon) }
}
