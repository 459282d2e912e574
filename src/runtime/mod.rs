//! Ground for everything that runs: supervised threads, bounded queues, backoff, shutdown, secrets, metrics.

mod backoff;
mod metrics;
mod queue;
mod secret;
mod shutdown;
mod worker;

pub use backoff::Backoff;
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
pub use worker::Worker;
