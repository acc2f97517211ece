//! What a store must hold to be complete: the number of its last commit, how many rows, and the sum of their weights.
//!
//! The tally is part of every commit and is repeated in the side file. Rows can be lost without any one of them being
//! damaged (a page of sled's that falls back to an older one): then the sum is another.

use flate2::Crc;
use jiff::Timestamp;

/// Bytes of a written tally.
pub const SIZE: usize = 40;

/// The whole of a store in four numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Commits since the folder was made; 0 before the first.
    pub commit: u64,
    /// Rows in sled, those of chunks included, the tally's own not.
    pub rows: u64,
    /// The weights of all rows, added.
    pub sum: u64,
    /// When the commit was written, in milliseconds since 1970.
    pub at: i64,
}

impl Tally {
    /// Counts a row in.
    pub fn add(&mut self, weight: u64) {
        self.rows = self.rows.wrapping_add(1);
        self.sum = self.sum.wrapping_add(weight);
    }

    /// Counts a row out.
    pub fn take(&mut self, weight: u64) {
        self.rows = self.rows.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(weight);
    }

    /// Goes on by some commits, written now.
    pub fn advance(&mut self, commits: u64) {
        self.commit += commits;
        self.at = Timestamp::now().as_millisecond();
    }

    /// The moment of the last commit; none before the first.
    pub fn moment(&self) -> Option<Timestamp> {
        if self.commit == 0 { None } else { Timestamp::from_millisecond(self.at).ok() }
    }

    /// As bytes, with a checksum.
    pub fn to_bytes(self) -> [u8; SIZE] {
        let mut bytes = [0; SIZE];
        bytes[..4].copy_from_slice(b"cbt1");
        bytes[8..16].copy_from_slice(&self.commit.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.rows.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.sum.to_le_bytes());
        bytes[32..].copy_from_slice(&self.at.to_le_bytes());
        let sum = checksum(&[&bytes[..4], &bytes[8..]]);
        bytes[4..8].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Reads it back; none when a byte is missing or another.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; SIZE] = bytes.try_into().ok()?;
        let number = |from: usize| u64::from_le_bytes(bytes[from..from + 8].try_into().unwrap_or_default());
        let tally = Self { commit: number(8), rows: number(16), sum: number(24), at: number(32).cast_signed() };
        (tally.to_bytes() == *bytes).then_some(tally)
    }
}

/// The checksum of some pieces, as of one text.
pub fn checksum(pieces: &[&[u8]]) -> u32 {
    let mut crc = Crc::new();
    for piece in pieces {
        crc.update(piece);
    }
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_with_any_byte_changed_is_no_tally() {
        let bytes = Tally { commit: 7, rows: 3, sum: 99, at: 5 }.to_bytes();
        assert_eq!(Tally::from_bytes(&bytes).unwrap().commit, 7);
        for place in 0..SIZE {
            let mut other = bytes;
            other[place] ^= 1;
            assert_eq!(Tally::from_bytes(&other), None, "byte {place}");
        }
        assert_eq!(Tally::from_bytes(&bytes[..SIZE - 1]), None);
    }
}
