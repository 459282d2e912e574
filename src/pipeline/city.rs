//! Turns what the operator wrote into what the stages use.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::api::TlsFiles;
use crate::cases::Budget;
use crate::cases::EvidenceContext;
use crate::cases::Retention;
use crate::config;
use crate::config::Config;
use crate::config::SinkConfig;
use crate::config::TlsConfig;
use crate::detect::Detector;
use crate::detect::ModelFile;
use crate::detect::Network;
use crate::detect::Provider;
use crate::detect::SearchPath;
use crate::dispatch::LifeBook;
use crate::dispatch::Sink;
use crate::ingest::CameraAddress;
use crate::ingest::CameraId;
use crate::ingest::GstAddress;
use crate::ingest::GstSource;
use crate::ingest::Source;
use crate::ingest::Sources;
use crate::store::SinkId;

use super::StartError;
use super::drawing::DrawnZones;
use super::look::House;
use super::sinks::sink;
use super::street::Watched;

/// Where detectors come from: the model of the configuration, or a script in tests.
pub enum DetectorMaker {
    /// The model that the configuration names.
    Configured,
    /// One detector a worker, made by this.
    Made(Box<dyn Fn() -> Box<dyn Detector>>),
}

/// The configuration as the stages use it.
pub struct City {
    pub data_dir: PathBuf,
    pub time_zone: TimeZone,
    pub listen: Option<SocketAddr>,
    pub hosts: Vec<String>,
    pub tls: Option<TlsFiles>,
    pub budget: Budget,
    pub retention: Retention,
    pub(super) cameras: Vec<Watched>,
    detectors: Vec<Box<dyn Detector>>,
    context: EvidenceContext,
    sinks: Vec<SinkConfig>,
}

impl City {
    /// Loads the model once a worker and checks what can be checked without a camera.
    ///
    /// # Errors
    /// When the model cannot be used, or an address is none.
    pub fn of(config: &Config, maker: &DetectorMaker) -> Result<Self, StartError> {
        let (detectors, context) = detectors(config, maker)?;
        let drawn = DrawnZones::new(&config.data_dir);
        let cameras = config.cameras.iter().map(|camera| Watched::new(camera, &drawn));
        let cameras = cameras.collect::<Result<_, _>>()?;
        Ok(Self {
            data_dir: config.data_dir.clone(),
            time_zone: config.time_zone.clone(),
            listen: config.listen,
            hosts: config.hosts.clone(),
            tls: config.tls.as_ref().map(tls_files),
            budget: config.budget,
            retention: Retention {
                keep: config.evidence.keep,
                bytes_max: config.evidence.bytes_max,
            },
            cameras,
            detectors,
            context,
            sinks: config.sinks.clone(),
        })
    }

    /// The detectors, one a worker; none the second time.
    pub(super) fn detectors(&mut self) -> Vec<Box<dyn Detector>> {
        std::mem::take(&mut self.detectors)
    }

    pub(super) fn camera_ids(&self) -> Vec<CameraId> {
        self.cameras.iter().map(|camera| camera.id().clone()).collect()
    }

    pub(super) fn house(&self, lives: Option<&Arc<LifeBook>>) -> House {
        House { budget: self.budget, context: self.context.clone(), lives: lives.cloned() }
    }

    /// When each sink's news are given up.
    pub(super) fn give_up_after(&self) -> Result<BTreeMap<SinkId, Duration>, StartError> {
        let own = |sink: &SinkConfig| Ok((SinkId::new(&sink.id)?, sink.give_up_after));
        self.sinks.iter().map(own).collect()
    }

    /// The sinks that hear only of new cases.
    pub(super) fn filed_only(&self) -> Result<Vec<SinkId>, StartError> {
        let quiet = self.sinks.iter().filter(|sink| !sink.updates);
        quiet.map(|sink| Ok(SinkId::new(&sink.id)?)).collect()
    }

    /// The sinks, ready to deliver.
    pub(super) fn sinks(&self) -> Result<Vec<Arc<dyn Sink>>, StartError> {
        self.sinks.iter().map(sink).collect()
    }
}

/// Plain RTSP through the light receiver, all else through GStreamer.
pub(super) fn sources() -> Sources {
    Sources::with_gstreamer(Arc::new(|settings, clock| {
        let address = match &settings.address {
            CameraAddress::Pipeline(description) => GstAddress::Pipeline(description.clone()),
            CameraAddress::Uri(uri) => GstAddress::Uri {
                uri: uri.url().to_string(),
                user: uri.login().map(|login| login.user.clone()),
                password: uri.login().map(|login| login.password.clone()),
            },
        };
        Ok(Box::new(GstSource::new(address, clock)) as Box<dyn Source>)
    }))
}

fn detectors(
    config: &Config,
    maker: &DetectorMaker,
) -> Result<(Vec<Box<dyn Detector>>, EvidenceContext), StartError> {
    let workers = |per_core: usize| match config.workers {
        0 => per_core * available_parallelism().map_or(1, usize::from),
        workers => workers,
    };
    if let DetectorMaker::Made(make) = maker {
        let context = EvidenceContext { model: "script".to_owned(), ..EvidenceContext::default() };
        return Ok(((0..workers(1)).map(|_| make()).collect(), context));
    }
    let file = ModelFile::read(&config.model, &search(config))?;
    let batch = (config.batch > 0).then_some(config.batch);
    let network = Network::load(&file, provider(config.provider), batch)?;
    let workers = workers(network.workers_per_core());
    let (computes, pictures_max) = (network.provider().name(), network.pictures_max());
    tracing::info!(model = file.name(), computes, pictures_max, workers, "the model is loaded");
    let detectors = network.detectors(workers)?;
    let context = EvidenceContext {
        model: file.name().to_owned(),
        model_sha256: Some(file.manifest().sha256.clone()),
        ..EvidenceContext::default()
    };
    Ok((detectors, context))
}

pub(super) fn tls_files(tls: &TlsConfig) -> TlsFiles {
    TlsFiles { certificate: tls.certificate.clone(), key: tls.key.clone() }
}

/// The operator's folders of models before the program's own.
pub(crate) fn search(config: &Config) -> SearchPath {
    SearchPath::usual().after(config.model_dirs.clone())
}

pub(crate) const fn provider(choice: config::Provider) -> Provider {
    match choice {
        config::Provider::Auto => Provider::Auto,
        config::Provider::Cpu => Provider::Cpu,
        config::Provider::Cuda => Provider::Cuda,
        config::Provider::Tensorrt => Provider::TensorRt,
        config::Provider::Openvino => Provider::OpenVino,
    }
}
