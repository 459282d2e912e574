//! A model's network: loaded and checked once, then run on tensors, one or several at a time.

use std::fmt;

use super::batch::BatchedModel;
use super::detection::Detector;
use super::detr;
use super::error::ModelError;
use super::fastestdet;
use super::labels;
use super::manifest::Family;
use super::manifest::Labels;
use super::manifest::Manifest;
use super::manifest::check_kinds;
use super::model::Model;
use super::model::ModelFile;
use super::nanodet;
use super::output::Candidate;
use super::output::Classes;
use super::output::Output;
use super::output::WantedClass;
use super::runtime::Element;
use super::runtime::Input;
use super::runtime::Port;
use super::runtime::Provider;
use super::runtime::Session;
use super::tensor::TensorSettings;
use super::ultralytics;
use super::yolox;

/// A loaded model without a place for pictures. [`Network::detectors`] gives it to workers.
pub struct Network {
    file: ModelFile,
    session: Session,
    feed: Feed,
    classes: Classes,
    pictures_max: usize,
}

impl Network {
    /// Loads the model and runs it once on an empty picture, so that inputs
    /// and outputs which do not fit the manifest show now. A run takes up to
    /// `batch` pictures, without one as many as suits what computes; of a model
    /// whose file says one picture, one.
    ///
    /// # Errors
    /// When ONNX Runtime is missing or refuses the model, or the model does
    /// not fit its manifest.
    pub fn load(
        file: &ModelFile,
        provider: Provider,
        batch: Option<usize>,
    ) -> Result<Self, ModelError> {
        let session = Session::open(file.bytes(), provider, batch)
            .map_err(|source| ModelError::Runtime { path: file.path().to_owned(), source })?;
        let feed = Feed::new(&session.inputs, &file.manifest().tensor);
        let feed = feed.map_err(|fault| file.unfit(fault))?;
        let classes = classes(file.manifest(), &session).map_err(|fault| file.unfit(fault))?;
        let mut network = Self { file: file.clone(), session, feed, classes, pictures_max: 1 };
        network.run_empty(1).map_err(|fault| file.unfit(fault))?;
        if network.feed.takes_several {
            network.warm_up();
        }
        Ok(network)
    }

    /// Runs each size of a batch once: a GPU's library looks for the quickest
    /// way at the first run of each, and a graph that bears only one picture,
    /// whatever its inputs say, shows here.
    fn warm_up(&mut self) {
        let most = self.session.pictures_max;
        for pictures in sizes(most).skip(1) {
            if let Err(fault) = self.run_empty(pictures) {
                let (model, pictures_max) = (self.file.name(), self.pictures_max);
                tracing::warn!(model, pictures_max, %fault, "fewer pictures are judged in one run");
                return;
            }
            self.pictures_max = pictures.min(most);
        }
    }

    fn run_empty(&mut self, pictures: usize) -> Result<(), String> {
        let values = vec![0.0; pictures * self.picture_len()];
        let mut candidates = vec![Vec::new(); pictures];
        self.run(&values, &mut candidates)
    }

    #[must_use]
    pub const fn file(&self) -> &ModelFile {
        &self.file
    }

    /// What computes: never `auto`.
    #[must_use]
    pub const fn provider(&self) -> Provider {
        self.session.provider
    }

    /// At most so many pictures are judged in one run.
    #[must_use]
    pub const fn pictures_max(&self) -> usize {
        self.pictures_max
    }

    /// Whether workers ask one network together: a GPU has room for one, and
    /// judges several pictures nearly as fast as one.
    const fn is_shared(&self) -> bool {
        self.provider().is_gpu() || self.pictures_max > 1
    }

    /// How many workers keep a core busy: beside a GPU one decodes while
    /// another waits for an answer.
    #[must_use]
    pub const fn workers_per_core(&self) -> usize {
        if self.is_shared() { 2 } else { 1 }
    }

