//! What the org answers when it will not: a code, its HTTP status and the words (sheet 6).

use serde_json::{Value, json};

/// The most characters that an error says; what a client sent may be a megabyte.
const LONGEST: usize = 2_000;

/// Of longer ones the beginning is kept, and the end, which says what is wrong with the value.
const BEGINNING: usize = 1_000;
const END: usize = 400;

/// One error, in the two shapes Salesforce gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
    /// The fields at fault; `None` where the error is not about a record.
    pub fields: Option<Vec<String>>,
    /// Records that a duplicate rule names, by object and id.
    pub matches: Vec<(&'static str, String)>,
    /// Whether the duplicate rule would let the record through with `allowSave`.
    pub allow_save: bool,
}

impl Refusal {
    /// An error about a request, status 400.
    pub fn new(code: &'static str, message: impl Into<String>) -> Refusal {
        let message = shortened(message.into());
        Refusal { status: 400, code, message, fields: None, matches: vec![], allow_save: false }
    }

    /// An error about fields of a record, status 400.
    pub fn about(code: &'static str, message: impl Into<String>, fields: &[&str]) -> Refusal {
        let fields = fields.iter().map(ToString::to_string).collect();
        Refusal { fields: Some(fields), ..Refusal::new(code, message) }
    }

    pub fn status(self, status: u16) -> Refusal {
        Refusal { status, ..self }
    }

    pub fn not_found() -> Refusal {
        Refusal::new("NOT_FOUND", "The requested resource does not exist").status(404)
    }

    pub fn no_session() -> Refusal {
        Refusal::new("INVALID_SESSION_ID", "Session expired or invalid").status(401)
    }

    /// The calls of the day are used up (sheet 6.2: no 429, no `Retry-After`).
    pub fn used_up() -> Refusal {
        Refusal::new("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.").status(403)
    }

    pub fn deleted() -> Refusal {
        Refusal::about("ENTITY_IS_DELETED", "entity is deleted", &[]).status(404)
    }

    pub fn cross_reference(fields: &[&str]) -> Refusal {
        Refusal::about("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields)
    }

    /// `JSON_PARSER_ERROR` about a body that is JSON and yet not what was expected, or that could not be read at all.
    pub fn unreadable(why: impl std::fmt::Display) -> Refusal {
        Refusal::new("JSON_PARSER_ERROR", why.to_string())
    }

    /// `JSON_PARSER_ERROR` about a body that is no JSON: the character at fault and its place (sheet 6.3).
    pub fn no_json(body: &[u8], why: &serde_json::Error) -> Refusal {
        let (line, column) = (why.line(), why.column());
        let before = body.split(|byte| *byte == b'\n').nth(line.saturating_sub(1)).unwrap_or_default();
        let before = String::from_utf8_lossy(&before[..column.min(before.len())]);
        let what = match before.chars().last().filter(|_| !why.is_eof()) {
            Some(c) => format!("Unexpected character ('{c}' (code {}))", u32::from(c)),
            None => "Unexpected end-of-input".into(),
        };
        Refusal::unreadable(format!("{what} at [line:{line}, column:{column}]"))
    }

    pub fn method(asked: &str, allowed: &str) -> Refusal {
        let message = format!("HTTP Method '{asked}' not allowed. Allowed are {allowed}");
        Refusal::new("METHOD_NOT_ALLOWED", message).status(405)
    }

    /// A record that was good but had to go back with the others (sheet 7.3).
    pub fn rolled_back() -> Refusal {
        let message =
            "Record rolled back because not all records were valid and the request was using AllOrNone header";
        Refusal::new("ALL_OR_NONE_OPERATION_ROLLED_BACK", message)
    }

    /// A duplicate rule that blocks or warns, with the records it found (sheet 6.3).
    pub fn duplicates(matches: Vec<(&'static str, String)>, allow_save: bool) -> Refusal {
        Refusal { matches, allow_save, ..Refusal::about("DUPLICATES_DETECTED", "Use one of these records?", &[]) }
    }

    /// As in the array of a plain REST answer.
    pub fn as_rest(&self) -> Value {
        match &self.fields {
            Some(fields) => {
                self.with_matches(json!({"message": self.message, "errorCode": self.code, "fields": fields}))
            }
            None => json!({"message": self.message, "errorCode": self.code}),
        }
    }

    /// As in the `errors` of one item of a collection.
    pub fn as_item(&self) -> Value {
        let fields = self.fields.clone().unwrap_or_default();
        self.with_matches(json!({"statusCode": self.code, "message": self.message, "fields": fields}))
    }

    /// The parts of the `DuplicateResult` of Salesforce's object reference that name the records.
    fn with_matches(&self, mut error: Value) -> Value {
        if let Some((object, _)) = self.matches.first() {
            let record = |(object, id): &(&str, String)| json!({"record": {"attributes": {"type": object}, "Id": id}});
            let records: Vec<Value> = self.matches.iter().map(record).collect();
            error["duplicateResult"] = json!({
                "allowSave": self.allow_save, "errorMessage": self.message, "matchResults": [
                    {"entityType": object, "size": records.len(), "success": true, "matchRecords": records},
                ],
            });
        }
        error
    }
}

/// A text that a client wrote parts of, cut to what an error says.
pub fn shortened(text: String) -> String {
    let count = text.chars().count();
    if count <= LONGEST {
        return text;
    }
    text.chars().take(BEGINNING).chain(['…']).chain(text.chars().skip(count - END)).collect()
}
