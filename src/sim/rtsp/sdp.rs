//! Describes a clip to clients (SDP, RFC 4566; formats of RFC 6184 and RFC 7798).

use std::fmt::Write;
use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::Clip;
use super::VideoCodec;

/// The first of the payload types that a description gives a meaning.
pub(super) const PAYLOAD_TYPE: u8 = 96;

/// The text of a description.
pub(super) fn describe(clip: &Clip, own_address: IpAddr) -> String {
    let family = if own_address.is_ipv6() { "IP6" } else { "IP4" };
    let any = if own_address.is_ipv6() { "::" } else { "0.0.0.0" };
    let encoding = match clip.codec() {
        VideoCodec::H264 => "H264",
        VideoCodec::H265 => "H265",
    };
    let lines = [
        "v=0".to_owned(),
        format!("o=- 1 1 IN {family} {own_address}"),
        "s=Xunjie simulated camera".to_owned(),
        format!("c=IN {family} {any}"),
        "t=0 0".to_owned(),
        "a=control:*".to_owned(),
        "a=range:npt=now-".to_owned(),
        format!("m=video 0 RTP/AVP {PAYLOAD_TYPE}"),
        format!("a=rtpmap:{PAYLOAD_TYPE} {encoding}/90000"),
        format!("a=fmtp:{PAYLOAD_TYPE} {}", format_parameters(clip)),
        "a=control:trackID=0".to_owned(),
    ];
    lines.into_iter().fold(String::new(), |text, line| text + &line + "\r\n")
}

fn format_parameters(clip: &Clip) -> String {
    let sets = clip.parameters();
    let [video, sequence, picture] =
        [&sets.video, &sets.sequence, &sets.picture].map(|set| BASE64_STANDARD.encode(set));
    match clip.codec() {
        VideoCodec::H264 => {
            // Profile, constraints and level stand behind the SPS's first byte.
            let level = sets.sequence[1..4].iter().fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02X}").expect("writing to a string cannot fail");
                hex
            });
            format!(
                "packetization-mode=1;profile-level-id={level};\
                 sprop-parameter-sets={sequence},{picture}"
            )
        }
        VideoCodec::H265 => format!("sprop-vps={video};sprop-sps={sequence};sprop-pps={picture}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_a_decoder_needs_to_begin() {
        let text = describe(&Clip::scripted(2, 2), IpAddr::from([127, 0, 0, 1]));
        assert!(text.contains("a=rtpmap:96 H264/90000\r\n"), "{text}");
        let expected = "a=fmtp:96 packetization-mode=1;profile-level-id=42C00A;\
            sprop-parameter-sets=Z0LACtkEJsBEAAADAAQAAAMAyDxImSA=,aMuDyyA=\r\n";
        assert!(text.contains(expected), "{text}");
    }
}
