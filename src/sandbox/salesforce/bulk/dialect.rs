//! The kind of CSV a job speaks: six delimiters, two line endings (sheet 8.1), and whether a body keeps to it.

use std::io::Read;

use csv::{ByteRecord, QuoteStyle, Reader, ReaderBuilder, Terminator, Writer, WriterBuilder};
use serde_json::{Map, Value};

use super::super::refusal::Refusal;

const DELIMITERS: [(&str, u8); 6] =
    [("BACKQUOTE", b'`'), ("CARET", b'^'), ("COMMA", b','), ("PIPE", b'|'), ("SEMICOLON", b';'), ("TAB", b'\t')];

/// Delimiter and line ending, by their names.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    pub delimiter: &'static str,
    pub ending: &'static str,
    sign: u8,
}

impl Dialect {
    /// As the body of a new job names it; a comma and LF when it does not.
    pub fn read(body: &Map<String, Value>) -> Result<Dialect, Refusal> {
        let text = |key: &str, default| match body.get(key) {
            None | Some(Value::Null) => Ok(default),
            Some(Value::String(text)) => Ok(text.as_str()),
            Some(other) => Err(Refusal::new("INVALIDJOB", format!("{key} must be a text: {other}"))),
        };
        let delimiter = text("columnDelimiter", "COMMA")?;
        let known = DELIMITERS.iter().find(|(name, _)| *name == delimiter);
        let (delimiter, sign) =
            known.ok_or_else(|| Refusal::new("INVALIDJOB", format!("Invalid columnDelimiter: {delimiter}")))?;
        let ending = match text("lineEnding", "LF")? {
            "LF" => "LF",
            "CRLF" => "CRLF",
            other => return Err(Refusal::new("INVALIDJOB", format!("Invalid lineEnding: {other}"))),
        };
        Ok(Dialect { delimiter, ending, sign: *sign })
    }

    /// Reads rows; the first one is the header.
    pub fn reader<R: Read>(&self, from: R) -> Reader<R> {
        // With LF a carriage return is data; with CRLF the check below has seen that there is no lone one.
        let terminator = if self.ending == "LF" { Terminator::Any(b'\n') } else { Terminator::CRLF };
        ReaderBuilder::new().delimiter(self.sign).terminator(terminator).flexible(true).from_reader(from)
    }

    /// Writes rows with every value in quotes.
    pub fn writer<W: std::io::Write>(&self, to: W) -> Writer<W> {
        let terminator = if self.ending == "LF" { Terminator::Any(b'\n') } else { Terminator::CRLF };
        WriterBuilder::new()
            .delimiter(self.sign)
            .terminator(terminator)
            .quote_style(QuoteStyle::Always)
            .flexible(true)
            .from_writer(to)
    }

    /// Looks through a body before any row of it is written: line endings, and quotes that end. Wording of the latter is
    /// inferred.
    /// The words are a failed job's `errorMessage`.
    pub fn check(&self, mut from: impl Read) -> std::io::Result<Option<String>> {
        let mut endings = Endings { delimiter: self.sign, opens: true, ..Endings::default() };
        let mut chunk = vec![0; 64 << 10];
        loop {
            let read = from.read(&mut chunk)?;
            if read == 0 {
                break;
            }
            endings.pass(&chunk[..read]);
        }
        let wrong = if self.ending == "LF" { endings.crlf } else { endings.lone_lf || endings.lone_cr };
        let words = "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is";
        if wrong {
            return Ok(Some(format!("{words} {}", self.ending)));
        }
        Ok(endings.quoted.then(|| "InvalidBatch : A quote is opened and not closed".into()))
    }

    /// The same for the rows, once the line endings are known to be right. Wording of the two is inferred.
    pub fn check_rows(&self, from: impl Read) -> Result<Option<String>, csv::Error> {
        let mut reader = self.reader(from);
        let columns = reader.byte_headers()?.len();
        let mut row = ByteRecord::new();
        let mut number = 1;
        while reader.read_byte_record(&mut row)? {
            number += 1;
            if row.len() != columns {
                return Ok(Some(format!(
                    "InvalidBatch : Row {number} has {} values, the header has {columns}",
                    row.len()
                )));
            }
            if row.iter().any(|value| std::str::from_utf8(value).is_err()) {
                return Ok(Some(format!("InvalidBatch : Row {number} is not UTF-8")));
            }
        }
        Ok(None)
    }
}

/// Which line ends stand outside quotes.
#[derive(Default)]
struct Endings {
    quoted: bool,
    delimiter: u8,
    /// Whether a quote opens one: at the beginning of a value, or right after a closing one, which makes it data.
    opens: bool,
    /// The byte before was a carriage return outside quotes.
    returned: bool,
    crlf: bool,
    lone_lf: bool,
    lone_cr: bool,
}

impl Endings {
    fn pass(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let returned = std::mem::take(&mut self.returned);
            match byte {
                b'\n' if !self.quoted => {
                    self.opens = true;
                    *(if returned { &mut self.crlf } else { &mut self.lone_lf }) = true;
                }
                _ => {
                    self.lone_cr |= returned;
                    match *byte {
                        b'"' if self.quoted => (self.quoted, self.opens) = (false, true),
                        b'"' => self.quoted = self.opens,
                        _ => self.opens = *byte == self.delimiter,
                    }
                    self.returned = *byte == b'\r' && !self.quoted;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect(delimiter: &str, ending: &str) -> Dialect {
        let body = serde_json::json!({"columnDelimiter": delimiter, "lineEnding": ending});
        Dialect::read(body.as_object().unwrap()).unwrap()
    }

    #[test]
    fn line_ends_inside_quotes_are_data() {
        for (ending, text, right) in [
            ("LF", "A,B\n\"x\r\ny\",1\n", true),
            ("LF", "A,B\r\nx,1\r\n", false),
            ("CRLF", "A,B\r\n\"x\ny\",1\r\n", true),
            ("CRLF", "A,B\nx,1\n", false),
            ("CRLF", "A,B\r\nx,1\r\n", true),
        ] {
            let told = dialect("COMMA", ending).check(text.as_bytes()).unwrap();
            assert_eq!(told.is_none(), right, "{ending} {text:?}");
        }
    }

    #[test]
    fn a_short_row_and_broken_text_are_told_by_their_place() {
        let check = |text: &[u8]| dialect("PIPE", "LF").check_rows(text).unwrap();
        assert_eq!(check(b"A|B\n1|2\n"), None);
        assert!(check(b"A|B\n1|2\n3\n").unwrap().contains("Row 3 has 1 values"));
        assert!(check(b"A|B\n1|\xff\n").unwrap().contains("Row 2 is not UTF-8"));
    }
}
