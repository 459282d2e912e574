//! Between a camera's form and its configuration. A password that is known
//! stays with the host that it is known for.

use std::path::Path;
use std::time::Duration;

use crate::api::CameraForm;
use crate::api::CameraRefusal;
use crate::api::MASK;
use crate::api::given;
use crate::config;
use crate::config::CameraConfig;
use crate::config::SourceChoice;
use crate::config::Usual;
use crate::config::kept_camera;
use crate::ingest::CameraLogin;
use crate::ingest::CameraUri;
use crate::runtime::Secret;
use crate::written::Fault;

use super::street::camera_settings;

/// What these name is on the machine of the program, not of whoever asks.
const LOCAL_SCHEMES: [&str; 2] = ["file", "v4l2"];
/// Stands for an address that has its own fault, while the rest is read.
const NOWHERE: &str = "rtsp://nowhere/";

/// A form that was found without fault.
pub(super) struct Checked {
    pub(super) camera: CameraConfig,
    /// As it is kept; it may hold a password.
    pub(super) text: String,
}

/// What is known of a camera while a form of it is read.
#[derive(Clone, Copy, Default)]
pub(super) struct Known<'a> {
    /// The camera as it is now.
    pub(super) now: Option<&'a CameraConfig>,
    /// The camera as the configuration has it, of which more is kept than a form shows.
    pub(super) configured: Option<&'a CameraConfig>,
}

/// The camera as a form shows it: without its password.
pub(super) fn form_of(camera: &CameraConfig) -> CameraForm {
    let uri = known_uri(camera);
    let login = uri.as_ref().and_then(CameraUri::login);
    let seconds = |length: Duration| Some(length.as_secs_f64());
    CameraForm {
        id: Some(camera.id.to_string()),
        name: Some(camera.name.clone()),
        enabled: Some(camera.enabled),
        uri: uri.as_ref().map(ToString::to_string),
        user: login.map(|login| login.user.clone()),
        password: login
            .filter(|login| !login.password.expose().is_empty())
            .map(|_| MASK.to_owned()),
        source: Some(source_name(camera.source).to_owned()),
        transport: Some(transport_name(camera.transport).to_owned()),
        interval_s: seconds(camera.interval),
        gates: Some(camera.gates),
        look_at_least_s: seconds(camera.look_at_least),
        gone_after_s: seconds(camera.gone_after),
        stall_limit_s: seconds(camera.stall_limit),
        connect_timeout_s: seconds(camera.connect_timeout),
        place: camera.place.text.clone(),
        lat: camera.place.lat_lon.map(|(lat, _)| lat),
        lon: camera.place.lat_lon.map(|(_, lon)| lon),
    }
}

/// Reads the form as a configuration is read, with all its faults at once.
///
/// # Errors
/// All that is wrong with it, a line each, begun with the form's key.
pub(super) fn checked(
    form: &CameraForm,
    usual: Usual,
    known: Known<'_>,
) -> Result<Checked, CameraRefusal> {
    let mut faults = Vec::new();
    let uri = address(form, known).unwrap_or_else(|fault| {
        faults.push(fault);
        Some(Secret::new(NOWHERE))
    });
    let text = form.written(uri.as_ref());
    let read = kept_camera(Path::new("camera"), &text, usual, known.configured);
    let camera = match read {
        Ok(camera) => camera,
        Err(found) => {
            faults.extend(found.faults.iter().map(line));
            return Err(CameraRefusal::Faults(faults.join("\n")));
        }
    };
    if let Err(fault) = camera_settings(&camera) {
        faults.push(format!("uri: {fault}"));
    }
    if faults.is_empty() { Ok(Checked { camera, text }) } else { Err(told(&faults)) }
}

fn told(faults: &[String]) -> CameraRefusal {
    CameraRefusal::Faults(faults.join("\n"))
}

/// The fault under the key of the form: `interval_s = 0.1: must be 0.2 to 3600`.
fn line(fault: &Fault) -> String {
    let told = fault.to_string();
    let Some(path) = &fault.key else { return told };
    let key = path.rsplit('.').next().unwrap_or(path);
    format!("{key}{}", told.strip_prefix(path.as_str()).unwrap_or_default())
}

