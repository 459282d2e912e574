//! Hands cases to the sinks: outbox, attempts, retries, dead letters.
