//! The configuration of a city: everything that `run` needs to know.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::api::MapTiles;
use crate::cases::Budget;
use crate::rules::GateSettings;
use crate::written;
use crate::written::FileFaults;
use crate::written::Table;
use crate::written::Value;
use crate::written::time_zone;
use crate::written::time_zone_usual;

use super::CameraConfig;
use super::SinkConfig;
use super::camera::GONE_AFTER_S;
use super::camera::GONE_AFTER_USUAL;
use super::camera::INTERVAL_S;
use super::camera::LOOK_AT_LEAST_S;
use super::camera::Usual;
use super::camera::cameras_of;
use super::map::map_tiles;
use super::sink::is_plain_name;
use super::sink::sinks_of;

/// A configuration with every key, each explained; those commented out have the value shown.
pub const EXAMPLE: &str = include_str!("example.toml");

pub(super) const CITY_KEYS: &[&str] = &[
    "time_zone",
    "data_dir",
    "model",
    "model_dirs",
    "provider",
    "workers",
    "batch",
    "interval_s",
    "gates",
    "look_at_least_s",
    "gone_after_s",
    "listen",
    "hosts",
    "tls",
    "budget",
    "evidence",
    "city",
    "map",
    "camera",
    "sink",
];
pub(super) const BUDGET_KEYS: &[&str] = &["decision_s", "emission_s"];
pub(super) const TLS_KEYS: &[&str] = &["certificate", "key"];
pub(super) const EVIDENCE_KEYS: &[&str] = &["keep_days", "max_mib"];

/// From the machine's own resolution to a minute, after which nobody would call it a budget.
const BUDGET_S: RangeInclusive<f64> = 0.01..=60.0;
const WORKERS_MAX: u64 = 256;
/// The tensors of a batch are a few MiB each.
const BATCH_MAX: u64 = 64;
const MODEL_DIRS_MAX: usize = 32;
const HOSTS_MAX: usize = 32;
/// The longest name that the domain name system knows, and a port.
const HOST_LEN_MAX: usize = 260;
const KEEP_DAYS: RangeInclusive<u64> = 1..=3650;
const KEEP_DAYS_USUAL: u64 = 30;
/// From a hundred cases to 64 TiB.
const EVIDENCE_MIB: RangeInclusive<u64> = 64..=67_108_864;
const EVIDENCE_MIB_USUAL: u64 = 10_240;
const INTERVAL_USUAL: Duration = Duration::from_secs(4);
const MODEL_USUAL: &str = "street";
const LISTEN_USUAL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8320);

/// A configuration without faults. Its paths are joined to the folder of its file.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it was read from.
    pub file: PathBuf,
    /// The city's calendar, for weekly hours and for people.
    pub time_zone: TimeZone,
    /// Where cases, evidence and the state of stays are kept.
    pub data_dir: PathBuf,
    /// The name of a manifest, `NAME.toml`, without folder.
    pub model: String,
    /// Folders of manifests, looked through before the program's own.
    pub model_dirs: Vec<PathBuf>,
    pub provider: Provider,
    /// Threads that look at pictures; 0 is one for each core, beside a GPU two.
    pub workers: usize,
    /// Most pictures judged in one run; 0 is what suits the provider.
    pub batch: usize,
    /// How cameras are looked at that do not say otherwise.
    pub usual: Usual,
    /// Where the HTTP server listens; none is off.
    pub listen: Option<SocketAddr>,
    /// Names besides this machine's own that the server answers to.
    pub hosts: Vec<String>,
    /// What the server speaks TLS with; plain HTTP without.
    pub tls: Option<TlsConfig>,
    pub budget: Budget,
    pub evidence: EvidenceConfig,
    /// The folder of what the city knows of itself; without it cases have no
    /// life beyond being filed.
    pub city: Option<PathBuf>,
    /// Under the map of the page; none is drawn without.
    pub map_tiles: Option<MapTiles>,
    /// Ids are unique.
    pub cameras: Vec<CameraConfig>,
    /// At least one, ids are unique.
    pub sinks: Vec<SinkConfig>,
}

/// What runs the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// The fastest that the machine has.
    Auto,
    Cpu,
    Cuda,
    Tensorrt,
    Openvino,
}

impl Provider {
    pub const ALL: [Self; 5] = [Self::Auto, Self::Cpu, Self::Cuda, Self::Tensorrt, Self::Openvino];

