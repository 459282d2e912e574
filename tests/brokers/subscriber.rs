//! A dispatch centre that subscribes at an MQTT broker, with a session that outlives its connection.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use rumqttc::AsyncClient;
use rumqttc::Broker;
use rumqttc::Event;
use rumqttc::MqttOptions;
use rumqttc::Packet;
use rumqttc::Publish;
use rumqttc::QoS;
use tokio::task::JoinHandle;

use super::office::Received;
use super::office::wait_until;

/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(10);

/// Ends with this value.
pub(crate) struct Subscriber {
    received: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Subscriber {
    /// Subscribes and waits until the broker knows of it.
    pub(crate) async fn start(port: u16, filter: &str) -> Self {
        let mut options = MqttOptions::new("dispatch-centre", Broker::tcp("127.0.0.1", port));
        options.set_clean_start(false).set_session_expiry_interval(Some(3600));
        let (client, mut events) = AsyncClient::builder(options).capacity(16).build();
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let (taken, filter) = (Arc::clone(&received), filter.to_owned());
        let (subscribed, mut known) = tokio::sync::watch::channel(false);
        let task = tokio::spawn(async move {
            loop {
                match events.poll().await {
                    // A broker that was killed may have forgotten the session.
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        client.subscribe(filter.clone(), QoS::AtLeastOnce).await.unwrap();
                    }
                    Ok(Event::Incoming(Packet::SubAck(_))) => drop(subscribed.send(true)),
                    Ok(Event::Incoming(Packet::Publish(message))) => {
                        taken.lock().unwrap().push(read(&message));
                    }
                    Ok(_) => {}
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            }
        });
        known.wait_for(|known| *known).await.unwrap();
        Self { received, task }
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// How many different keys have come.
    pub(crate) fn keys(&self) -> usize {
        let received = self.received.lock().unwrap();
        received.iter().map(|one| &one.key).collect::<BTreeSet<_>>().len()
    }

    /// Waits until so many different keys have come.
    pub(crate) async fn wait_for(&self, keys: usize) -> Vec<Received> {
        wait_until(async || self.keys() >= keys).await;
        self.received()
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn read(message: &Publish) -> Received {
    assert!(!message.retain, "nothing is retained");
    assert_eq!(message.qos, QoS::AtLeastOnce);
    let properties = message.properties.clone().unwrap_or_default();
    let content_type = properties.content_type.unwrap();
    assert!(content_type.starts_with("application/cloudevents+json"), "{content_type}");
    let mut own = properties.user_properties.into_iter();
    let (_, key) = own.find(|(name, _)| name == "Idempotency-Key").unwrap();
    let place = String::from_utf8(message.topic.to_vec()).unwrap();
    Received { key, place, body: message.payload.to_vec() }
}
