//! From a picture to boxes: the manifest of a model, the tensor, ONNX Runtime, the families' outputs.

mod detection;

pub use detection::Detection;
pub use detection::Detector;
pub use detection::DetectorError;
pub use detection::Kind;
