//! Bounded, named queues between threads, which say at creation what happens when they are full.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::Receiver;
use crossbeam_channel::RecvTimeoutError;
use crossbeam_channel::Sender;
use crossbeam_channel::TrySendError;

/// What a full queue does with one more item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// The sender waits: for what must not be lost.
    Wait,
    /// The oldest item makes room and is counted: for what grows stale.
    DropOldest,
}

/// The end that items are put into; cheap to clone.
#[derive(Debug)]
pub struct QueueSender<T> {
    items: Sender<T>,
    /// Only for dropping the oldest.
    oldest: Receiver<T>,
    when_full: WhenFull,
    dropped: Arc<AtomicU64>,
    name: &'static str,
}

/// The end that items are taken from.
#[derive(Debug)]
pub struct QueueReceiver<T> {
    items: Receiver<T>,
    name: &'static str,
}

/// A queue of at most `capacity` items. Its depth and drops are the metrics
/// `xunjie_queue_depth` and `xunjie_queue_dropped_total`, by `name`.
#[must_use]
pub fn queue<T>(
    name: &'static str,
    capacity: usize,
    when_full: WhenFull,
) -> (QueueSender<T>, QueueReceiver<T>) {
    let (sender, receiver) = crossbeam_channel::bounded(capacity.max(1));
    let dropped = Arc::default();
    // Who waits must hear that the receiver is gone, so that sender holds no receiver.
    let oldest = match when_full {
        WhenFull::Wait => crossbeam_channel::never(),
        WhenFull::DropOldest => receiver.clone(),
    };
    let sending = QueueSender { items: sender, oldest, when_full, dropped, name };
    (sending, QueueReceiver { items: receiver, name })
}

impl<T> QueueSender<T> {
    /// Puts an item in, by the queue's rule when it is full. Without a receiver
    /// an item that would wait is let go and counted.
    pub fn send(&self, item: T) {
        match self.when_full {
            WhenFull::Wait => {
                if self.items.send(item).is_err() {
                    self.count_dropped();
                }
            }
            WhenFull::DropOldest => self.push_out(item),
        }
        metrics::gauge!("xunjie_queue_depth", "queue" => self.name).set(self.items.len() as f64);
    }

    /// Items dropped since the beginning.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn push_out(&self, mut item: T) {
        while let Err(TrySendError::Full(refused)) = self.items.try_send(item) {
            item = refused;
            if self.oldest.try_recv().is_ok() {
                self.count_dropped();
            }
        }
    }

    fn count_dropped(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("xunjie_queue_dropped_total", "queue" => self.name).increment(1);
    }
}

impl<T> Clone for QueueSender<T> {
    fn clone(&self) -> Self {
        Self {
            items: self.items.clone(),
            oldest: self.oldest.clone(),
            when_full: self.when_full,
            dropped: Arc::clone(&self.dropped),
            name: self.name,
        }
    }
}

impl<T> QueueReceiver<T> {
    /// The next item; waits up to `length`. `Ok(None)` after that time.
    ///
    /// # Errors
    /// [`QueueClosed`] when every sender is gone and the queue is empty.
    pub fn receive_within(&self, length: Duration) -> Result<Option<T>, QueueClosed> {
        let received = self.items.recv_timeout(length);
        metrics::gauge!("xunjie_queue_depth", "queue" => self.name).set(self.items.len() as f64);
        match received {
            Ok(item) => Ok(Some(item)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(QueueClosed),
        }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// Nobody can send any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("queue closed")]
pub struct QueueClosed;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_the_oldest_and_counts_it() {
        let (sender, receiver) = queue("test", 2, WhenFull::DropOldest);
        for item in 1..=5 {
            sender.send(item);
        }
        assert_eq!(sender.dropped(), 3);
        assert_eq!(receiver.receive_within(Duration::ZERO), Ok(Some(4)));
        assert_eq!(receiver.receive_within(Duration::ZERO), Ok(Some(5)));
        assert_eq!(receiver.receive_within(Duration::ZERO), Ok(None));
    }

    /// The disk was full, the desk had given up and a worker waited for a place
    /// in its queue for ever: the program could not be ended.
    #[test]
    fn who_waits_for_a_place_goes_on_when_the_receiver_is_gone() {
        let (sender, receiver) = queue("test", 1, WhenFull::Wait);
        sender.send(1);
        let (_guard, shutdown) = crate::runtime::Shutdown::pair();
        let waiting = sender.clone();
        let worker = crate::runtime::Worker::start("waiting", shutdown, move || waiting.send(2));
        drop(receiver);
        drop(worker.unwrap());
        assert_eq!(sender.dropped(), 1);
    }

    #[test]
    fn tells_when_every_sender_is_gone() {
        let (sender, receiver) = queue::<u8>("test", 2, WhenFull::Wait);
        drop(sender);
        assert_eq!(receiver.receive_within(Duration::from_secs(3600)), Err(QueueClosed));
    }
}
