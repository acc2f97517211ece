//! The envelopes of v1 answers, in JSON and XML (sheet 3.3): all at HTTP 200.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::answer::{JSON, text};
use super::switches::Language;

/// The formats of v1 answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Format {
    Xml,
    Json,
}

/// A v1 value. `status` stands first in the text: a client takes the second key as the payload.
pub fn v1_value(format: Format, value: &str) -> Response {
    v1_success(
        format,
        &format!(r#""value":{}"#, json!({ "type": "string", "$": value })),
        &format!(r#"<value type="string">{}</value>"#, escaped(value)),
    )
}

/// A v1 success with a payload that is written already, in both formats.
pub fn v1_success(format: Format, json_member: &str, xml_element: &str) -> Response {
    match format {
        Format::Json => text(StatusCode::OK, JSON, format!(r#"{{"response":{{"status":"success",{json_member}}}}}"#)),
        Format::Xml => text(
            StatusCode::OK,
            "text/xml;charset=UTF-8",
            format!(r#"<response status="success">{xml_element}</response>"#),
        ),
    }
}

/// What v1 refuses; always at HTTP 200.
#[derive(Clone, Copy, Debug)]
pub enum V1Refusal {
    /// Wrong login or password, or impersonation without the right to (number inferred).
    LoginFailed,
    InvalidKey,
    UnknownPath,
    Unexpected,
    NoSuch(&'static str),
    Exists,
    Method,
    /// The caller may not do it (number inferred).
    NotAllowed,
    /// Too much too fast (number inferred).
    Flood,
}

impl V1Refusal {
    fn code(self) -> u16 {
        match self {
            Self::LoginFailed => 302,
            Self::InvalidKey => 301,
            Self::UnknownPath => 501,
            Self::Unexpected => 100,
            Self::NoSuch(_) => 101,
            Self::Exists => 102,
            Self::Method => 504,
            Self::NotAllowed => 302,
            Self::Flood => 100,
        }
    }

    /// v1 texts are in the community's language (sheet 3.2).
    fn message(self, language: Language) -> String {
        let text = match (self, language) {
            (Self::NoSuch(kind), Language::En) => return format!("No {kind} with the specified id"),
            (Self::NoSuch(kind), Language::De) => return format!("Kein {kind} mit dieser Kennung"),
            (Self::Unexpected, Language::En) => "An unexpected error has occurred.",
            (Self::Unexpected, Language::De) => "Ein unerwarteter Fehler ist aufgetreten.",
            (Self::Exists, Language::En) => "The value already exists.",
            (Self::Exists, Language::De) => "Der Wert ist bereits vorhanden.",
            (Self::Method, Language::En) => "This method is not supported on the addressed node.",
            (Self::Method, Language::De) => "Diese Methode wird für den Knoten nicht unterstützt.",
            (Self::NotAllowed, Language::En) => "You do not have sufficient privileges for this action.",
            (Self::NotAllowed, Language::De) => "Sie haben nicht die nötigen Rechte.",
            (Self::Flood, Language::En) => "You have reached the limit for this action. Try again later.",
            (Self::Flood, Language::De) => "Sie haben das Limit erreicht. Versuchen Sie es später.",
            (Self::LoginFailed, Language::En) => "User authentication failed.",
            (Self::LoginFailed, Language::De) => "Benutzerauthentifizierung fehlgeschlagen.",
            (Self::InvalidKey, Language::En) => "Invalid session key.",
            (Self::InvalidKey, Language::De) => "Ungültiger Sitzungsschlüssel.",
            (Self::UnknownPath, Language::En) => "Unknown path element",
            (Self::UnknownPath, Language::De) => "Unbekanntes Pfadelement",
        };
        text.to_owned()
    }

    pub fn response(self, format: Format, language: Language) -> Response {
        let (code, message) = (self.code(), self.message(language));
        match format {
            Format::Json => {
                let error = json!({ "code": code, "message": message });
                text(StatusCode::OK, JSON, format!(r#"{{"response":{{"status":"error","error":{error}}}}}"#))
            }
            Format::Xml => {
                let error = format!(r#"<error code="{code}"><message>{}</message></error>"#, escaped(&message));
                text(
                    StatusCode::OK,
                    "text/xml;charset=UTF-8",
                    format!(r#"<response status="error">{error}</response>"#),
                )
            }
        }
    }
}

/// Text inside XML, without the characters that XML cannot hold.
pub fn escaped(text: &str) -> String {
    let fits = |c: &char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    let text: String = text.chars().filter(fits).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
