//! RTCP sender reports: which wall-clock time an RTP timestamp stands for (RFC 3550).

use crate::time::Timestamp;

/// From NTP's beginning, 1900, to 1970.
const NTP_EPOCH_SECS: u64 = 2_208_988_800;

/// What a report tells.
pub(super) struct SenderReport {
    pub(super) ssrc: u32,
    pub(super) at: Timestamp,
    pub(super) rtp_timestamp: u32,
    pub(super) packets: u32,
    pub(super) payload_bytes: u32,
}

impl SenderReport {
    /// A report and the name of its source, as compound packets must have.
    pub(super) fn packet(&self) -> Vec<u8> {
        let micros = u64::try_from(self.at.as_micros()).unwrap_or(0);
        let seconds = (micros / 1_000_000 + NTP_EPOCH_SECS) as u32;
        let fraction = (((micros % 1_000_000) << 32) / 1_000_000) as u32;
        // 28 bytes: version 2, sender report, six words after the first.
        let mut packet = vec![0x80, 200, 0, 6];
        let words =
            [self.ssrc, seconds, fraction, self.rtp_timestamp, self.packets, self.payload_bytes];
        packet.extend(words.into_iter().flat_map(u32::to_be_bytes));
        // The name "xunjie" and the end of the list, filled up to whole words.
        packet.extend([0x81, 202, 0, 4]);
        packet.extend(self.ssrc.to_be_bytes());
        packet.extend(b"\x01\x06xunjie\0\0\0\0");
        packet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_time_since_1900() {
        let at = Timestamp::from_micros(1_500_000);
        let report =
            SenderReport { ssrc: 7, at, rtp_timestamp: 90_000, packets: 3, payload_bytes: 4000 };
        let packet = report.packet();
        assert_eq!(packet.len(), 28 + 20);
        assert_eq!(packet[8..16], [0x83, 0xaa, 0x7e, 0x81, 0x80, 0, 0, 0]);
        assert_eq!(packet[16..20], 90_000u32.to_be_bytes());
    }
}
