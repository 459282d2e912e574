//! ONNX Runtime, and nothing else of ours knows it: the library, a session, a run.
//!
//! The library is loaded at run time and by foreign code that panics where it
//! cannot go on, so loading happens behind a guard.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::sync::OnceLock;

use ort::environment::Environment;
use ort::ep::CUDA;
use ort::ep::ExecutionProvider;
use ort::ep::ExecutionProviderDispatch;
use ort::ep::OpenVINO;
use ort::ep::TensorRT;
use ort::logging::LogLevel;
use ort::session::SessionInputValue;
use ort::session::builder::GraphOptimizationLevel;
use ort::session::builder::SessionBuilder;
use ort::value::DynValue;
use ort::value::Outlet;
use ort::value::Shape;
use ort::value::TensorElementType;
use ort::value::TensorRef;
use serde::Deserialize;
use serde::Serialize;

use super::library;
use super::output::Output;
use super::output::Values;

/// Outputs of more dimensions are not read.
const RANK_MAX: usize = 8;

/// Without VNNI the library multiplies int8 weights by an instruction whose sums overflow: scores were off by
/// up to 0.7. With this it takes a slower one there, unless no weight needs more than seven bits.
const EXACT_INT8: &str = "session.x64quantprecision";

/// What exporters call the open number of pictures of a run.
const BATCH_AXIS: &str = "batch";

/// Pictures that a GPU judges in one run: past this a run grows with their number.
const GPU_PICTURES_USUAL: usize = 16;

/// What computes: `auto` takes CUDA where the library has it and it works, else the CPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    #[default]
    Auto,
    Cpu,
    Cuda,
    TensorRt,
    OpenVino,
}

impl Provider {
    /// The name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::TensorRt => "tensorrt",
            Self::OpenVino => "openvino",
        }
    }

    #[must_use]
    pub const fn is_gpu(self) -> bool {
        matches!(self, Self::Cuda | Self::TensorRt)
    }

    /// Pictures to be judged in one run where nobody says: on a CPU several
    /// cost as much as one after the other.
    const fn pictures_usual(self) -> usize {
        if self.is_gpu() { GPU_PICTURES_USUAL } else { 1 }
    }
}

/// ONNX Runtime refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuntimeError {
    #[error("ONNX Runtime is not to be had: {0}")]
    Library(String),
    #[error("this ONNX Runtime has no execution provider `{}`, library {}", provider.name(), library.display())]
    NoProvider { provider: Provider, library: PathBuf },
    #[error("execution provider `{}` does not start: {fault}", provider.name())]
    Provider { provider: Provider, fault: String },
    #[error("not a model that ONNX Runtime takes: {0}")]
    Model(String),
}

/// A named input or output of a model as its file declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    pub name: String,
    pub element: Element,
    /// −1 where the size is open.
    pub shape: Vec<i64>,
}

/// What a port's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    Float32,
    Int64,
    Other,
}

/// A model ready to run, for one thread.
#[derive(Debug)]
pub(super) struct Session {
    inner: ort::session::Session,
    pub(super) inputs: Vec<Port>,
    pub(super) outputs: Vec<Port>,
    /// What computes: never `Auto`.
    pub(super) provider: Provider,
    /// A run is to take at most so many pictures, if the model takes several.
    pub(super) pictures_max: usize,
}

/// A tensor for one input.
#[derive(Clone, Copy, Debug)]
pub(super) enum Input<'a> {
    Float(&'a [i64], &'a [f32]),
    Int(&'a [i64], &'a [i64]),
}

impl Session {
    /// Loads a model from the bytes of its file, for runs of up to `batch`
    /// pictures, or of as many as suits the provider.
    pub(super) fn open(
        model: &[u8],
        provider: Provider,
        batch: Option<usize>,
    ) -> Result<Self, RuntimeError> {
        let opened = catch_unwind(AssertUnwindSafe(|| match provider {
            Provider::Auto if has(Provider::Cuda)? => Self::open_on(model, Provider::Cuda, batch)
                .or_else(|error| {
                    tracing::warn!(%error, "CUDA does not start, the CPU computes instead");
                    Self::open_on(model, Provider::Cpu, batch)
                }),
            Provider::Auto => Self::open_on(model, Provider::Cpu, batch),
            named => Self::open_on(model, named, batch),
        }));
        opened.unwrap_or_else(|_| Err(RuntimeError::Model("ONNX Runtime gave up on it".to_owned())))
    }

