//! Pictures of several workers judged in one run, for what computes many
//! nearly as fast as one: a GPU.
//!
//! A worker fills a tensor of its own and waits for the answer. The thread that
//! owns the network takes what waits, until the batch is full, every worker
//! waits, or the first of them has waited long enough.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;
use crossbeam_channel::Sender;
use crossbeam_channel::after;
use crossbeam_channel::bounded;
use crossbeam_channel::select;

use crate::ingest::Frame;
use crate::runtime::Shutdown;
use crate::runtime::ShutdownGuard;
use crate::runtime::Worker;

use super::detection::Detection;
use super::detection::Detector;
use super::detection::DetectorError;
use super::detection::Kind;
use super::error::ModelError;
use super::model::ModelFile;
use super::network::Network;
use super::network::size_for;
use super::output::Candidate;
use super::suppress;
use super::tensor::Tensor;
use super::verifier::Verifier;
use super::verifier::verified;

/// The first of a batch waits no longer than this for others: little beside
/// the second that a decision may take, long beside a GPU's run.
const WAIT_MAX: Duration = Duration::from_millis(4);

/// A detector that asks a network which several workers share.
pub(super) struct BatchedModel {
    // In the order in which they end: the last worker's way to the thread
    // closes before the thread is waited for.
    asks: Sender<Ask>,
    _judge: Arc<Judge>,
    file: ModelFile,
    tensor: Tensor,
    candidates: Vec<Candidate>,
    verifier: Option<Verifier>,
}

/// The thread that owns the network.
struct Judge {
    // In the order in which they end: told, then waited for.
    _guard: ShutdownGuard,
    _worker: Worker,
}

/// A picture to be judged, and where the answer goes.
struct Ask {
    held: Held,
    answer: Sender<(Held, Result<(), String>)>,
}

/// What goes to the thread and comes back, so that its memory is used again.
struct Held {
    tensor: Tensor,
    candidates: Vec<Candidate>,
}

impl BatchedModel {
    /// As many detectors over one network.
    pub(super) fn shared_by(network: Network, workers: usize) -> Result<Vec<Self>, ModelError> {
        let (asks, asked) = bounded(workers.max(1));
        let file = network.file().clone();
        let (guard, end) = Shutdown::pair();
        let most = network.pictures_max().min(workers.max(1));
        let mut bench = Bench { network, values: Vec::new(), batch: Vec::with_capacity(most) };
        let worker = Worker::start("judge", end, move || bench.serve(&asked, most));
        let judge = Arc::new(Judge { _worker: worker.map_err(ModelError::Thread)?, _guard: guard });
        let model = || {
            Ok(Self {
                asks: asks.clone(),
                _judge: Arc::clone(&judge),
                tensor: Tensor::new(file.manifest().tensor),
                candidates: Vec::new(),
                verifier: Verifier::of(&file)?,
                file: file.clone(),
            })
        };
        (0..workers).map(|_| model()).collect()
    }
}

impl Detector for BatchedModel {
    fn detect(&mut self, frame: &Frame) -> Result<Vec<Detection>, DetectorError> {
        let placement = self.tensor.fill(frame);
        // The thread has the tensor meanwhile; one without a picture costs nothing.
        let held = Held {
            tensor: mem::replace(&mut self.tensor, Tensor::empty(self.file.manifest().tensor)),
            candidates: mem::take(&mut self.candidates),
        };
        let (answer, answered) = bounded(1);
        // The thread is gone, or it panicked over this batch and goes on with the next.
        let lost =
            || DetectorError("the batch was lost, a fault of ours, told in the log".to_owned());
        let sent = self.asks.send(Ask { held, answer }).map_err(|_| lost());
        let came = sent.and_then(|()| answered.recv().map_err(|_| lost()));
        let (held, outcome) = came.inspect_err(|_| {
            self.tensor = Tensor::new(self.file.manifest().tensor);
        })?;
        Held { tensor: self.tensor, candidates: self.candidates } = held;
        outcome.map_err(DetectorError)?;
        let nms_iou = self.file.manifest().nms_iou;
        let found = suppress::detections(&mut self.candidates, &placement, nms_iou);
        verified(self.verifier.as_mut(), frame, &placement, found)
    }

    fn strong_score(&self, kind: Kind) -> f32 {
        self.file.manifest().thresholds(kind).strong
    }
}

impl fmt::Debug for BatchedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchedModel").field("file", &self.file).finish_non_exhaustive()
    }
}

/// What the thread works with.
struct Bench {
    network: Network,
    /// The tensors of a batch, one after the other.
    values: Vec<f32>,
    batch: Vec<Ask>,
}

impl Bench {
    /// Judges batch after batch until no worker is left.
    fn serve(&mut self, asked: &Receiver<Ask>, most: usize) {
        // Who was in a batch that panicked is told by its end.
        self.batch.clear();
        while let Ok(first) = asked.recv() {
            self.batch.push(first);
            gather(&mut self.batch, asked, most);
            self.judge();
        }
    }