    /// As many detectors, each for one worker.
    ///
    /// # Errors
    /// When the network cannot be loaded once more, or the system gives no thread.
    pub fn detectors(self, workers: usize) -> Result<Vec<Box<dyn Detector>>, ModelError> {
        if self.is_shared() {
            let shared = BatchedModel::shared_by(self, workers)?;
            return Ok(shared.into_iter().map(|model| Box::new(model) as _).collect());
        }
        let (file, provider) = (self.file.clone(), self.provider());
        let mut models = vec![Box::new(Model::of(self)?) as Box<dyn Detector>];
        for _ in 1..workers {
            models.push(Box::new(Model::new(&file, provider)?));
        }
        Ok(models)
    }

    /// Values of one picture's tensor.
    pub(super) fn picture_len(&self) -> usize {
        let TensorSettings { width, height, .. } = self.file.manifest().tensor;
        3 * width as usize * height as usize
    }

    /// Judges the tensors in `values`, one after the other; the candidates of
    /// each go to the next of `found`. Tensors past the last of `found` are
    /// there to fill the batch.
    ///
    /// # Errors
    /// In words, when the run fails; then none of `found` is to be believed.
    pub(super) fn run<'a>(
        &mut self,
        values: &[f32],
        found: impl IntoIterator<Item = &'a mut Vec<Candidate>>,
    ) -> Result<(), String> {
        let pictures = values.len() / self.picture_len();
        let TensorSettings { width, height, .. } = self.file.manifest().tensor;
        let (family, input) = (self.file.manifest().family, (width as usize, height as usize));
        let shapes = self.feed.shapes(pictures);
        let inputs = self.feed.inputs(&shapes, values);
        self.session.run(&inputs, |outputs| {
            let mut found = found.into_iter();
            if pictures == 1 {
                let Some(candidates) = found.next() else { return Ok(()) };
                candidates.clear();
                return decode(family, outputs, &self.classes, input, candidates);
            }
            let own_shapes = outputs.iter().map(|output| output.shape_of_each(pictures));
            let own_shapes = own_shapes.collect::<Result<Vec<_>, _>>()?;
            for (at, candidates) in found.enumerate() {
                let pairs = outputs.iter().zip(&own_shapes);
                let own: Vec<_> = pairs.map(|(output, shape)| output.part(at, shape)).collect();
                candidates.clear();
                decode(family, &own, &self.classes, input, candidates)?;
            }
            Ok(())
        })
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let provider = self.session.provider;
        f.debug_struct("Network")
            .field("file", &self.file)
            .field("provider", &provider)
            .field("pictures_max", &self.pictures_max)
            .finish_non_exhaustive()
    }
}

/// The sizes of a batch: powers of two up to the first that holds `most`.
/// Each size is one that the GPU's library must prepare for.
fn sizes(most: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(1_usize), move |size| (*size < most).then_some(size * 2))
}

/// How many tensors a run of `pictures` has.
pub(super) const fn size_for(pictures: usize) -> usize {
    pictures.next_power_of_two()
}

/// What goes into the model: the pictures, and for some their size.
#[derive(Debug)]
struct Feed {
    picture: String,
    /// Width, height.
    picture_size: [i64; 2],
    size: Option<String>,
    /// Whether the model says that it takes several pictures in one run.
    takes_several: bool,
}

/// What one run's inputs are shaped like, and the sizes told for all its pictures.
struct FeedShapes {
    pictures: [i64; 4],
    sizes: [i64; 2],
    size_values: Vec<i64>,
}

impl Feed {
    fn new(ports: &[Port], tensor: &TensorSettings) -> Result<Self, String> {
        let (width, height) = (i64::from(tensor.width), i64::from(tensor.height));
        let picture_shape = [1, 3, height, width];
        let (mut picture, mut size) = (None, None);
        for port in ports {
            let known = match port.element {
                Element::Float32 if takes(&port.shape, &picture_shape) => &mut picture,
                Element::Int64 if takes(&port.shape, &[1, 2]) => &mut size,
                _ => {
                    let Port { name, element, shape } = port;
                    let wanted = format!("the manifest's input is {picture_shape:?} of floats");
                    return Err(format!("input `{name}` takes {shape:?} of {element:?}, {wanted}"));
                }
            };
            if known.replace(port.name.clone()).is_some() {
                return Err(format!("input `{}` is a second one of its shape", port.name));
            }
        }
        let picture = picture.ok_or_else(|| "no input takes a picture".to_owned())?;
        let takes_several = ports.iter().all(|port| port.shape[0] < 0);
        Ok(Self { picture, picture_size: [width, height], size, takes_several })
    }

