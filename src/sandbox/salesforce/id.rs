//! Record ids: 15 characters that tell upper from lower case, or 18 that need not (sheet 11).

const CHECKSUM: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A record id in its 18-character form, checksum right; kept in place, because a big world has millions of them.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id([u8; 18]);

impl Id {
    /// Reads the 15-character form, or the 18-character form in any case.
    pub fn parse(text: &str) -> Option<Id> {
        if !text.bytes().all(|c| c.is_ascii_alphanumeric()) {
            return None;
        }
        match text.len() {
            15 => Some(Id::of(text)),
            18 => restore_case(text).map(|short| Id::of(&short)),
            _ => None,
        }
    }

    /// The id of 15 characters, which are letters and digits.
    fn of(short: &str) -> Id {
        let mut id = [0; 18];
        for (place, byte) in id.iter_mut().zip(short.bytes().chain(checksum(short).bytes())) {
            *place = byte;
        }
        Id(id)
    }

    /// The `number`-th id under a three-character key prefix; ids sort in the order of their numbers.
    pub fn numbered(prefix: &str, number: u64) -> Id {
        let mut rest = number;
        let mut digits = [b'0'; 9];
        for digit in digits.iter_mut().rev() {
            *digit = DIGITS[(rest % 62) as usize];
            rest /= 62;
        }
        Id::of(&format!("{prefix}5g0{}", String::from_utf8_lossy(&digits)))
    }

    /// All ids under a key prefix.
    pub fn bounds(prefix: &str) -> std::ops::Range<Id> {
        let (mut first, mut beyond) = ([0; 18], [u8::MAX; 18]);
        for (place, byte) in prefix.bytes().enumerate().take(18) {
            (first[place], beyond[place]) = (byte, byte);
        }
        Id(first)..Id(beyond)
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The 15-character form.
    pub fn short(&self) -> &str {
        &self.as_str()[..15]
    }

    /// The key prefix, which tells the object.
    pub fn prefix(&self) -> &str {
        &self.as_str()[..3]
    }
}

impl std::fmt::Debug for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Id({})", self.as_str())
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which letters are capitals, five to a character, lowest bit first.
fn checksum(short: &str) -> String {
    short
        .as_bytes()
        .chunks(5)
        .map(|five| {
            let bits =
                five.iter().enumerate().filter(|(_, c)| c.is_ascii_uppercase()).fold(0, |sum, (i, _)| sum | 1 << i);
            CHECKSUM[bits] as char
        })
        .collect()
}

/// The 15 characters of an id that lost its case somewhere (a spreadsheet, a URL): the checksum tells it.
fn restore_case(text: &str) -> Option<String> {
    let (short, sum) = text.split_at(15);
    let mut restored = String::with_capacity(15);
    for (five, sign) in short.as_bytes().chunks(5).zip(sum.bytes()) {
        let bits = CHECKSUM.iter().position(|c| *c == sign.to_ascii_uppercase())?;
        for (i, c) in five.iter().enumerate() {
            let capital = bits & (1 << i) != 0;
            if capital && !c.is_ascii_alphabetic() {
                return None;
            }
            restored.push(if capital { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() } as char);
        }
    }
    Some(restored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_real_ids() {
        let known = [
            "00Di0000000icUBEAY",
            "005i0000002MUqLAAW",
            "001M000001FgVKlIAN",
            "003q000000KvQ1tAAF",
            "a00D0000008pQRAIA2",
        ];
        for id in known {
            assert_eq!(Id::parse(&id[..15]).map(|id| id.to_string()).as_deref(), Some(id));
            assert_eq!(Id::parse(&id.to_lowercase()).map(|id| id.to_string()).as_deref(), Some(id));
        }
    }

    #[test]
    fn other_text_is_no_id() {
        for text in ["", "abc", "500-g00000AAAAA", "5005g00000AAAA", "00Di0000000icUBEAYX", "00Di0000000icUB5AY"] {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbered_ids_sort_by_number() {
        let ids: Vec<_> = [1, 61, 62, 4000, 999_999].map(|n| Id::numbered("500", n)).into();
        assert!(ids.is_sorted());
        assert_eq!(Id::parse(ids[3].short()).as_ref(), Some(&ids[3]));
    }
}
