//! Ids as hosts write them in events, checked before they become part of a subject.

use crate::names::in_full;

/// What the ids of cases and of their comments begin with (Salesforce sheet 11).
const PREFIXES: [(&str, &str); 2] = [("case", "500"), ("comment", "00a")];

/// An id of a community's message or person: a number (Khoros sheet 3).
pub fn khoros(id: &str) -> Option<String> {
    let is_id = !id.is_empty() && id.len() <= 20 && id.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then(|| id.to_owned())
}

/// An id of a record of the org with all its 18 characters, whichever form it was sent in.
pub fn salesforce(kind: &str, id: &str) -> Option<String> {
    let is_id = [15, 18].contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let prefix = PREFIXES.iter().find(|(name, _)| *name == kind).map_or("", |(_, prefix)| prefix);
    (is_id && id.starts_with(prefix)).then(|| in_full(&id[..15]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_an_id_are_one() {
        for (short, long) in [("5005g00000CaseA", "5005g00000CaseAAAR"), ("00D5g00000ABCDE", "00D5g00000ABCDEEA5")] {
            assert_eq!(salesforce("record", short).as_deref(), Some(long));
            assert_eq!(salesforce("record", long).as_deref(), Some(long));
        }
    }

    #[test]
    fn what_is_no_id_is_none() {
        for id in ["", "abc", "5005g00000CaseA'", "5005g00000CaseAé", "00a5g00000AAAAA", "500"] {
            assert_eq!(salesforce("case", id), None, "{id}");
        }
        for id in ["", "1 ", "-1", "1' OR 1=1", "١", "123456789012345678901"] {
            assert_eq!(khoros(id), None, "{id}");
        }
    }
}
