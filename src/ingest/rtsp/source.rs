//! One RTSP session after another with one camera.

use std::num::NonZeroU32;
use std::sync::Arc;

use futures::StreamExt;
use futures::future::BoxFuture;
use retina::client::Credentials;
use retina::client::Described;
use retina::client::InitialSequenceNumberPolicy;
use retina::client::InitialTimestampPolicy;
use retina::client::PacketItem;
use retina::client::PlayOptions;
use retina::client::Playing;
use retina::client::Session;
use retina::client::SessionGroup;
use retina::client::SessionIdPolicy;
use retina::client::SessionOptions;
use retina::client::SetupOptions;
use retina::client::TcpTransportOptions;
use retina::client::TeardownPolicy;
use retina::client::UdpTransportOptions;
use retina::client::UnknownRtcpSsrcPolicy;
use retina::codec::FrameFormat;
use retina::codec::ParametersRef;

use crate::time::Clock;

use super::access_unit::AccessUnit;
use super::access_unit::Picture;
use super::capture::CaptureTimes;
use super::depacketizer::Depacketizer;
use super::depacketizer::Packet;
use super::failure;
use super::nal::Codec;
use super::parameter_sets::ParameterSets;
use crate::ingest::CameraSettings;
use crate::ingest::CameraUri;
use crate::ingest::EndCause;
use crate::ingest::Feed;
use crate::ingest::Keyframe;
use crate::ingest::Orientation;
use crate::ingest::Source;
use crate::ingest::SourceEnd;
use crate::ingest::Transport;

/// Odd packets in a row, after which the session is worth no more.
const ODD_PACKETS_MAX: u32 = 64;

/// Goodbyes over UDP that may still be under way from sessions before; a
/// camera that answers none of them must not gather more.
const GOODBYES_MAX: usize = 2;

/// Receives a camera over RTSP.
pub struct RtspSource {
    settings: CameraSettings,
    uri: CameraUri,
    clock: Clock,
    sessions: Arc<SessionGroup>,
    /// Outlives sessions, so that capture times do not go back at a reconnect.
    times: CaptureTimes,
}

/// A session that plays, and what is needed to read it.
struct Stream {
    session: Session<Playing>,
    description: String,
    clock_rate: NonZeroU32,
    codec: Codec,
    depacketizer: Depacketizer,
}

impl RtspSource {
    /// # Errors
    /// When the camera's address is not plain RTSP.
    pub fn new(settings: &CameraSettings, clock: Clock) -> Result<Self, String> {
        let Some(uri) = settings.address.plain_rtsp().cloned() else {
            return Err(format!("{} is not plain RTSP (rtsp://…)", settings.address));
        };
        let (settings, sessions) = (settings.clone(), Arc::default());
        Ok(Self { settings, uri, clock, sessions, times: CaptureTimes::new() })
    }

