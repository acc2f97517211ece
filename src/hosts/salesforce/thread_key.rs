//! The external id that ties a case to its thread: `{tenant}:{thread}`, from the second case on with its generation.

use crate::plan::key::Generation;

/// The external id of the n-th case of a thread (design, core 3).
pub fn thread_key(tenant: &str, thread: &str, generation: Generation) -> String {
    match generation {
        0 | 1 => format!("{tenant}:{thread}"),
        n => format!("{tenant}:{thread}:{n}"),
    }
}

/// The thread that an external id of our tenant names, with its generation where there is one (`42:2`). The org compares these fields in any case.
pub fn thread_of<'a>(tenant: &str, key: &'a str) -> Option<&'a str> {
    let start = key.get(..tenant.len())?;
    let rest = start.eq_ignore_ascii_case(tenant).then(|| key[tenant.len()..].strip_prefix(':'))??;
    Some(rest).filter(|thread| !thread.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_its_thread() {
        assert_eq!(thread_key("acme.prod", "42", 1), "acme.prod:42");
        assert_eq!(thread_key("acme.prod", "42", 2), "acme.prod:42:2");
        assert_eq!(thread_of("acme.prod", "Acme.prod:42:2"), Some("42:2"));
        assert_eq!(thread_of("acme.prod", "acme.prod2:42"), None);
        assert_eq!(thread_of("acme.prod", "acme"), None);
    }
}