    fn shapes(&self, pictures: usize) -> FeedShapes {
        let [width, height] = self.picture_size;
        let count = pictures as i64;
        let size_values = match self.size {
            Some(_) => self.picture_size.repeat(pictures),
            None => Vec::new(),
        };
        FeedShapes { pictures: [count, 3, height, width], sizes: [count, 2], size_values }
    }

    fn inputs<'a>(
        &'a self,
        shapes: &'a FeedShapes,
        values: &'a [f32],
    ) -> Vec<(&'a str, Input<'a>)> {
        let mut inputs = vec![(self.picture.as_str(), Input::Float(&shapes.pictures, values))];
        if let Some(name) = &self.size {
            inputs.push((name, Input::Int(&shapes.sizes, &shapes.size_values)));
        }
        inputs
    }
}

/// Whether a port of `declared` shape takes `shape`.
pub(super) fn takes(declared: &[i64], shape: &[i64]) -> bool {
    declared.len() == shape.len()
        && declared.iter().zip(shape).all(|(side, wanted)| *side < 0 || side == wanted)
}

/// The classes to look for, once the labels are known.
fn classes(manifest: &Manifest, session: &Session) -> Result<Classes, String> {
    let labels = match &manifest.labels {
        Labels::Listed(labels) => labels.clone(),
        Labels::Metadata => {
            let names = session.metadata("names").ok_or("no `names` in the model's metadata")?;
            labels::from_metadata(&names)
                .ok_or_else(|| format!("`names` in the model's metadata is no map: {names:.80}"))?
        }
    };
    check_kinds(&manifest.kinds, &labels).map_err(|(_, fault)| fault)?;
    let wanted = labels.iter().enumerate().filter_map(|(index, label)| {
        let kind = *manifest.kinds.get(label)?;
        Some(WantedClass { index, kind, weak: manifest.least(kind) })
    });
    Ok(Classes { wanted: wanted.collect(), count: labels.len() })
}

pub(super) fn decode(
    family: Family,
    outputs: &[Output<'_>],
    classes: &Classes,
    input: (usize, usize),
    candidates: &mut Vec<Candidate>,
) -> Result<(), String> {
    match family {
        Family::Yolox => yolox::decode(outputs, classes, input, candidates),
        Family::Ultralytics => ultralytics::decode(outputs, classes, input, candidates),
        Family::Nanodet => nanodet::decode(outputs, classes, input, candidates),
        Family::Fastestdet => fastestdet::decode(outputs, classes, input, candidates),
        Family::Detr => detr::decode(outputs, classes, candidates),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn batches_come_in_powers_of_two_up_to_the_first_that_holds_all() {
        assert!(sizes(1).eq([1]));
        assert!(sizes(16).eq([1, 2, 4, 8, 16]));
        assert!(sizes(5).eq([1, 2, 4, 8]));
        assert!((1..=16).all(|pictures| sizes(16).any(|size| size == size_for(pictures))));
    }

    #[test]
    fn only_the_input_of_the_manifest_is_fed() {
        let text = include_str!("../../models/yolox_nano.toml");
        let tensor = Manifest::parse(Path::new("m.toml"), text).unwrap().tensor;
        let port = |element, shape: &[i64]| Port {
            name: format!("{shape:?}"),
            element,
            shape: shape.to_vec(),
        };
        let picture = port(Element::Float32, &[-1, 3, 416, 416]);
        let size = port(Element::Int64, &[-1, 2]);
        let feed = Feed::new(&[size.clone(), picture.clone()], &tensor).unwrap();
        assert!(feed.takes_several);
        assert_eq!((feed.picture, feed.size), (picture.name.clone(), Some(size.name.clone())));
        assert!(Feed::new(std::slice::from_ref(&size), &tensor).unwrap_err().contains("picture"));
        assert!(Feed::new(&[picture.clone(), picture.clone()], &tensor).is_err());
        let half = port(Element::Other, &[1, 3, 416, 416]);
        assert!(Feed::new(&[half], &tensor).unwrap_err().contains("Other"));
    }
}
