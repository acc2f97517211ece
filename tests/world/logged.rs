//! What is logged on the thread of a test.

use std::io;
use std::sync::{Arc, Mutex};

use tracing::subscriber::DefaultGuard;

/// The log from here on; a test on one thread has its services on it, too.
pub struct Logged {
    text: Text,
    _until: DefaultGuard,
}

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl io::Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Logged {
    pub fn begin() -> Self {
        let text = Text::default();
        let writer = text.clone();
        let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        Logged { text, _until: tracing::subscriber::set_default(log) }
    }

    /// The lines with these words.
    pub fn lines(&self, words: &str) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.text.0.lock().expect("nobody panics")).into_owned();
        text.lines().filter(|line| line.contains(words)).map(str::to_owned).collect()
    }
}