/// The whole address to be kept: none where the configuration's own stays.
fn address(form: &CameraForm, known: Known<'_>) -> Result<Option<Secret>, String> {
    let Some(text) = given(form.uri.as_ref()) else {
        let stays = known.configured.is_some_and(|camera| known_uri(camera).is_none());
        let missing = "uri: is missing, write it like rtsp://10.0.0.7:554/stream1";
        return if stays { Ok(None) } else { Err(missing.to_owned()) };
    };
    let uri = match CameraUri::parse(text) {
        Ok(uri) => uri,
        Err(fault) => return Err(format!("uri: {fault}")),
    };
    if LOCAL_SCHEMES.contains(&uri.scheme()) {
        let scheme = uri.scheme();
        return Err(format!(
            "uri: {scheme} names something on the machine of the program; that belongs in its configuration"
        ));
    }
    let now = known.now.and_then(known_uri);
    let uri = unmasked(uri, now.as_ref())?;
    let login = login(form, &uri, now.as_ref())?;
    let uri = uri.with(login);
    let configured = known.configured.and_then(known_uri);
    let stays = configured.is_some_and(|configured| configured == uri);
    Ok((!stays).then(|| uri.with_login()))
}

/// The address with what stands masked in its path or query, if it is the one that is known.
fn unmasked(uri: CameraUri, now: Option<&CameraUri>) -> Result<CameraUri, String> {
    if !uri.url().as_str().contains(MASK) {
        return Ok(uri);
    }
    let login = uri.login().cloned();
    let same = now.filter(|now| now.to_string() == uri.to_string());
    let known = same.map(|now| now.clone().with(login));
    known.ok_or_else(|| format!("uri: {MASK} stands for what is not known; write it anew"))
}

/// The login that the fields say, or the address itself.
fn login(
    form: &CameraForm,
    uri: &CameraUri,
    now: Option<&CameraUri>,
) -> Result<Option<CameraLogin>, String> {
    let (user, password) = (given(form.user.as_ref()), form.password.as_deref());
    let password = password.filter(|password| !password.is_empty());
    let login = match (user, uri.login()) {
        (Some(_), Some(_)) => {
            return Err("user: stands in the address already, must be only one of them".to_owned());
        }
        (Some(user), None) => {
            let password = Secret::new(password.unwrap_or_default());
            CameraLogin { user: user.to_owned(), password }
        }
        (None, Some(login)) => login.clone(),
        (None, None) if password.is_some() => {
            return Err("user: is missing beside password".to_owned());
        }
        (None, None) => return Ok(None),
    };
    if login.password.expose() != MASK {
        return Ok(Some(login));
    }
    // A known password goes to no other host, or whoever may set cameras up
    // could have it sent to one of their own.
    let at = |uri: &CameraUri| (uri.scheme().to_owned(), uri.endpoint());
    let same = now.filter(|now| at(now) == at(uri)).and_then(CameraUri::login);
    let kept = same.filter(|known| known.user == login.user);
    kept.cloned().map(Some).ok_or_else(|| {
        "password: is known for another address or user only; write it anew".to_owned()
    })
}

fn known_uri(camera: &CameraConfig) -> Option<CameraUri> {
    match &camera.address {
        config::CameraAddress::Uri(uri) => CameraUri::parse(uri.expose()).ok(),
        config::CameraAddress::Pipeline(_) => None,
    }
}

const fn source_name(source: SourceChoice) -> &'static str {
    match source {
        SourceChoice::Auto => "auto",
        SourceChoice::Rtsp => "rtsp",
        SourceChoice::Gstreamer => "gstreamer",
    }
}

