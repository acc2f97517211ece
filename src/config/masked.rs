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
    let mut below = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        let line = without_credentials(line);
        let own = value_of_secret(&line);
        let whole = (below && !names_a_place(line.trim())).then_some(0);
        below = own.is_some_and(|start| line[start..].trim().is_empty());
        lines.push(match own.or(whole) {
            Some(start) if !names_a_place(line[start..].trim()) => covered(&line, start, line.len()),
            _ => line,
        });
    }
    lines.join("\n")
}

/// Where the value begins that belongs to the first key of a line that holds a secret.
fn value_of_secret(line: &str) -> Option<usize> {
    let value = |key: &str| {
        let is_key = |at: &usize| {
            let before = line[..*at].chars().next_back();
            let end = at + key.len();
            before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
                && line[end..].trim_start_matches(['"', '\'']).starts_with(':')
        };
        let at = line.match_indices(key).map(|(at, _)| at).find(is_key)?;
        line[at..].find(':').map(|colon| at + colon + 1)
    };
    SECRETS.iter().filter_map(|key| value(key)).min()
}

/// `{ env: NAME }` and `{ file: PATH }` are no secrets.
fn names_a_place(value: &str) -> bool {
    let value = value.trim_start_matches('{').trim_start();
    value.starts_with("env:") || value.starts_with("file:")
}

/// `https://user:password@host` without what stands before the `@`.
fn without_credentials(line: &str) -> String {
    let Some(start) = line.find("://").map(|at| at + 3) else { return line.to_owned() };
    let end = line[start..].find(['/', ' ', '"', '\'']).map_or(line.len(), |at| start + at);
    match line[start..end].rfind('@') {
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
    }

    #[test]
    fn where_a_secret_is_found_is_no_secret() {
        for line in ["password: { env: KHOROS_PASSWORD }", "client_secret: { file: s.txt }", "tenant_id: acme.prod"] {
            assert_eq!(masked(line), line);
        }
        assert_eq!(masked("password:\n  env: NAME"), "password:\n  env: NAME");
    }
}
