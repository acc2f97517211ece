//! Hides what a person should not have posted: mail addresses, telephone numbers, keys.

/// What stands in their place.
const HIDDEN: &str = "***";
/// So many digits are a telephone number or worse.
const DIGITS: usize = 7;
/// So many letters and digits without a break are a key.
const KEY: usize = 20;

/// A text with these hidden.
pub fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut digits = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        // Numbers may be written in groups: `+49 30 901820`.
        if is_group(bare) {
            digits.push_str(word);
            continue;
        }
        flush(&mut digits, &mut masked);
        masked.push_str(&hidden(bare));
        masked.push_str(&word[bare.len()..]);
    }
    flush(&mut digits, &mut masked);
    masked
}

fn is_group(word: &str) -> bool {
    word.chars().any(|c| c.is_ascii_digit()) && word.chars().all(|c| c.is_ascii_digit() || "+-()/.".contains(c))
}

fn flush(digits: &mut String, masked: &mut String) {
    let bare = digits.trim_end();
    let count = bare.chars().filter(char::is_ascii_digit).count();
    masked.push_str(if count >= DIGITS { HIDDEN } else { bare });
    masked.push_str(&digits[bare.len()..]);
    digits.clear();
}

fn hidden(word: &str) -> String {
    let inner = word.trim_matches(|c: char| ",;:!?\"'()<>[]".contains(c));
    let inner = inner.strip_suffix('.').unwrap_or(inner);
    if is_mail(inner) || is_key(inner) { word.replacen(inner, HIDDEN, 1) } else { word.to_owned() }
}

fn is_mail(word: &str) -> bool {
    word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.starts_with('.'))
}

fn is_key(word: &str) -> bool {
    word.len() >= KEY
        && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_=+.".contains(c))
        && word.chars().any(|c| c.is_ascii_digit())
        && word.chars().any(|c| c.is_ascii_alphabetic())
}
