//! In which order H.264 pictures are shown, for files that tell no times (ITU-T H.264, 7.3 and 8.2.1).

/// A slice's header up to its picture order count fits into this many bytes.
const HEADER_BYTES_MAX: usize = 64;

/// A picture's place: in which period between two clean beginnings, and where therein.
pub(super) type Place = (u64, i64);

/// Follows a stream in decode order.
#[derive(Debug, Default)]
pub(super) struct PictureOrder {
    form: Option<SliceForm>,
    period: u64,
    /// Of the last picture that others refer to.
    high: i64,
    low: i64,
}

/// What must be known to read a slice's header.
#[derive(Clone, Copy, Debug)]
struct SliceForm {
    separate_planes: bool,
    frame_number_bits: u32,
    frames_only: bool,
    /// None where pictures are shown in decode order.
    low_bits: Option<u32>,
}

impl PictureOrder {
    /// The place of the picture that a slice belongs to; none for other units and unknown forms.
    pub(super) fn see(&mut self, nal: &[u8]) -> Option<Place> {
        let first = *nal.first()?;
        match first & 0x1f {
            7 => {
                self.form = SliceForm::read(&mut Bits::new(&nal[1..]));
                None
            }
            1 => self.place(first, nal),
            5 => {
                (self.period, self.high, self.low) = (self.period + 1, 0, 0);
                self.place(first, nal)
            }
            _ => None,
        }
    }

    fn place(&mut self, first: u8, nal: &[u8]) -> Option<Place> {
        let form = self.form?;
        let Some(low_bits) = form.low_bits else {
            self.high += 1;
            return Some((self.period, self.high));
        };
        let low = i64::from(form.low(&mut Bits::new(&nal[1..]), low_bits, first & 0x1f == 5)?);
        let turn = 1i64 << low_bits;
        let high = match low - self.low {
            fallen if fallen <= -turn / 2 => self.high + turn,
            risen if risen > turn / 2 => self.high - turn,
            _ => self.high,
        };
        let referred_to = first & 0x60 != 0;
        if referred_to {
            (self.high, self.low) = (high, low);
        }
        Some((self.period, high + low))
    }
}

impl SliceForm {
    /// From a sequence parameter set.
    fn read(bits: &mut Bits) -> Option<Self> {
        let profile = bits.take(8)?;
        bits.take(16)?;
        bits.golomb()?;
        let mut separate_planes = false;
        if matches!(
            profile,
            44 | 83 | 86 | 100 | 110 | 118 | 122 | 128 | 134 | 135 | 138 | 139 | 244
        ) {
            if bits.golomb()? == 3 {
                separate_planes = bits.take(1)? == 1;
            }
            bits.golomb()?;
            bits.golomb()?;
            bits.take(1)?;
            if bits.take(1)? == 1 {
                // Scaling lists: no camera and no usual encoder sends them here.
                return None;
            }
        }
        let frame_number_bits = bits.golomb()?.checked_add(4).filter(|bits| *bits <= 16)?;
        let low_bits = match bits.golomb()? {
            0 => Some(bits.golomb()?.checked_add(4).filter(|bits| *bits <= 16)?),
            2 => None,
            _ => return None,
        };
        bits.golomb()?;
        bits.take(1)?;
        bits.golomb()?;
        bits.golomb()?;
        let frames_only = bits.take(1)? == 1;
        Some(Self { separate_planes, frame_number_bits, frames_only, low_bits })
    }

    /// The low bits of the picture order count in a slice's header.
    fn low(self, bits: &mut Bits, low_bits: u32, clean_beginning: bool) -> Option<u32> {
        for _ in 0..3 {
            bits.golomb()?;
        }
        if self.separate_planes {
            bits.take(2)?;
        }
        bits.take(self.frame_number_bits)?;
        if !self.frames_only && bits.take(1)? == 1 {
            bits.take(1)?;
        }
        if clean_beginning {
            bits.golomb()?;
        }
        bits.take(low_bits)
    }
}

/// Reads bits from the beginning of a unit, without the bytes that only prevent start codes.
struct Bits {
    bytes: Vec<u8>,
    at: usize,
}

impl Bits {
    fn new(payload: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(HEADER_BYTES_MAX);
        for byte in payload.iter().take(HEADER_BYTES_MAX) {
            if !(*byte == 3 && bytes.ends_with(&[0, 0])) {
                bytes.push(*byte);
            }
        }
        Self { bytes, at: 0 }
    }

    fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    /// An unsigned Exp-Golomb number.
    fn golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.take(zeros)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_numbers_of_any_length() {
        // 1, 010, 011, 00100 and 0001000.
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0001, 0b0000_0000]);
        let numbers: Vec<_> = (0..5).map(|_| bits.golomb().unwrap()).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 7]);
    }

    #[test]
    fn counts_on_when_the_low_bits_begin_anew() {
        let form = SliceForm {
            separate_planes: false,
            frame_number_bits: 4,
            frames_only: true,
            low_bits: Some(4),
        };
        let mut order = PictureOrder { form: Some(form), ..PictureOrder::default() };
        // Three numbers of one bit each, four bits of frame number, four low bits.
        let slice = |first: u8, low: u8| [first, 0b1110_0000 | low >> 3, low << 5, 0xff];
        let key = [0x65, 0b1110_0001, 0b0000_0000, 0xff];
        let mut seen = vec![order.see(&key).unwrap()];
        for (first, low) in [(0x41, 8), (0x01, 4), (0x41, 15), (0x01, 12), (0x41, 2)] {
            seen.push(order.see(&slice(first, low)).unwrap());
        }
        assert_eq!(seen, [(1, 0), (1, 8), (1, 4), (1, 15), (1, 12), (1, 18)]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(
            units in proptest::collection::vec(
                (0usize..3, proptest::collection::vec(any::<u8>(), 0..80)), 0..8),
        ) {
            let mut order = PictureOrder::default();
            for (kind, mut nal) in units {
                nal.insert(0, [0x67, 0x65, 0x41][kind]);
                let _ = order.see(&nal);
            }
        }
    }
}