    async fn receive(&mut self, feed: &dyn Feed) -> SourceEnd {
        let limit = self.settings.connect_timeout;
        let mut stream = match tokio::time::timeout(limit, self.open()).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(end)) => return end,
            Err(_) => {
                let peer = self.uri.endpoint();
                return failure::silent(format!(
                    "no answer from {peer} within {} s",
                    limit.as_secs_f32()
                ));
            }
        };
        feed.connected(&stream.description);
        self.times.begin_session(stream.clock_rate);
        self.read(&mut stream, feed).await
    }

    async fn open(&self) -> Result<Stream, SourceEnd> {
        let told = |step: &'static str| {
            move |e| failure::from_session(&e, step, &self.uri, self.settings.transport)
        };
        let described = Session::describe(self.uri.url().clone(), self.session_options());
        let mut session = described.await.map_err(told("asked for its streams"))?;
        let (index, codec) = choose_stream(&session)?;
        let setup = session.setup(index, self.setup_options());
        setup.await.map_err(told("asked to set up its stream"))?;
        let chosen = &session.streams()[index];
        let clock_rate = NonZeroU32::new(chosen.clock_rate_hz())
            .ok_or_else(|| failure::odd("the camera's stream has no clock rate"))?;
        let mut sets = ParameterSets::new(codec);
        let mut size = String::new();
        if let Some(ParametersRef::Video(video)) = chosen.parameters() {
            sets.note_all(video.extra_data());
            let (width, height) = video.pixel_dimensions();
            size = format!(" {width}x{height}");
        }
        let transport = failure::name(self.settings.transport);
        let description = format!("{}{size} over {transport}", codec.name());
        let session = session.play(play_options()).await.map_err(told("asked to play"))?;
        let depacketizer = Depacketizer::new(codec, sets);
        Ok(Stream { session, description, clock_rate, codec, depacketizer })
    }

    fn session_options(&self) -> SessionOptions {
        let credentials = self.uri.login().map(|login| Credentials {
            username: login.user.clone(),
            password: login.password.expose().to_owned(),
        });
        // Over TCP `Auto` says goodbye once and for 5 s at most; over UDP until the session's own end.
        let too_many = self.sessions.stale_sessions().num_sessions > GOODBYES_MAX;
        let teardown = if too_many { TeardownPolicy::Never } else { TeardownPolicy::Auto };
        SessionOptions::default()
            .creds(credentials)
            .user_agent(concat!("xunjie/", env!("CARGO_PKG_VERSION")).to_owned())
            .session_group(Arc::clone(&self.sessions))
            .session_id(SessionIdPolicy::UseFirst)
            .teardown(teardown)
    }

    fn setup_options(&self) -> SetupOptions {
        let transport = match self.settings.transport {
            Transport::Tcp => retina::client::Transport::Tcp(TcpTransportOptions::default()),
            Transport::Udp => retina::client::Transport::Udp(UdpTransportOptions::default()),
        };
        // The format decides how the parameter sets of the description are written: as Annex B.
        SetupOptions::default().transport(transport).frame_format(FrameFormat::SIMPLE)
    }

    async fn read(&mut self, stream: &mut Stream, feed: &dyn Feed) -> SourceEnd {
        let (mut good_packets, mut odd_in_a_row) = (0_u64, 0);
        loop {
            match stream.session.next().await {
                Some(Ok(PacketItem::Rtp(packet))) => {
                    (good_packets, odd_in_a_row) = (good_packets + 1, 0);
                    self.take_packet(stream, &packet, feed);
                }
                Some(Ok(PacketItem::Rtcp(report))) => note_report(&mut self.times, &report),
                Some(Ok(_)) => {}
                Some(Err(e)) if failure::concerns_one_packet(&e) => {
                    odd_in_a_row += 1;
                    if odd_in_a_row > ODD_PACKETS_MAX {
                        let reason = "the camera's packets cannot be understood";
                        let never_good = good_packets == 0;
                        let end = if never_good { failure::odd } else { failure::lost };
                        return end(reason);
                    }
                }
                Some(Err(e)) => return self.broken_off(&e, good_packets),
                None => return failure::lost("the camera closed the connection"),
            }
        }
    }

    /// A camera that has sent good packets speaks RTSP: it is lost, not odd.
    fn broken_off(&self, error: &retina::Error, good_packets: u64) -> SourceEnd {
        let end = failure::from_session(error, "playing", &self.uri, self.settings.transport);
        if good_packets > 0 && end.try_another_source {
            return failure::lost("the camera sent bytes that are no RTSP");
        }
        end
    }

    fn take_packet(
        &mut self,
        stream: &mut Stream,
        packet: &retina::rtp::ReceivedPacket,
        feed: &dyn Feed,
    ) {
        let packet = Packet {
            payload: packet.payload(),
            timestamp: packet.timestamp().timestamp(),
            marked: packet.mark(),
            after_loss: packet.loss() > 0,
        };
        stream.depacketizer.push(packet, |unit| self.give(stream.codec, unit, feed));
    }

    fn give(&mut self, codec: Codec, unit: AccessUnit, feed: &dyn Feed) {
        feed.unit(unit.bytes);
        let data = match unit.picture {
            Picture::Delta => return,
            Picture::Spoiled(fault) => {
                let camera = self.settings.id.to_string();
                metrics::counter!("xunjie_ingest_keyframes_spoiled_total",
                    "camera" => camera, "reason" => fault.name())
                .increment(1);
                return;
            }
            Picture::Key(data) => data,
        };
        let received_at = self.clock.now();
        let (captured_at, capture_clock) = self.times.capture(unit.timestamp, received_at);
        feed.keyframe(Keyframe {
            data,
            caps: codec.caps(),
            orientation: Orientation::Upright,
            captured_at,
            capture_clock,
            received_at,
            deltas: None,
        });
    }
}

impl Source for RtspSource {
    fn attempt<'a>(&'a mut self, feed: &'a dyn Feed) -> BoxFuture<'a, SourceEnd> {
        Box::pin(self.receive(feed))
    }
}

/// The first video stream in a codec that is read here.
fn choose_stream(session: &Session<Described>) -> Result<(usize, Codec), SourceEnd> {
    let mut other_codec = None;
    for (index, stream) in session.streams().iter().enumerate() {
        match (stream.media(), stream.encoding_name()) {
            ("video", "h264") => return Ok((index, Codec::H264)),
            ("video", "h265") => return Ok((index, Codec::H265)),
            ("video", other) => other_codec = other_codec.or(Some(other)),
            _ => {}
        }
    }
    let Some(name) = other_codec else {
        let reason = "the camera offers no video at this path";
        return Err(failure::refused(reason).because(EndCause::NoVideo));
    };
    let name: String = name.chars().filter(char::is_ascii_graphic).take(32).collect();
    let reason = format!("the camera sends {name:?}, neither H.264 nor H.265");
    Err(failure::odd(reason).because(EndCause::Codec))
}

/// Believes little of what cameras say beside their packets: numbers given at
/// `PLAY` are often wrong, and reports often bear another SSRC.
fn play_options() -> PlayOptions {
    PlayOptions::default()
        .initial_timestamp(InitialTimestampPolicy::Ignore)
        .initial_seq(InitialSequenceNumberPolicy::Ignore)
        .unknown_rtcp_ssrc(UnknownRtcpSsrcPolicy::ProcessPackets)
}

fn note_report(times: &mut CaptureTimes, compound: &retina::rtcp::ReceivedCompoundPacket) {
    let Some(rtp) = compound.rtp_timestamp() else { return };
    let report = compound.pkts().next().and_then(|packet| packet.as_sender_report().ok().flatten());
    if let Some(report) = report {
        times.note_report(report.ntp_timestamp().0, rtp.timestamp());
    }
}