    fn open_on(
        model: &[u8],
        provider: Provider,
        batch: Option<usize>,
    ) -> Result<Self, RuntimeError> {
        if !has(provider)? {
            return Err(RuntimeError::NoProvider { provider, library: runtime()?.library.clone() });
        }
        let pictures_max = batch.unwrap_or(provider.pictures_usual()).max(1);
        let mut builder = builder(provider, pictures_max)?;
        let inner = builder.commit_from_memory(model).map_err(|error| match provider {
            Provider::Cpu => RuntimeError::Model(one_line(&error.to_string())),
            _ => RuntimeError::Provider { provider, fault: one_line(&error.to_string()) },
        })?;
        let ports = |outlets: &[Outlet]| outlets.iter().map(port).collect();
        let (inputs, outputs) = (ports(inner.inputs()), ports(inner.outputs()));
        Ok(Self { inner, inputs, outputs, provider, pictures_max })
    }

    /// A text from the model's metadata.
    pub(super) fn metadata(&self, key: &str) -> Option<String> {
        self.inner.metadata().ok()?.custom(key)
    }

    pub(super) fn metadata_keys(&self) -> Vec<String> {
        self.inner.metadata().and_then(|all| all.custom_keys()).unwrap_or_default()
    }

    /// Runs the model on its inputs by name and gives `read` the outputs that
    /// are numbers; nothing is copied.
    pub(super) fn run<T>(
        &mut self,
        inputs: &[(&str, Input<'_>)],
        read: impl FnOnce(&[Output<'_>]) -> Result<T, String>,
    ) -> Result<T, String> {
        let text = |error: ort::Error| one_line(&error.to_string());
        let mut values: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::new();
        for (name, input) in inputs {
            let value = match *input {
                Input::Float(shape, values) => {
                    TensorRef::from_array_view((shape, values)).map(SessionInputValue::from)
                }
                Input::Int(shape, values) => {
                    TensorRef::from_array_view((shape, values)).map(SessionInputValue::from)
                }
            };
            values.push((Cow::Borrowed(name), value.map_err(text)?));
        }
        let found = self.inner.run(values).map_err(text)?;
        let mut shapes = Vec::new();
        let mut numbers = Vec::new();
        for (at, name) in found.keys().enumerate() {
            let Some((shape, values)) = numbers_in(&found[at]) else { continue };
            if shape.len() <= RANK_MAX {
                shapes.push(shape.iter().map(|side| *side as usize).collect::<Vec<_>>());
                numbers.push((name, values));
            }
        }
        let pairs = numbers.iter().zip(&shapes);
        let outputs: Vec<_> =
            pairs.map(|((name, values), shape)| Output { name, shape, values: *values }).collect();
        read(&outputs)
    }
}

/// Shape and values, if they are of a type that we read.
fn numbers_in(value: &DynValue) -> Option<(&Shape, Values<'_>)> {
    if let Ok((shape, values)) = value.try_extract_tensor::<f32>() {
        return Some((shape, Values::Float(values)));
    }
    let (shape, values) = value.try_extract_tensor::<i64>().ok()?;
    Some((shape, Values::Int(values)))
}

/// The library and its environment, one a process.
struct Runtime {
    environment: Environment,
    library: PathBuf,
}

fn runtime() -> Result<&'static Runtime, RuntimeError> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        let library = library::find()?;
        library::check_whole(&library)?;
        let loaded = catch_unwind(AssertUnwindSafe(|| {
            let builder = ort::init_from(&library).map_err(|error| error.to_string())?;
            builder.with_telemetry(false).build().map_err(|error| error.to_string())
        }));
        let gave_up = || Err(format!("`{}` does not start", library.display()));
        let environment = loaded.unwrap_or_else(|_| gave_up())?;
        Ok(Runtime { environment, library })
    });
    runtime.as_ref().map_err(|fault| RuntimeError::Library(one_line(fault)))
}

/// Whether the library was built with a provider; it may still not start.
fn has(provider: Provider) -> Result<bool, RuntimeError> {
    runtime()?;
    let has = match provider {
        Provider::Auto | Provider::Cpu => Ok(true),
        Provider::Cuda => CUDA::is_available(),
        Provider::TensorRt => TensorRT::is_available(),
        Provider::OpenVino => OpenVINO::is_available(),
    };
    has.map_err(|error| RuntimeError::Library(one_line(&error.to_string())))
}

/// One core and one picture at a time: the workers are the parallelism.
fn builder(provider: Provider, pictures_max: usize) -> Result<SessionBuilder, RuntimeError> {
    let set = || -> ort::Result<SessionBuilder, String> {
        let text = |error: &dyn std::error::Error| one_line(&error.to_string());
        let environment = &runtime().map_err(|error| text(&error))?.environment;
        let builder = SessionBuilder::new(environment).map_err(|error| text(&error))?;
        // Arena and sequential execution are the library's defaults.
        let builder = builder
            .with_optimization_level(GraphOptimizationLevel::All)
            .map_err(|error| text(&error))?;
        let builder = builder.with_intra_threads(1).map_err(|error| text(&error))?;
        let builder = builder.with_inter_threads(1).map_err(|error| text(&error))?;
        let builder = builder.with_log_level(LogLevel::Error).map_err(|error| text(&error))?;
        let builder = builder.with_config_entry(EXACT_INT8, "1").map_err(|error| text(&error))?;
        if pictures_max > 1 {
            return Ok(builder);
        }
        // A size that is known plans memory and kernels once.
        builder.with_dimension_override(BATCH_AXIS, 1).map_err(|error| text(&error))
    };
    let builder = set().map_err(RuntimeError::Library)?;
    let providers = providers(provider);
    if providers.is_empty() {
        return Ok(builder);
    }
    builder
        .with_execution_providers(providers)
        .map_err(|error| RuntimeError::Provider { provider, fault: one_line(&error.to_string()) })
}

fn providers(provider: Provider) -> Vec<ExecutionProviderDispatch> {
    let cuda = || CUDA::default().build().error_on_failure();
    match provider {
        Provider::Auto | Provider::Cpu => Vec::new(),
        Provider::Cuda => vec![cuda()],
        // What TensorRT leaves, CUDA takes.
        Provider::TensorRt => vec![TensorRT::default().build().error_on_failure(), cuda()],
        Provider::OpenVino => vec![OpenVINO::default().build().error_on_failure()],
    }
}

fn port(outlet: &Outlet) -> Port {
    let element = match outlet.dtype().tensor_type() {
        Some(TensorElementType::Float32) => Element::Float32,
        Some(TensorElementType::Int64) => Element::Int64,
        _ => Element::Other,
    };
    let shape = outlet.dtype().tensor_shape().map(|shape| shape.to_vec()).unwrap_or_default();
    Port { name: outlet.name().to_owned(), element, shape }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use crate::detect::ModelFile;
    use crate::detect::SearchPath;

    use super::*;

    /// On CPUs without VNNI the weights of eight bits that shipped made scores that were off by up to
    /// 0.7, because sums of two products were cut off at sixteen bits.
    #[test]
    fn the_model_that_ships_scores_alike_however_bytes_are_multiplied() {
        let file = ModelFile::read("street", &SearchPath::usual()).unwrap();
        let (height, width) = (384_i64, 576_i64);
        // Blocks of changing colour: enough for every layer to be busy.
        let values: Vec<f32> = (0..3 * height * width)
            .map(|at| (at % width / 24 + at / width / 16) as u32)
            .map(|block| (block.wrapping_mul(2_654_435_761) >> 24) as f32 / 64.0 - 2.0)
            .collect();
        let shape = [1, 3, height, width];
        let outputs = |mut session: Session| {
            let name = session.inputs[0].name.clone();
            let read = |outputs: &[Output<'_>]| Ok(outputs[0].floats().unwrap().to_vec());
            session.run(&[(name.as_str(), Input::Float(&shape, &values))], read).unwrap()
        };
        let quick = outputs(Session::open(file.bytes(), Provider::Cpu, Some(1)).unwrap());
        // Without optimisation each int8 convolution is computed in floating point.
        let builder = SessionBuilder::new(&runtime().unwrap().environment).unwrap();
        let mut builder = builder.with_optimization_level(GraphOptimizationLevel::Disable).unwrap();
        let inner = builder.commit_from_memory(file.bytes()).unwrap();
        let inputs = inner.inputs().iter().map(port).collect();
        let (outputs_of, provider) = (Vec::new(), Provider::Cpu);
        let exact = Session { inner, inputs, outputs: outputs_of, provider, pictures_max: 1 };
        let exact = outputs(exact);
        // Of each cell: a box in four numbers, one that is always 1, and the scores.
        let scores = |values: &[f32]| -> Vec<f32> {
            values.chunks_exact(5 + 12).flat_map(|cell| cell[5..].to_vec()).collect()
        };
        let pairs = scores(&quick).into_iter().zip(scores(&exact));
        let off = pairs.map(|(quick, exact)| (quick - exact).abs()).fold(0.0, f32::max);
        assert!(off < 0.15, "a score is off by {off}");
    }

    /// With more than seven bits the exact way costs half as much again where there is no VNNI.
    #[test]
    fn weights_that_ship_need_seven_bits() {
        let file = ModelFile::read("street", &SearchPath::usual()).unwrap();
        let verifier = file.verifier().unwrap();
        for (model, least) in [(file.bytes(), 60), (&verifier.bytes[..], 11)] {
            let weights = int8_constants(model);
            assert!(weights.len() >= least, "{} constants of int8", weights.len());
            let most = weights.into_iter().flatten().map(|byte| (*byte as i8).unsigned_abs()).max();
            assert!(most.unwrap() <= 64, "{most:?}");
        }
    }

    /// The values of all constants of a model that are signed bytes: in protobuf, field 5 (constant)
    /// of field 7 (graph), of whose fields 2 is the type, where 3 says int8, and 9 the bytes.
    fn int8_constants(model: &[u8]) -> Vec<&[u8]> {
        let graph = fields(model).find(|(number, _)| *number == 7).unwrap().1;
        let constants = fields(graph).filter(|(number, _)| *number == 5).map(|(_, bytes)| bytes);
        let signed = |constant: &&[u8]| fields(constant).any(|field| field == (2, &[3][..]));
        let values = |constant| fields(constant).find(|(number, _)| *number == 9).map(|at| at.1);
        constants.filter(signed).filter_map(values).filter(|bytes| bytes.len() > 1).collect()
    }

    /// The fields of a protobuf message: number, and bytes (of a number: those of its variable length).
    fn fields(mut rest: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
        std::iter::from_fn(move || {
            let (tag, _) = number(&mut rest)?;
            let length = match tag & 7 {
                0 => return Some((tag >> 3, number(&mut rest)?.1)),
                1 => 8,
                2 => number(&mut rest)?.0 as usize,
                _ => 4,
            };
            let (own, after) = rest.split_at(length);
            rest = after;
            Some((tag >> 3, own))
        })
    }

    /// Takes a number of variable length off: its value, and the bytes it stood in.
    fn number<'a>(rest: &mut &'a [u8]) -> Option<(u64, &'a [u8])> {
        let length = rest.iter().position(|byte| byte & 0x80 == 0)? + 1;
        let (own, after) = rest.split_at(length);
        *rest = after;
        let value = own.iter().rev().fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7f));
        Some((value, own))
    }
}
