//! Plain JSON from whoever shares a key with us: `{"subjects": ["khoros:thread:42"]}`, signed over the body as it is.

use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::Sha256;

use super::{Unreadable, hint};
use crate::hint::Hint;
use crate::names::Subject;

/// The header of the signature: `sha256=` and 64 hexadecimal digits.
pub const SIGNATURE: &str = "x-casebridge-signature";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    subjects: Vec<Subject>,
}

/// Whether a body was signed with the key; compared in constant time.
pub fn is_signed(body: &[u8], signature: &str, key: &[u8]) -> bool {
    let Some(digits) = signature.strip_prefix("sha256=") else { return false };
    let Some(sum) = bytes(digits) else { return false };
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length is taken");
    mac.update(body);
    mac.verify_slice(&sum).is_ok()
}

/// The subjects that are worth a look, all of one host.
pub fn read(body: &[u8], host: &str) -> Result<Vec<Hint>, Unreadable> {
    let body: Body = serde_json::from_slice(body).map_err(|_| Unreadable("the body is not `{\"subjects\": [ … ]}`"))?;
    let known =
        |subject: &Subject| (subject.host() == host).then(|| hint(host, subject.kind(), subject.id())).flatten();
    body.subjects.iter().map(|subject| known(subject).ok_or(Unreadable("a subject is not of this host"))).collect()
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair.filter(|pair| pair.len() == 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_body_that_was_signed_is_taken() {
        // RFC 4231, case 2.
        let sum = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let body = b"what do ya want for nothing?";
        assert!(is_signed(body, sum, b"Jefe"));
        assert!(!is_signed(b"what do ya want for nothing!", sum, b"Jefe"));
        assert!(
            !is_signed(body, sum, b"jefe")
                && !is_signed(body, &sum[7..], b"Jefe")
                && !is_signed(body, "sha256=é", b"Jefe")
        );
    }

    #[test]
    fn subjects_are_of_the_host_that_the_door_is_for() {
        let read = |subject: &str| read(format!(r#"{{"subjects":["{subject}"]}}"#).as_bytes(), "khoros").is_ok();
        assert!(read("khoros:thread:42"));
        assert!(
            !read("salesforce:case:500") && !read("khoros:thread:4 2") && !read("khoros") && !read("khoros:thread:")
        );
    }
}