    /// The name in configurations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::Tensorrt => "tensorrt",
            Self::Openvino => "openvino",
        }
    }
}

/// Files in PEM; they are read when the program starts, and at each SIGHUP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsConfig {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// How much evidence of cases is kept; what passes either limit goes, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EvidenceConfig {
    pub keep: Duration,
    pub bytes_max: u64,
}

impl Config {
    /// Reads the file, and the files of secrets that it names.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn load(file: &Path) -> Result<Self, FileFaults> {
        Self::parse(file, &written::text_of(file)?)
    }

    /// Reads the text as if it stood in `file`.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(file: &Path, text: &str) -> Result<Self, FileFaults> {
        written::read(file, text, CITY_KEYS, |table| Some(config(file, table)))
    }
}

fn config(file: &Path, table: &Table<'_>) -> Config {
    let time_zone = table.value("time_zone").and_then(|value| time_zone(&value));
    let data_dir = table.value("data_dir").and_then(|value| value.text()).unwrap_or("data");
    let interval = table.value("interval_s").and_then(|value| value.seconds(INTERVAL_S));
    let interval = interval.unwrap_or(INTERVAL_USUAL);
    let usual = Usual {
        interval,
        gates: table.value("gates").and_then(|value| value.flag()).unwrap_or(true),
        look_at_least: look_at_least(table),
        gone_after: gone_after(table),
    };
    let workers = table.value("workers").and_then(|value| value.count(0..=WORKERS_MAX));
    let batch = table.value("batch").and_then(|value| value.count(0..=BATCH_MAX));
    let providers = Provider::ALL.map(|provider| (provider.name(), provider));
    let provider = table.value("provider").and_then(|value| value.choice(&providers));
    Config {
        file: file.to_owned(),
        time_zone: time_zone.unwrap_or_else(time_zone_usual),
        data_dir: table.beside_file(data_dir),
        model: model(table).unwrap_or_else(|| MODEL_USUAL.to_owned()),
        model_dirs: model_dirs(table),
        provider: provider.unwrap_or(Provider::Auto),
        workers: workers.unwrap_or(0) as usize,
        batch: batch.unwrap_or(0) as usize,
        usual,
        listen: listen(table),
        hosts: hosts(table),
        tls: tls(table),
        budget: budget(table),
        evidence: evidence(table),
        city: table
            .value("city")
            .and_then(|value| value.text())
            .map(|folder| table.beside_file(folder)),
        map_tiles: map_tiles(table),
        cameras: cameras_of(table, usual),
        sinks: sinks_of(table),
    }
}

fn look_at_least(table: &Table<'_>) -> Duration {
    let value = table.value("look_at_least_s");
    value.and_then(|value| value.seconds(LOOK_AT_LEAST_S)).unwrap_or(GateSettings::LOOK_AT_LEAST)
}

fn gone_after(table: &Table<'_>) -> Duration {
    let value = table.value("gone_after_s");
    value.and_then(|value| value.seconds(GONE_AFTER_S)).unwrap_or(GONE_AFTER_USUAL)
}

/// The name of a model's manifest.
pub(super) fn model(table: &Table<'_>) -> Option<String> {
    let must_be = "the name of a manifest without folder and ending, such as \"street\"";
    let name = |text: &str| is_plain_name(text).then(|| text.to_owned());
    table.value("model")?.parsed(must_be, name)
}

fn model_dirs(table: &Table<'_>) -> Vec<PathBuf> {
    let Some(value) = table.value("model_dirs") else {
        return Vec::new();
    };
    let Some(elements) = value.elements().filter(|all| all.len() <= MODEL_DIRS_MAX) else {
        value.fault(format!("must be a list of at most {MODEL_DIRS_MAX} folders"));
        return Vec::new();
    };
    elements.iter().filter_map(|folder| Some(table.beside_file(folder.text()?))).collect()
}

fn listen(table: &Table<'_>) -> Option<SocketAddr> {
    let Some(value) = table.value("listen") else {
        return Some(LISTEN_USUAL);
    };
    if value.as_str() == Some("") {
        return None;
    }
    let must_be = "an address and port such as \"127.0.0.1:8320\", or \"\" for off";
    value.parsed(must_be, |text| {
        let text = text.replace("localhost:", "127.0.0.1:");
        text.parse::<SocketAddr>().ok()
    })
}

