//! Deliveries to real brokers, `mosquitto` and `nats-server`, on free ports of
//! loopback: killed in the middle, started again, silent, strict about logins.
//! Where a broker is not installed its tests say so and do nothing.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod broker;
mod ear;
mod encrypted;
mod lives;
mod mqtt;
mod nats;
mod neighbours;
mod office;
mod subscriber;