const fn transport_name(transport: config::Transport) -> &'static str {
    match transport {
        config::Transport::Tcp => "tcp",
        config::Transport::Udp => "udp",
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    use super::*;

    const CITY: &str = "[[camera]]\nid = \"kerb\"\nuri = \"rtsp://admin:hunter2@10.0.0.7/s\"\n\
        lat = 1\nlon = 2\n[[camera]]\nid = \"own\"\npipeline = \"videotestsrc\"\n\
        [[camera]]\nid = \"odd\"\nuri = \"rtsp://10.0.0.8/user=a&password=hunter2&c=1\"\n";

    fn city() -> Config {
        Config::parse(Path::new("city.toml"), CITY).unwrap()
    }

    fn configured(camera: &CameraConfig) -> Known<'_> {
        Known { now: Some(camera), configured: Some(camera) }
    }

    #[track_caller]
    fn faults(form: &CameraForm, known: Known<'_>) -> String {
        match checked(form, city().usual, known) {
            Err(refusal) => refusal.to_string(),
            Ok(checked) => panic!("no fault: {}", checked.text),
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "as the form's fields have it")]
    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_form_shows_no_password_and_sent_back_leaves_all_as_it_was() {
        let city = city();
        for camera in &city.cameras {
            let form = form_of(camera);
            let shown = serde_json::to_string(&form).unwrap();
            assert!(!shown.contains("hunter2"), "{shown}");
            let again = checked(&form, city.usual, configured(camera)).unwrap();
            assert_eq!(format!("{:?}", again.camera), format!("{camera:?}"));
            assert!(!again.text.contains("uri ="), "the configuration's own holds: {}", again.text);
            // Of one that was added, everything is kept.
            let added = Known { now: Some(camera), configured: None };
            if camera.id.as_str() != "own" {
                let again = checked(&form, city.usual, added).unwrap();
                assert_eq!(again.camera.address, camera.address);
                assert!(again.text.contains("hunter2"));
            }
        }
    }

    #[test]
    fn a_known_password_goes_to_no_other_host_port_scheme_or_user() {
        let city = city();
        let camera = &city.cameras[0];
        let form = form_of(camera);
        let path = CameraForm { uri: text("rtsp://10.0.0.7:554/other"), ..form.clone() };
        let moved = checked(&path, city.usual, configured(camera)).unwrap();
        assert!(moved.text.contains("rtsp://admin:hunter2@10.0.0.7:554/other"), "{}", moved.text);
        for uri in ["rtsp://10.0.0.9/s", "rtsp://10.0.0.7:99/s", "rtsps://10.0.0.7:554/s"] {
            let told = faults(&CameraForm { uri: text(uri), ..form.clone() }, configured(camera));
            assert!(told.starts_with("password: "), "{told}");
        }
        let root = CameraForm { user: text("root"), ..form.clone() };
        assert!(faults(&root, configured(camera)).starts_with("password: "));
        let pasted = CameraForm {
            uri: text("rtsp://admin:***@10.0.0.9/s"),
            user: None,
            password: None,
            ..form.clone()
        };
        assert!(faults(&pasted, configured(camera)).starts_with("password: "));
        assert!(faults(&form, Known::default()).starts_with("password: "), "nobody knows it");
        let odd = form_of(&city.cameras[2]);
        let known = configured(&city.cameras[2]);
        let elsewhere = odd.uri.clone().unwrap().replace("10.0.0.8", "10.0.0.9");
        let told = faults(&CameraForm { uri: Some(elsewhere), ..odd }, known);
        assert!(told.starts_with("uri: "), "{told}");
    }

    #[test]
    fn a_login_is_typed_into_fields_or_pasted_with_the_address() {
        let city = city();
        let camera = |form: CameraForm| {
            let form = CameraForm { id: text("new"), ..form };
            checked(&form, city.usual, Known::default()).unwrap().camera
        };
        let typed = camera(CameraForm {
            uri: text("rtsp://10.0.0.7/s"),
            user: text("admin"),
            password: text("p@ss/100%41"),
            ..CameraForm::default()
        });
        let uri = known_uri(&typed).unwrap();
        let login = uri.login().unwrap();
        assert_eq!((login.user.as_str(), login.password.expose()), ("admin", "p@ss/100%41"));
        let uri = text("rtsp://admin:p%40ss%2F100%2541@10.0.0.7/s");
        assert_eq!(camera(CameraForm { uri, ..CameraForm::default() }).address, typed.address);
    }

    #[test]
    fn every_fault_is_told_at_once_under_its_key_and_without_a_password() {
        let form = CameraForm {
            id: text("no id"),
            uri: text("rtsp://admin:hun/ter2@10.0.0.7/s"),
            interval_s: Some(0.1),
            transport: text("tpc"),
            lat: Some(3.0),
            ..CameraForm::default()
        };
        let told = faults(&form, Known::default());
        let mut keys: Vec<_> = told.lines().map(|line| line.split([' ', ':']).next()).collect();
        keys.sort_unstable();
        let wanted = ["id", "interval_s", "lon", "transport", "uri"].map(Some);
        assert_eq!(keys, wanted, "{told}");
        assert!(told.contains("interval_s = 0.1: must be 0.2 to 3600"), "{told}");
        assert!(!told.contains("ter2"), "{told}");
    }

    #[test]
    fn what_is_on_the_programs_own_machine_belongs_in_the_configuration() {
        let form = |uri: &str| CameraForm { id: text("new"), uri: text(uri), ..Default::default() };
        for uri in ["file:///etc/passwd", "FILE:///etc/passwd", "v4l2:///dev/video0"] {
            assert!(faults(&form(uri), Known::default()).contains("belongs in its configuration"));
        }
        assert!(faults(&form("ftp://10.0.0.7/s"), Known::default()).starts_with("uri = "));
        assert!(faults(&form(" "), Known::default()).starts_with("uri: is missing"));
    }
}
