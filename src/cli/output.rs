//! Writing to stdout, or to whoever asked a running service. When the reader has gone (`… | head`), the program ends quietly.

use std::io::{ErrorKind, Write};

use tokio::sync::mpsc::UnboundedSender;

use crate::service::control::Said;

/// Where a command speaks to.
#[derive(Clone, Default)]
pub enum Output {
    #[default]
    Terminal,
    /// Somebody at the other end of the control socket.
    Asker(UnboundedSender<Said>),
}

impl Output {
    /// Writes a text as it is.
    pub fn out(&self, text: &str) {
        match self {
            Output::Terminal => out(text),
            // Who has gone does not hear it.
            Output::Asker(asker) => _ = asker.send(Said::Out(text.to_owned())),
        }
    }

    /// Writes a line.
    pub fn line(&self, text: impl std::fmt::Display) {
        self.out(&format!("{text}\n"));
    }

    /// Writes a line for the eyes of a person beside the output.
    pub fn note(&self, text: &str) {
        match self {
            Output::Terminal => eprintln!("{text}"),
            Output::Asker(asker) => _ = asker.send(Said::Err(text.to_owned())),
        }
    }
}

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
