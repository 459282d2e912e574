//! Hands cases to the sinks: outbox, attempts, retries, dead letters.
//!
//! The [`Desk`] writes what the way reports into the store and rings a
//! [`Bell`]; the [`Dispatcher`] takes it from the store to the sinks. Between
//! them stands only the store, so that either may die at any moment.

mod attempt;
mod bell;
mod broker;
mod desk;
mod dispatcher;
mod duty;
mod error;
mod event;
mod figures;
mod hearers;
mod item;
mod joined;
mod jsonl;
mod lane;
mod ledger;
mod life_book;
mod matters;
mod recheck;
mod requests;
mod silence;
mod sink;
mod sink_book;
mod tidying;
mod webhook;

pub use bell::Bell;
pub use broker::AddressError;
pub use broker::BrokerAddress;
pub use broker::Login;
pub use broker::Mqtt;
pub use broker::MqttSettings;
pub use broker::Nats;
pub use broker::NatsSettings;
pub use broker::Topic;
pub use broker::TopicError;
pub use desk::Desk;
pub use desk::DeskParts;
pub use desk::DeskSettings;
pub use dispatcher::DispatchSettings;
pub use dispatcher::Dispatcher;
pub use duty::DutyChoice;
pub use duty::DutyReport;
pub use error::DispatchError;
pub use event::change_of;
pub use event::cloud_event;
pub use hearers::Hearers;
pub use item::DeskItem;
pub use jsonl::Jsonl;
pub use life_book::LifeBook;
pub use life_book::LifeBookError;
pub use life_book::LifeReport;
pub use life_book::RouteReport;
pub use matters::HotSpotReport;
pub use requests::NewReport;
pub use requests::RequestReport;
pub use requests::Service;
pub use requests::TakenReport;
pub use sink::DeliveryFailure;
pub use sink::FailureKind;
pub use sink::Sink;
pub use sink_book::ResendError;
pub use sink_book::SinkBook;
pub use sink_book::SinkReport;
pub use sink_book::SinkState;
pub use webhook::SIGNATURE_HEADER;
pub use webhook::Webhook;
pub use webhook::WebhookSettings;
pub use webhook::signature;
