//! A body or a result of any length: small ones in memory, long ones in a file without a name.

use std::io::{BufReader, Read, Result, Seek, SeekFrom, Write};

use tempfile::SpooledTempFile;

const IN_MEMORY: usize = 64 << 10;

/// Bytes that are written once, front to back, and read as often as wanted.
pub struct Spool {
    file: SpooledTempFile,
    /// How many bytes were written.
    pub len: u64,
}

impl Default for Spool {
    fn default() -> Spool {
        Spool { file: SpooledTempFile::new(IN_MEMORY), len: 0 }
    }
}

impl Spool {
    pub fn of(bytes: &[u8]) -> Result<Spool> {
        let mut spool = Spool::default();
        spool.write_all(bytes)?;
        Ok(spool)
    }

    /// A reader from the start.
    pub fn reader(&mut self) -> Result<BufReader<&mut SpooledTempFile>> {
        self.file.seek(SeekFrom::Start(0))?;
        Ok(BufReader::with_capacity(IN_MEMORY, &mut self.file))
    }

    /// The bytes from one place up to another.
    pub fn between(&mut self, from: u64, to: u64) -> Result<Vec<u8>> {
        self.file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::with_capacity(usize::try_from(to.saturating_sub(from)).unwrap_or_default());
        (&mut self.file).take(to.saturating_sub(from)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    pub fn all(&mut self) -> Result<Vec<u8>> {
        self.between(0, self.len)
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.file.seek(SeekFrom::Start(self.len))?;
        let written = self.file.write(bytes)?;
        self.len += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> Result<()> {
        self.file.flush()
    }
}