    fn judge(&mut self) {
        let size = size_for(self.batch.len());
        self.values.clear();
        for ask in &self.batch {
            self.values.extend_from_slice(ask.held.tensor.values());
        }
        self.values.resize(size * self.network.picture_len(), 0.0);
        let found = self.batch.iter_mut().map(|ask| &mut ask.held.candidates);
        let outcome = self.network.run(&self.values, found);
        metrics::counter!("xunjie_batches_total").increment(1);
        metrics::counter!("xunjie_batched_pictures_total").increment(self.batch.len() as u64);
        for Ask { held, answer } in self.batch.drain(..) {
            // A worker that no longer waits has ended.
            let _ = answer.send((held, outcome.clone()));
        }
    }
}

/// Adds to the first of a batch those who come in time, up to `most` in all.
fn gather<T>(batch: &mut Vec<T>, asked: &Receiver<T>, most: usize) {
    batch.extend(asked.try_iter().take(most - batch.len()));
    let deadline = after(WAIT_MAX);
    while batch.len() < most {
        select! {
            recv(asked) -> ask => match ask {
                Ok(ask) => batch.push(ask),
                Err(_) => return,
            },
            recv(deadline) -> _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use image::RgbImage;

    use crate::detect::Model;
    use crate::detect::Provider;
    use crate::detect::SearchPath;

    use super::*;

    fn file() -> ModelFile {
        let file = ModelFile::read("street", &SearchPath::usual()).unwrap();
        // Noise shows nothing, but the network has its doubts everywhere.
        file.weak_from(0.001)
    }

    /// Coarse noise, another for each seed.
    fn noise(seed: u32) -> Frame {
        let picture = RgbImage::from_fn(320, 240, |x, y| {
            let cell = x / 24 * 31 + y / 16 * 17 + seed * 1_009;
            let mixed = cell.wrapping_mul(2_654_435_761);
            image::Rgb([24, 16, 8].map(|shift| (mixed >> shift) as u8))
        });
        Frame::from_rgb(&picture).unwrap()
    }

    #[test]
    fn what_waits_already_fills_the_batch_and_the_rest_is_left_for_the_next() {
        let (asks, asked) = bounded(8);
        (1..=5).for_each(|ask| asks.send(ask).unwrap());
        let mut batch = vec![asked.recv().unwrap()];
        gather(&mut batch, &asked, 4);
        assert_eq!((batch, asked.len()), (vec![1, 2, 3, 4], 1));
    }

    #[test]
    fn a_picture_that_nobody_joins_is_judged_after_its_wait() {
        let (asks, asked) = bounded(8);
        asks.send(1).unwrap();
        let mut batch = vec![asked.recv().unwrap()];
        gather(&mut batch, &asked, 4);
        assert_eq!(batch, [1]);
        drop(asks);
        gather(&mut batch, &asked, 4);
        assert_eq!(batch, [1], "nobody is left to wait for");
    }

    #[test]
    fn each_worker_gets_what_its_own_picture_shows_as_if_it_were_alone() {
        let file = file();
        let mut alone = Model::new(&file, Provider::Cpu).unwrap();
        let network = Network::load(&file, Provider::Cpu, Some(4)).unwrap();
        assert_eq!(network.pictures_max(), 4, "the shipped model takes several pictures");
        let workers = BatchedModel::shared_by(network, 3).unwrap();
        let look = |mut worker: BatchedModel, seed: u32| {
            let looks = (0..4).map(|look| noise(seed + 3 * look));
            looks.map(|frame| (worker.detect(&frame).unwrap(), frame)).collect::<Vec<_>>()
        };
        let looks: Vec<_> = thread::scope(|scope| {
            let threads = workers
                .into_iter()
                .zip(1..)
                .map(|(worker, seed)| scope.spawn(move || look(worker, seed)));
            let threads: Vec<_> = threads.collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        let mut sights = Vec::new();
        for (found, frame) in looks {
            let expected = alone.detect(&frame).unwrap();
            assert_eq!(found.len(), expected.len());
            assert!(!found.is_empty(), "noise shows something to so low a score");
            for (mine, other) in found.iter().zip(&expected) {
                assert_eq!(mine.kind, other.kind);
                assert!((mine.score - other.score).abs() < 1e-4, "{mine:?} {other:?}");
                assert!(mine.box_in_image.iou(&other.box_in_image) > 0.99);
            }
            sights.push(found);
        }
        assert!(sights.windows(2).any(|pair| pair[0] != pair[1]), "the pictures differ");
    }

    #[test]
    fn a_model_for_one_picture_is_asked_one_by_one() {
        let (asks, asked) = bounded(8);
        asks.send(2).unwrap();
        let mut batch = vec![1];
        gather(&mut batch, &asked, 1);
        assert_eq!((batch, asked.len()), (vec![1], 1));
    }
}
