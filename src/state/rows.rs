//! How values lie in sled: no row above 4 KiB, each with a checksum; larger values are compressed and cut.
//!
//! From about 8 KiB a value makes sled put whole pages into files under `blobs/` that are never synced. Keys of rows
//! that are not a caller's begin with a byte that no text holds, so no prefix of a text reaches them.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::tally::checksum;
use crate::ports::StoreError;

/// The most bytes of a row.
pub const ROW: usize = 4096;

/// The most bytes of a key; 16 rows of a sled page then stay far below what goes to `blobs/`.
pub const KEY: usize = 1024;

/// The first byte of all keys that are not a caller's.
pub const OURS: u8 = 0xff;

/// The key of the tally.
pub const TALLY: [u8; 2] = [OURS, b'#'];

const CHECKSUM: usize = 4;
const PLAIN: u8 = 0;
const PACKED: u8 = 1;
/// The kind, the number of chunks and the length of the value.
const PACKED_HEAD: usize = 1 + 4 + 8;

/// A value, ready to be written: the row under its key, and the rows it did not fit into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    head: Vec<u8>,
    chunks: Vec<Vec<u8>>,
}

impl Stored {
    /// Compresses and cuts a value as far as it needs it.
    pub fn of(value: &[u8]) -> Self {
        if value.len() < ROW - CHECKSUM {
            return Self { head: [&[PLAIN], value].concat(), chunks: Vec::new() };
        }
        let packed = pack(value);
        if PACKED_HEAD + packed.len() <= ROW - CHECKSUM {
            return Self { head: packed_head(0, value.len(), &packed), chunks: Vec::new() };
        }
        let chunks: Vec<_> = packed.chunks(ROW - CHECKSUM).map(<[u8]>::to_vec).collect();
        Self { head: packed_head(chunks.len(), value.len(), &[]), chunks }
    }

    /// Bytes to be written.
    pub fn size(&self) -> usize {
        self.head.len() + self.chunks.iter().map(Vec::len).sum::<usize>()
    }

    /// The rows it becomes under a key.
    pub fn rows(&self, key: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
        let head = (key.as_bytes().to_vec(), &self.head);
        let chunks = self.chunks.iter().enumerate().map(|(number, chunk)| (chunk_key(key.as_bytes(), number), chunk));
        std::iter::once(head)
            .chain(chunks)
            .map(|(key, body)| (seal(&key, body), key))
            .map(|(row, key)| (key, row))
            .collect()
    }
}

/// Refuses a key that is too long.
pub fn check_keys<'k>(mut keys: impl Iterator<Item = &'k String>) -> Result<(), StoreError> {
    let Some(key) = keys.find(|key| key.len() > KEY) else { return Ok(()) };
    let refused = format!("a key of the state has {} bytes and may have {KEY}: `{key:.60}…`", key.len());
    Err(StoreError::Failed(refused))
}

/// The key of one chunk of a value; five bytes more than the value's, so that no two are the same.
pub fn chunk_key(key: &[u8], number: usize) -> Vec<u8> {
    let number = u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
    [&[OURS, b'c'], key, &[0], &number].concat()
}

/// How many chunks belong to a row of a caller's key.
pub fn chunks(body: &[u8]) -> usize {
    match body {
        [PACKED, a, b, c, d, ..] => u32::from_le_bytes([*a, *b, *c, *d]) as usize,
        _ => 0,
    }
}

/// The value of a row; `chunk` reads the body of a chunk by its number. None when something is missing or damaged.
pub fn value(body: &[u8], mut chunk: impl FnMut(usize) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    match *body.first()? {
        PLAIN => Some(body[1..].to_vec()),
        PACKED if body.len() >= PACKED_HEAD => {
            let length = u64::from_le_bytes(body[5..PACKED_HEAD].try_into().ok()?);
            let mut packed = body[PACKED_HEAD..].to_vec();
            for number in 0..chunks(body) {
                packed.extend(chunk(number)?);
            }
            unpack(&packed, usize::try_from(length).ok()?)
        }
        _ => None,
    }
}

/// The body of a row, when its checksum fits its key and its bytes.
pub fn unseal<'a>(key: &[u8], row: &'a [u8]) -> Option<&'a [u8]> {
    let (sum, body) = row.split_first_chunk::<CHECKSUM>()?;
    (u32::from_le_bytes(*sum) == checksum(&[key, body])).then_some(body)
}

/// What a row adds to the tally; hangs on every byte of key and value by way of the checksum.
pub fn weight(key: &[u8], row: &[u8]) -> u64 {
    let sum = row.first_chunk::<CHECKSUM>().map_or(0, |sum| u32::from_le_bytes(*sum));
    // The finish of SplitMix64: sums of checksums that are close to each other must not be.
    let mut weight = u64::from(sum) | ((row.len() + key.len() * ROW) as u64) << 32;
    weight = (weight ^ (weight >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    weight = (weight ^ (weight >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    weight ^ (weight >> 31)
}

/// A row: the body behind a checksum of key and body.
pub fn seal(key: &[u8], body: &[u8]) -> Vec<u8> {
    [&checksum(&[key, body]).to_le_bytes(), body].concat()
}

fn packed_head(chunks: usize, length: usize, packed: &[u8]) -> Vec<u8> {
    let chunks = u32::try_from(chunks).unwrap_or(u32::MAX).to_le_bytes();
    [&[PACKED], &chunks[..], &(length as u64).to_le_bytes(), packed].concat()
}

fn pack(value: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(value.len() / 2), Compression::fast());
    // Writing into memory does not fail.
    let written = encoder.write_all(value).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

fn unpack(packed: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut value = Vec::new();
    ZlibDecoder::new(packed).take(length as u64 + 1).read_to_end(&mut value).ok()?;
    (value.len() == length).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that do not compress.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 7_u64;
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .take(length)
        .collect()
    }

    fn there_and_back(given: &[u8]) -> usize {
        let rows = Stored::of(given).rows("text:1");
        assert!(rows.iter().all(|(_, row)| row.len() <= ROW));
        let bodies: Vec<_> = rows.iter().map(|(key, row)| unseal(key, row).unwrap().to_vec()).collect();
        assert_eq!(chunks(&bodies[0]), rows.len() - 1);
        assert_eq!(value(&bodies[0], |number| bodies.get(number + 1).cloned()).unwrap(), given);
        rows.len()
    }

    #[test]
    fn no_row_is_above_four_kib_and_every_value_comes_back() {
        assert_eq!(there_and_back(b""), 1);
        assert_eq!(there_and_back(&noise(ROW - CHECKSUM - 1)), 1);
        assert!(there_and_back(&noise(ROW - CHECKSUM)) > 1);
        assert_eq!(there_and_back(&[b'x'; 40_000]), 1);
        assert!(there_and_back(&noise(40_000)) > 10);
    }

    #[test]
    fn a_missing_chunk_is_no_value() {
        let rows = Stored::of(&noise(10_000)).rows("a");
        let body = unseal(&rows[0].0, &rows[0].1).unwrap();
        assert_eq!(value(body, |_| None), None);
    }

    #[test]
    fn a_row_with_a_changed_byte_or_under_another_key_is_refused() {
        let (key, row) = Stored::of(b"hello").rows("a").remove(0);
        assert!(unseal(b"b", &row).is_none());
        for place in 0..row.len() {
            let mut other = row.clone();
            other[place] ^= 0x10;
            assert!(unseal(&key, &other).is_none());
        }
    }
}
