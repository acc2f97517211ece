//! The file as it may be shown beside a Problem: what may be a secret is covered, character by character.

/// Keys whose value is a secret unless it says where the secret is.
const SECRETS: &[&str] = &[
    "password",
    "client_secret",
    "security_token",
    "secret",
    "token",
    "refresh_token",
    "key",
    "sso_token",
    "hmac",
    "api_token",
];
const COVER: char = '•';

/// The text with every possible secret covered; lines and columns stay as they are.
pub fn masked(text: &str) -> String {
    let mut within = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        let line = without_credentials(line);
        within = within.filter(|secret: &Secret| secret.goes_on(&line));
        let from = match &within {
            Some(secret) => (!secret.is_elsewhere(&line)).then_some(0),
            None => value_of_secret(&line),
        };
        if let (None, Some(start)) = (&within, from) {
            within = Some(Secret::behind(&line, start));
        }
        lines.push(from.map_or_else(|| line.clone(), |start| covered(&line, start, line.len())));
    }
    lines.join("\n")
}

/// A secret whose value may go on below its key.
struct Secret {
    indent: usize,
    /// Whether nothing stands behind the key: what follows may say where the secret is.
    is_open: bool,
}

impl Secret {
    fn behind(line: &str, start: usize) -> Self {
        let key = line[..start].trim_start_matches([' ', '-']);
        // In braces the key's own column says nothing about the lines below.
        let is_first = !key.contains(['{', '[', ',']);
        let indent = if is_first { start - key.len() } else { indent(line) };
        Secret { indent, is_open: line[start..].trim().is_empty() }
    }

    fn goes_on(&self, line: &str) -> bool {
        line.trim().is_empty() || indent(line) > self.indent
    }

    fn is_elsewhere(&self, line: &str) -> bool {
        self.is_open && names_a_place(line.trim())
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Where the first value begins that belongs to the key of a secret and does not say where the secret is.
fn value_of_secret(line: &str) -> Option<usize> {
    let values = |key: &'static str| {
        let is_key = move |at: &usize| {
            let before = line[..*at].chars().next_back();
            let end = at + key.len();
            before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
                && line[end..].trim_start_matches(['"', '\'']).starts_with(':')
        };
        let at = line.match_indices(key).map(|(at, _)| at).filter(is_key);
        at.filter_map(|at| line[at..].find(':').map(|colon| at + colon + 1))
    };
    SECRETS.iter().flat_map(|key| values(key)).filter(|start| !names_a_place(line[*start..].trim())).min()
}

/// `{ env: NAME }` and `{ file: PATH }` are no secrets.
fn names_a_place(value: &str) -> bool {
    let value = value.trim_start_matches('{').trim_start();
    value.starts_with("env:") || value.starts_with("file:")
}

/// `https://user:password@host` without what stands before the `@`; a password may hold anything, an `@` too.
fn without_credentials(line: &str) -> String {
    let Some(start) = line.find("://").map(|at| at + 3) else { return line.to_owned() };
    match line[start..].rfind('@') {
        Some(at) => covered(line, start, start + at),
        None => line.to_owned(),
    }
}

fn covered(line: &str, from: usize, to: usize) -> String {
    let cover = |c: char| if c.is_whitespace() { c } else { COVER };
    format!("{}{}{}", &line[..from], line[from..to].chars().map(cover).collect::<String>(), &line[to..])
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn what_may_be_a_secret_is_covered_and_columns_stay() {
        assert_eq!(masked("  login: { user: ana, password: geheim }"), "  login: { user: ana, password: •••••• •");
        assert_eq!(masked("hmac: k"), "hmac: •");
        assert_eq!(masked("client_secret: { value: x }"), "client_secret: • •••••• • •");
        assert_eq!(masked("\"password\": \"s3\""), "\"password\": ••••");
        assert_eq!(masked("password:\n  geheim\nuser: ana"), "password:\n  ••••••\nuser: ana");
        assert_eq!(masked("base_url: https://ht:pass@c.example/t5"), "base_url: https://•••••••@c.example/t5");
        assert_eq!(masked("base_url: https://ht:p/s@s@c.example"), "base_url: https://••••••••@c.example");
        assert_eq!(masked("{ password: { env: A }, token: geheim }"), "{ password: { env: A }, token: •••••• •");
    }

    #[test]
    fn every_line_that_belongs_to_a_secret_is_covered_and_the_next_key_is_not() {
        assert_eq!(
            masked("a:\n  key: |\n    one\n\n      env: two\n  b: c"),
            "a:\n  key: •\n    •••\n\n      •••• •••\n  b: c"
        );
        assert_eq!(masked("- key: >-\n    one\n  b: c"), "- key: ••\n    •••\n  b: c");
        assert_eq!(masked("key: \"one\n  two\"\nb: c"), "key: ••••\n  ••••\nb: c");
        assert_eq!(
            masked("login: { user: a, password:\n  geheim }\nb: c"),
            "login: { user: a, password:\n  •••••• •\nb: c"
        );
    }

    #[test]
    fn where_a_secret_is_found_is_no_secret() {
        for line in ["password: { env: KHOROS_PASSWORD }", "client_secret: { file: s.txt }", "tenant_id: acme.prod"] {
            assert_eq!(masked(line), line);
        }
        assert_eq!(masked("password:\n  env: NAME"), "password:\n  env: NAME");
    }
}