fn hosts(table: &Table<'_>) -> Vec<String> {
    let Some(value) = table.value("hosts") else {
        return Vec::new();
    };
    let Some(elements) = value.elements().filter(|all| all.len() <= HOSTS_MAX) else {
        value.fault(format!("must be a list of at most {HOSTS_MAX} names"));
        return Vec::new();
    };
    let must_be = "a name such as \"xunjie.city.example\", with a port or without";
    let name = |text: &str| is_host(text).then(|| text.to_owned());
    elements.iter().filter_map(|element| element.parsed(must_be, name)).collect()
}

fn tls(table: &Table<'_>) -> Option<TlsConfig> {
    let table = table.table("tls", TLS_KEYS)?;
    let certificate = table.needed("certificate", "certificate = \"xunjie.crt\"");
    let key = table.needed("key", "key = \"xunjie.key\"");
    let path = |value: Option<Value<'_>>| Some(table.beside_file(value?.text()?));
    let (certificate, key) = (path(certificate), path(key));
    Some(TlsConfig { certificate: certificate?, key: key? })
}

fn is_host(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    (1..=HOST_LEN_MAX).contains(&text.len()) && text.chars().all(allowed)
}

fn budget(table: &Table<'_>) -> Budget {
    let usual = Budget::default();
    let Some(table) = table.table("budget", BUDGET_KEYS) else {
        return usual;
    };
    let seconds = |key| table.value(key).and_then(|value| value.seconds(BUDGET_S));
    Budget {
        decision: seconds("decision_s").unwrap_or(usual.decision),
        emission: seconds("emission_s").unwrap_or(usual.emission),
    }
}

