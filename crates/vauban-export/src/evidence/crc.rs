//! CRC-32 as ZIP uses it (polynomial 0xEDB88320, reflected), and what it tells about a single altered byte.

use super::sha256;

const POLYNOMIAL: u32 = 0xEDB8_8320;

fn table() -> [u32; 256] {
    let mut table = [0u32; 256];
    for (slot, byte) in table.iter_mut().zip(0u32..) {
        let mut value = byte;
        for _ in 0..8 {
            value = if value & 1 == 1 { POLYNOMIAL ^ (value >> 1) } else { value >> 1 };
        }
        *slot = value;
    }
    table
}

fn step(table: &[u32; 256], state: u32, byte: u8) -> u32 {
    let [low, ..] = state.to_le_bytes();
    table[usize::from(low ^ byte)] ^ (state >> 8)
}

/// The CRC-32 of some bytes.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let table = table();
    !bytes.iter().fold(u32::MAX, |state, byte| step(&table, state, *byte))
}

/// A byte that is not what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Altered {
    /// Its position, from 0.
    pub(super) at: usize,
    /// What it was.
    pub(super) was: u8,
    /// What it is.
    pub(super) is: u8,
}

/// The one byte whose change explains that the bytes have another CRC and another SHA-256 than they had.
///
/// CRC-32 is linear: a changed byte changes it by an amount that depends on the difference and on how many bytes follow.
/// Going back from the end, that amount is compared with what each of the 255 differences gives. SHA-256 then says
/// whether the byte so found is the one. Linear in the length.
pub(super) fn altered(bytes: &[u8], crc: u32, hash: &str) -> Option<Altered> {
    let table = table();
    // By its highest byte each entry of the table is known: that is what makes a step back possible.
    let mut by_high = [0u8; 256];
    for (entry, byte) in table.iter().zip(0u8..=255) {
        let [.., high] = entry.to_le_bytes();
        by_high[usize::from(high)] = byte;
    }
    let mut difference = crc32(bytes) ^ crc;
    for at in (0..bytes.len()).rev() {
        let [.., high] = difference.to_le_bytes();
        let delta = by_high[usize::from(high)];
        let entry = table[usize::from(delta)];
        if delta != 0 && entry == difference {
            let mut mended = bytes.to_vec();
            if let Some(byte) = mended.get_mut(at) {
                let is = *byte;
                *byte ^= delta;
                if sha256(&mended) == hash {
                    return Some(Altered { at, was: is ^ delta, is });
                }
            }
        }
        // One zero byte back.
        difference = ((difference ^ entry) << 8) | u32::from(delta);
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Altered, altered, crc32};
    use crate::evidence::sha256;

    #[test]
    fn the_check_value_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    proptest! {
        #[test]
        fn a_changed_byte_is_found(bytes in proptest::collection::vec(any::<u8>(), 1..2000), at: usize, delta in 1u8..) {
            let (crc, hash) = (crc32(&bytes), sha256(&bytes));
            let at = at % bytes.len();
            let mut changed = bytes.clone();
            changed[at] ^= delta;
            let found = altered(&changed, crc, &hash);
            prop_assert_eq!(found, Some(Altered { at, was: bytes[at], is: changed[at] }));
        }

        #[test]
        fn two_changed_bytes_are_not_taken_for_one(bytes in proptest::collection::vec(any::<u8>(), 2..500)) {
            let (crc, hash) = (crc32(&bytes), sha256(&bytes));
            let mut changed = bytes.clone();
            changed[0] ^= 1;
            changed[1] ^= 7;
            prop_assert_eq!(altered(&changed, crc, &hash), None);
        }
    }
}
