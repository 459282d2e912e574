//! The way RTP takes to one client: inside the RTSP connection, or by UDP.

use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;

use tokio::net::UdpSocket;

/// Tries to find a free pair of ports, the first of them even.
const PAIR_TRIES: usize = 32;

/// A client's wish, from a `Transport` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// The channels of RTP and RTCP.
    Interleaved(u8, u8),
    /// The client's ports for RTP and RTCP.
    Udp(u16, u16),
}

/// A way set up.
#[derive(Debug)]
pub(super) enum Transport {
    Interleaved { rtp_channel: u8, rtcp_channel: u8 },
    Udp { rtp: UdpSocket, rtcp: UdpSocket },
}

impl Wish {
    /// The first of the header's alternatives that can be met.
    pub(super) fn parse(header: &str) -> Option<Self> {
        header.split(',').find_map(Self::parse_one)
    }

    fn parse_one(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let profile = parts.next()?;
        let parts: Vec<_> = parts.collect();
        let value = |name| parts.iter().find_map(|part| part.strip_prefix(name));
        if parts.contains(&"multicast") {
            return None;
        }
        match profile {
            "RTP/AVP/TCP" => {
                let (rtp, rtcp) = value("interleaved=").map_or(Some((0, 1)), pair)?;
                Some(Self::Interleaved(u8::try_from(rtp).ok()?, u8::try_from(rtcp).ok()?))
            }
            "RTP/AVP" | "RTP/AVP/UDP" => {
                let (rtp, rtcp) = pair(value("client_port=")?)?;
                (rtp > 0 && rtcp > 0).then_some(Self::Udp(rtp, rtcp))
            }
            _ => None,
        }
    }
}

impl Transport {
    /// Sets up the way to `peer`; packets go nowhere else, whatever a client asks for.
    pub(super) async fn set_up(wish: Wish, own: IpAddr, peer: IpAddr) -> io::Result<Self> {
        match wish {
            Wish::Interleaved(rtp_channel, rtcp_channel) => {
                Ok(Self::Interleaved { rtp_channel, rtcp_channel })
            }
            Wish::Udp(rtp_port, rtcp_port) => {
                let (rtp, rtcp) = bind_pair(own).await?;
                rtp.connect(SocketAddr::new(peer, rtp_port)).await?;
                rtcp.connect(SocketAddr::new(peer, rtcp_port)).await?;
                Ok(Self::Udp { rtp, rtcp })
            }
        }
    }

    /// The value of the reply's `Transport` header.
    pub(super) fn header(&self, ssrc: u32) -> io::Result<String> {
        Ok(match self {
            Self::Interleaved { rtp_channel, rtcp_channel } => format!(
                "RTP/AVP/TCP;unicast;interleaved={rtp_channel}-{rtcp_channel};ssrc={ssrc:08X}"
            ),
            Self::Udp { rtp, rtcp } => {
                let client = (rtp.peer_addr()?.port(), rtcp.peer_addr()?.port());
                let server = (rtp.local_addr()?.port(), rtcp.local_addr()?.port());
                format!(
                    "RTP/AVP;unicast;client_port={}-{};server_port={}-{};ssrc={ssrc:08X}",
                    client.0, client.1, server.0, server.1
                )
            }
        })
    }

    /// Whether the client reported by UDP since the last look.
    pub(super) fn has_heard(&self) -> bool {
        let Self::Udp { rtcp, .. } = self else { return false };
        let mut buffer = [0; 1500];
        let mut heard = false;
        // A socket's receive buffer holds far fewer, so this cannot go on for ever.
        for _ in 0..1000 {
            match rtcp.try_recv(&mut buffer) {
                Ok(_) => heard = true,
                Err(_) => break,
            }
        }
        heard
    }
}

fn pair(text: &str) -> Option<(u16, u16)> {
    let (first, second) = text.split_once('-').unzip();
    let first: u16 = first.unwrap_or(text).parse().ok()?;
    let second = second.map_or(first.checked_add(1), |second| second.parse().ok());
    Some((first, second?))
}

async fn bind_pair(own: IpAddr) -> io::Result<(UdpSocket, UdpSocket)> {
    for _ in 0..PAIR_TRIES {
        let rtp = UdpSocket::bind((own, 0)).await?;
        let port = rtp.local_addr()?.port();
        if port % 2 == 0
            && let Ok(rtcp) = UdpSocket::bind((own, port + 1)).await
        {
            return Ok((rtp, rtcp));
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_the_first_way_it_can_go() {
        let check = |header, wish| assert_eq!(Wish::parse(header), wish, "{header}");
        check("RTP/AVP/TCP;unicast;interleaved=2-3", Some(Wish::Interleaved(2, 3)));
        check("RTP/AVP;unicast;client_port=5000-5001;mode=play", Some(Wish::Udp(5000, 5001)));
        check("RTP/AVP;multicast, RTP/AVP/TCP;unicast", Some(Wish::Interleaved(0, 1)));
        check("RTP/AVP;multicast", None);
        check("RTP/AVP/TCP;interleaved=300-301", None);
        check("RTP/AVP;unicast;client_port=0-1", None);
        check("RTP/SAVP;unicast;client_port=5000", None);
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_refused(text in "[A-Z/;=,a-z_0-9-]{0,60}") {
            let _ = Wish::parse(&text);
        }
    }
}
