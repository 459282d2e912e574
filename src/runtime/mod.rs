//! Ground for everything that runs: supervised threads, bounded queues, backoff, shutdown, secrets, measures.

mod backoff;
mod histogram;
mod metrics;
mod queue;
mod secret;
mod shutdown;
mod usage;
mod worker;

pub use backoff::Backoff;
pub use histogram::Histogram;
pub use histogram::Spread;
pub use metrics::Metrics;
pub use metrics::MetricsError;
pub use queue::QueueClosed;
pub use queue::QueueReceiver;
pub use queue::QueueSender;
pub use queue::WhenFull;
pub use queue::queue;
pub use secret::Secret;
pub use shutdown::Shutdown;
pub use shutdown::ShutdownGuard;
pub use usage::Usage;
pub use usage::open_files_max;
pub use usage::thread_cpu;
pub use worker::Worker;
