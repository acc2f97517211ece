//! Writing to stdout. When the reader has gone (`… | head`), the program ends quietly.

use std::io::{ErrorKind, Write};

/// Writes a text as it is.
pub fn out(text: &str) {
    let mut stdout = std::io::stdout().lock();
    if let Err(error) = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
        && error.kind() == ErrorKind::BrokenPipe
    {
        std::process::exit(0);
    }
}

/// Writes a line.
pub fn line(text: impl std::fmt::Display) {
    out(&format!("{text}\n"));
}

/// `1 case`, `2 cases`.
pub fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