fn evidence(table: &Table<'_>) -> EvidenceConfig {
    let table = table.table("evidence", EVIDENCE_KEYS);
    let count = |key, bounds| table.as_ref()?.value(key)?.count(bounds);
    let keep_days = count("keep_days", KEEP_DAYS).unwrap_or(KEEP_DAYS_USUAL);
    let mib = count("max_mib", EVIDENCE_MIB).unwrap_or(EVIDENCE_MIB_USUAL);
    EvidenceConfig { keep: Duration::from_secs(keep_days * 24 * 3600), bytes_max: mib << 20 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn faults(text: &str) -> String {
        Config::parse(Path::new("city.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn a_configuration_with_fourteen_faults_tells_all_fourteen() {
        let text = r#"
time_zone = "Asia/Shangai"
workers = 1000
listen = "everywhere"

[[camera]]
id = "kerb-3"
uri = "ftp://admin:hunter2@192.168.1.64/stream1"
intervall_s = 4
stall_limit_s = "ten"
[[camera.zone]]
id = "kerb"
kind = "noparking"
polygon = [[0.1, 0.4], [0.6, 0.4], [0.6, 1.9]]
violation_s = -5

[[camera]]
id = "kerb-3"
interval_s = 0.01

[[sink]]
kind = "webhook"
url = "desk.example/cases?token=hunter2"
secret = 12345678
"#;
        insta::assert_snapshot!(faults(text), @r##"
        city.toml:2: time_zone = "Asia/Shangai": must be the IANA name of a time zone such as "Asia/Shanghai"
        city.toml:3: workers = 1000: must be 0 to 256
        city.toml:4: listen = "everywhere": must be an address and port such as "127.0.0.1:8320", or "" for off
        city.toml:8: camera.kerb-3.uri = "ftp://***": must begin with one of rtsp, rtsps, rtmp, rtmps, srt, udp, rtp, tcp, http, https, file, v4l2
        city.toml:9: camera.kerb-3.intervall_s: unknown key, did you mean "interval_s"?
        city.toml:10: camera.kerb-3.stall_limit_s = "ten": must be a number, 1 to 600
        city.toml:13: camera.kerb-3.zone.kerb.kind = "noparking": must be one of no_parking, no_stopping, berth, lane, pavement, no_vending, vending_permitted, no_dumping, collection_point, did you mean "no_parking"?
        city.toml:14: camera.kerb-3.zone.kerb.polygon = [[0.1, 0.4], [0.6, 0.4], [0.6, 1.9]]: corner 2 is [0.6, 1.9], outside 0..=1; must be 3 or more corners within 0 to 1, without crossing
        city.toml:15: camera.kerb-3.zone.kerb.violation_s = -5: must be 0 to 604800
        city.toml:17: camera.kerb-3.uri: is missing, give one of uri, uri_file and pipeline
        city.toml:18: camera.kerb-3.id = "kerb-3": is taken on line 7, must be another
        city.toml:19: camera.kerb-3.interval_s = 0.01: must be 0.2 to 3600
        city.toml:23: sink.#1.url = "***": must be a URL that begins with https:// or http://
        city.toml:24: sink.#1.secret = ***: must be a text in quotes, not empty
        14 faults in city.toml
        "##);
    }

    #[test]
    fn broken_toml_is_told_together_with_the_faults_around_it() {
        let text = "model = yolox\ninterval_s = 0.01\n[[camera]]\nid = \"kerb\nuri = \"rtsp://u:p\"x@h\"\nlat = 0.1.2\n[budget\n";
        insta::assert_snapshot!(faults(text), @r##"
        city.toml:1: column 9: string values must be quoted, expected literal string
        city.toml:2: interval_s = 0.01: must be 0.2 to 3600
        city.toml:4: column 11: invalid basic string, expected `"`
        city.toml:5: column 19: unexpected key or value, expected newline, `#`
        city.toml:6: column 10: invalid float
        city.toml:7: column 8: unclosed table, expected `]`
        6 faults in city.toml
        "##);
    }

    #[test]
    fn tells_what_stands_where_a_table_is_wanted() {
        let text = "budget = 1\nsink = [1]\n[camera]\nid = \"a\"\n";
        insta::assert_snapshot!(faults(text), @r##"
        city.toml:1: budget = 1: must be a table, written [budget]
        city.toml:2: sink[0] = 1: must be a table, begun with [[sink]]
        city.toml:3: camera: must be a list of tables, each begun with [[camera]]
        3 faults in city.toml
        "##);
    }

    #[test]
    fn faults_of_the_zones_are_told_with_their_camera() {
        let text = r#"
[[camera]]
uri = "rtsp://10.0.0.1/"
[[camera.zone]]
id = "a"
kind = "no_parking"
polygon = [[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
hours = ["mon-fri 07:00-21:00", "someday"]
pre_alarm_s = 400
[[camera.zone]]
id = "a"
kind = "lane"
polygon = "all"
hours = []
pre_alarm_s = 30
violation_s = 20
"#;
        insta::assert_snapshot!(faults(text), @r##"
        city.toml:2: camera.#1.id: is missing, write it like id = "kerb"
        city.toml:7: camera.#1.zone.a.polygon = [[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]: edges 0 and 2 cross each other; must be 3 or more corners within 0 to 1, without crossing
        city.toml:8: camera.#1.zone.a.hours[1] = "someday": must be days and hours such as "mon-fri 07:00-21:00" or "daily 22:00-06:00"
        city.toml:9: camera.#1.zone.a.pre_alarm_s = 400: must be at most violation_s, which is 300, as usual for its kind
        city.toml:11: camera.#1.zone.a.id = "a": is taken on line 5, must be another
        city.toml:13: camera.#1.zone.a.polygon = "all": must be a list of corners such as [[0.1, 0.4], [0.6, 0.4], [0.6, 0.9]]
        city.toml:14: camera.#1.zone.a.hours = []: must be a list of 1 to 100 texts such as ["mon-fri 07:00-21:00"]
        city.toml:15: camera.#1.zone.a.pre_alarm_s = 30: must be at most violation_s, which is 20
        8 faults in city.toml
        "##);
    }

    #[test]
    fn a_program_reads_the_same_faults() {
        let faults = Config::parse(Path::new("city.toml"), "workers = 1000").unwrap_err();
        let expected = serde_json::json!({
            "file": "city.toml",
            "faults": [
                {"line": 1, "key": "workers", "value": "1000", "message": "must be 0 to 256"},
            ],
        });
        assert_eq!(serde_json::to_value(faults).unwrap(), expected);
    }

    #[test]
    fn an_empty_file_is_a_city_without_cameras() {
        let config = Config::parse(Path::new("/etc/xunjie/city.toml"), "").unwrap();
        assert_eq!(config.data_dir, Path::new("/etc/xunjie/data"));
        assert_eq!(config.usual.interval, Duration::from_secs(4));
        assert_eq!(config.time_zone.iana_name(), Some("Asia/Shanghai"));
        assert_eq!(config.listen, Some(LISTEN_USUAL));
    }

    #[test]
    fn listens_where_it_is_told_or_not_at_all() {
        let listen = |address: &str| {
            let text = format!("listen = {address:?}");
            Config::parse(Path::new("city.toml"), &text).map(|config| config.listen)
        };
        assert_eq!(listen(""), Ok(None));
        assert_eq!(listen("localhost:80"), Ok(Some(([127, 0, 0, 1], 80).into())));
        assert!(listen("[::1]:80").is_ok_and(|address| address.is_some()));
        assert_eq!(listen("192.168.1.2:80"), Ok(Some(([192, 168, 1, 2], 80).into())));
        assert!(listen("xunjie.example:80").unwrap_err().to_string().contains("must be"));
    }

    #[test]
    fn answers_to_names_and_to_nothing_that_is_none() {
        let hosts = |hosts: &str| {
            let text = format!("hosts = {hosts}");
            Config::parse(Path::new("city.toml"), &text).map(|config| config.hosts)
        };
        assert_eq!(hosts(r#"["a.example", "b:81"]"#).unwrap(), ["a.example", "b:81"]);
        for wrong in [r#"["a b"]"#, r#"[""]"#, "[1]", r#""a""#] {
            assert!(hosts(wrong).unwrap_err().to_string().contains("must be"), "{wrong}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_one_fault() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("city.toml");
        let absent = Config::load(&file).unwrap_err();
        assert!(absent.to_string().contains("cannot be read"), "{absent}");
        std::fs::write(&file, b"a = 1\nb = \"\xff\"\n").unwrap();
        assert_eq!(Config::load(&file).unwrap_err().faults[0].line, Some(2));
    }

    #[test]
    fn an_address_may_stand_in_a_file_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("city.toml");
        std::fs::write(folder.path().join("kerb.uri"), "rtsp://u:hunter2@10.0.0.1/\n").unwrap();
        let text = "[[camera]]\nid = \"kerb\"\nuri_file = \"kerb.uri\"\n";
        let config = Config::parse(&file, text).unwrap();
        let uri = crate::runtime::Secret::new("rtsp://u:hunter2@10.0.0.1/");
        assert_eq!(config.cameras[0].address, crate::config::CameraAddress::Uri(uri));
        assert!(!format!("{config:?}").contains("hunter2"));

        std::fs::write(folder.path().join("kerb.uri"), "u:hunter2@10.0.0.1/\n").unwrap();
        let told = Config::parse(&file, text).unwrap_err().to_string();
        assert!(told.contains("holds an address that is at fault"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }

    #[test]
    fn shows_no_more_faults_than_anyone_reads_and_counts_them_all() {
        let told = faults(&"[[camera]]\nid = 1\n".repeat(3000));
        assert_eq!(told.lines().count(), 1001);
        let last = told.lines().last().unwrap();
        assert_eq!(last, "6000 faults in city.toml, of which the first 1000 are shown");
        let many = faults(&"[[camera]]\n".repeat(4001));
        assert!(many.contains("4001 of them: must be at most 4000"), "{many}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(?s).{0,200}") {
            let _ = Config::parse(Path::new("city.toml"), &text);
        }

        #[test]
        fn any_damage_to_the_example_is_read_or_refused(at in 0..EXAMPLE.len(), length in 0usize..40, with in ".{0,4}") {
            let mut bytes = EXAMPLE.as_bytes().to_vec();
            bytes.splice(at..(at + length).min(EXAMPLE.len()), with.bytes());
            let _ = Config::parse(Path::new("city.toml"), &String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn no_fault_quotes_a_password(
            password in "[!-~]{8,16}",
            scheme in "rtsp|ftp|RTSP|",
            separator in "://|:/|",
            host in "10.0.0.1/x|:x/||10.0.0.1:99999",
            key in "uri|evidence_uri|urii|pipeline|id|name|source|place|interval_s|zone|uri = 1\nurl",
        ) {
            let address = format!("{scheme}{separator}user:{password}@{host}");
            let whole = format!("[[camera]]\nstall_limit_s = 0\n{key} = {address:?}\n");
            let torn = format!("[[camera]]\nstall_limit_s = 0\n{key} = \"{address}\"\n");
            let as_key = format!("[[camera]]\nstall_limit_s = 0\n{address:?} = 1\n");
            let sink = format!("[[sink]]\nkind = \"webhook\"\ntimeout_s = 0\nurl = {address:?}\nsecret = [{password:?}]");
            for text in [whole, torn, as_key, sink] {
                let told = Config::parse(Path::new("city.toml"), &text).unwrap_err();
                prop_assert!(!told.to_string().contains(&password), "{told}");
                prop_assert!(!format!("{told:?}").contains(&password), "{told:?}");
            }
        }
    }
}
