//! Brokers as sinks: MQTT 5 and NATS `JetStream`.
//!
//! Each event is published and counts as delivered when the broker has
//! acknowledged it. A connection is made for the first delivery that needs it
//! and thrown away with all that is under way at the first sign of trouble:
//! nothing is sent again behind the lane's back, which alone says what is
//! tried when, and in which order.

mod address;
mod jetstream;
mod line;
mod login;
mod mqtt;
mod mqtt_line;
mod nats;
mod nats_line;
mod tls;
mod topic;

pub use address::AddressError;
pub use address::BrokerAddress;
pub use login::Login;
pub use mqtt::Mqtt;
pub use mqtt::MqttSettings;
pub use nats::Nats;
pub use nats::NatsSettings;
pub use topic::Topic;
pub use topic::TopicError;
