//! What only SOAP can do: records whose making the org mails about. REST has no header for that (Salesforce sheet 13.2).
//!
//! Answers are given as REST gives them, record by record, so that nobody else has to know.

use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_xml_entity};
use quick_xml::events::Event;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value as Json, json};

use crate::failure::{FailureClass, HostError};
use crate::hosts::budget::Spent;
use crate::hosts::host_error::{CallError, by_status, with_doubt};
use crate::hosts::plain_text::one_line;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::answer::class_of_code;
use crate::hosts::salesforce::client::WRITE_TIMEOUT;
use crate::ports::{HttpAnswer, HttpBody, HttpRequest};

/// The call, for people.
pub const CALL: &str = "salesforce: POST /services/Soap create";
const DEAD: &str = "INVALID_SESSION_ID";

impl Client {
    /// Creates records, each by itself, and lets the org mail the people whom they concern; gives as many results as
    /// records, in order.
    pub async fn create_and_mail(&self, records: Vec<Json>) -> Result<Vec<Json>, HostError> {
        let settings = self.settings();
        let version = settings.api_version.trim_start_matches('v');
        let url = settings.login_url.join(&format!("services/Soap/u/{version}"));
        let with_token = |token: &SecretString| HttpRequest {
            method: "POST",
            url: url.clone(),
            headers: vec![("SOAPAction".into(), "\"\"".into())],
            body: HttpBody::Xml(envelope(token.expose_secret(), &records).into()),
            timeout: Some(WRITE_TIMEOUT),
            ..Default::default()
        };
        match self
            .call_with(CALL, Spent::Write, with_token, read)
            .await
            .map_err(|error| refused_session(error.into()))?
        {
            Json::Array(results) if results.len() == records.len() => Ok(results),
            _ => {
                let error = HostError::new(FailureClass::Unreadable, CALL, "the answer names not every record");
                Err(HostError { maybe_applied: true, ..error })
            }
        }
    }
}

/// A session that is new and is refused all the same is of a kind that SOAP does not take (Salesforce sheet 2.1): that is
/// no reason to halt what goes by REST.
fn refused_session(error: HostError) -> HostError {
    match error.code.as_deref() {
        Some(DEAD) => {
            let said = format!("SOAP takes no session of this app, so nobody can be mailed about it: {}", error.said);
            HostError { class: FailureClass::Refused, said, ..error }
        }
        _ => error,
    }
}

fn envelope(session: &str, records: &[Json]) -> String {
    let records: String = records.iter().map(record).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><env:Envelope xmlns:env=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:urn=\"urn:partner.soap.sforce.com\"><env:Header>\
         <urn:SessionHeader><urn:sessionId>{}</urn:sessionId></urn:SessionHeader>\
         <urn:CallOptions><urn:client>casebridge</urn:client></urn:CallOptions>\
         <urn:EmailHeader><urn:triggerUserEmail>true</urn:triggerUserEmail></urn:EmailHeader>\
         </env:Header><env:Body><urn:create>{records}</urn:create></env:Body></env:Envelope>",
        escape(session)
    )
}

/// A record as REST takes it.
fn record(record: &Json) -> String {
    let kind = record["attributes"]["type"].as_str().unwrap_or_default();
    let fields =
        record.as_object().into_iter().flatten().filter(|(name, value)| *name != "attributes" && !value.is_null());
    let field = |(name, value): (&String, &Json)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("<urn:{name}>{}</urn:{name}>", escaped(&text))
    };
    let fields: String = fields.map(field).collect();
    format!("<urn:sObjects><urn:type>{}</urn:type>{fields}</urn:sObjects>", escape(kind))
}

/// XML has no word for most control characters, and takes a carriage return for the end of a line.
fn escaped(text: &str) -> String {
    let is_there = |letter: &char| {
        !(letter.is_control() && !matches!(letter, '\t' | '\n' | '\r') || matches!(letter, '\u{fffe}' | '\u{ffff}'))
    };
    let text: String = text.chars().filter(is_there).collect();
    escape(&text).replace('\r', "&#13;")
}

/// The results of an answer, as REST gives them; a fault is the error of the whole call.
fn read(call: &str, answer: &HttpAnswer, now: Timestamp) -> Result<Json, CallError> {
    let body = String::from_utf8_lossy(&answer.body);
    let Some(told) = texts(&body) else { return Err(CallError::Failed(by_status(call, answer, now))) };
    let first = |end: &str| told.iter().find(|(name, _)| name == end).map(|(_, text)| text.as_str());
    match first("faultcode") {
        Some(code) => Err(fault(call, answer, code, first("faultstring").unwrap_or_default())),
        None if (200..300).contains(&answer.status) => Ok(results(&told)),
        None => Err(CallError::Failed(by_status(call, answer, now))),
    }
}

/// The code of a fault counts before its status, which is always 500 (Salesforce sheet 2.1).
fn fault(call: &str, answer: &HttpAnswer, code: &str, said: &str) -> CallError {
    let code = code.rsplit(':').next().unwrap_or_default();
    let said = one_line(said.strip_prefix(&format!("{code}: ")).unwrap_or(said));
    let known = class_of_code(code, &said);
    let class = known.clone().unwrap_or(match code {
        "UNKNOWN_EXCEPTION" | "Server" => FailureClass::Temporary { after: None },
        _ => FailureClass::Refused,
    });
    let error = HostError::new(class.clone(), call, said).code(code);
    match (code, class) {
        (DEAD, _) => CallError::DeadSession(error),
        // What a known code, or a refusal, says was not applied.
        (_, FailureClass::Refused) => CallError::Failed(error),
        _ if known.is_some() => CallError::Failed(error),
        _ => CallError::Failed(with_doubt(error, answer.status)),
    }
}

/// Each `success` ends what is told of a record: its id, or its error, stands before it.
fn results(told: &[(String, String)]) -> Json {
    let mut results = Vec::new();
    let (mut id, mut code, mut message) = (None, None, None);
    for (name, text) in told {
        match name.as_str() {
            "id" if !text.is_empty() => id = Some(text),
            "statusCode" => code = Some(text),
            "message" => message = Some(text),
            "success" if text == "true" => results.push(json!({ "success": true, "id": id.take(), "errors": [] })),
            "success" => {
                let error = json!({ "statusCode": code.take(), "message": message.take() });
                results.push(json!({ "success": false, "errors": [error] }));
            }
            _ => {}
        }
    }
    results.into()
}

/// The elements that hold text only, in order, by their names without prefix; none where it is no XML.
fn texts(document: &str) -> Option<Vec<(String, String)>> {
    let mut reader = Reader::from_str(document);
    let (mut told, mut depth, mut any) = (Vec::new(), 0_usize, false);
    let mut text = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(_) => {
                (depth, any) = (depth + 1, true);
                text.clear();
            }
            Event::End(tag) => {
                depth = depth.checked_sub(1)?;
                told.push((tag.local_name().into_inner().to_owned(), std::mem::take(&mut text)));
            }
            Event::Text(piece) => text.push_str(&piece.xml10_content()),
            Event::CData(piece) => text.push_str(&piece.xml10_content()),
            Event::GeneralRef(entity) => match entity.resolve_char_ref().ok()? {
                Some(letter) => text.push(letter),
                None => text.push_str(resolve_xml_entity(&entity)?),
            },
            Event::Eof => return (any && depth == 0).then_some(told),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_at(status: u16, body: &str) -> Result<Json, CallError> {
        let answer = HttpAnswer { status, headers: Default::default(), body: body.into() };
        read(CALL, &answer, Timestamp::UNIX_EPOCH)
    }

    fn fault(code: &str, said: &str) -> CallError {
        let body = format!(
            "<e:Envelope xmlns:e=\"x\"><e:Body><e:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {said}</faultstring>\
             </e:Fault></e:Body></e:Envelope>"
        );
        read_at(500, &body).expect_err("a fault")
    }

    #[test]
    fn results_come_as_rest_gives_them() {
        let body = "<e:Envelope xmlns:e=\"x\"><e:Body><createResponse><result><id>00a1</id><success>true</success></result>\
            <result><errors><fields>CommentBody</fields><message>too &lt;long&gt;</message><statusCode>STRING_TOO_LONG</statusCode>\
            </errors><id xsi:nil=\"true\"/><success>false</success></result></createResponse></e:Body></e:Envelope>";
        let expected = json!([{ "success": true, "id": "00a1", "errors": [] },
            { "success": false, "errors": [{ "statusCode": "STRING_TOO_LONG", "message": "too <long>" }] }]);
        assert_eq!(read_at(200, body), Ok(expected));
    }

    #[test]
    fn a_fault_says_whether_waiting_helps_and_what_is_no_xml_is_in_doubt() {
        assert!(matches!(fault("INVALID_SESSION_ID", "gone"), CallError::DeadSession(_)));
        let error = |error: CallError| HostError::from(error);
        assert!(error(fault("SERVER_UNAVAILABLE", "busy")).is_temporary());
        let refused = error(fault("INVALID_TYPE", "no such type"));
        assert_eq!((refused.class.clone(), refused.maybe_applied), (FailureClass::Refused, false));
        assert_eq!(refused.to_string(), "no such type (INVALID_TYPE)");
        for cut in ["<e:Envelope><result><id>00a1</id>", "<html><body>Down</body></html>"] {
            assert!(error(read_at(503, cut).expect_err("no answer")).is_temporary(), "{cut}");
        }
        assert!(error(read_at(200, "<e:Envelope><result>").expect_err("cut")).maybe_applied);
    }

    #[test]
    fn texts_cannot_leave_their_elements() {
        let sent = record(
            &json!({ "attributes": { "type": "CaseComment" }, "CommentBody": "a</x>&\u{8}\r\n", "IsPublished": true }),
        );
        assert_eq!(
            sent,
            "<urn:sObjects><urn:type>CaseComment</urn:type><urn:CommentBody>a&lt;/x&gt;&amp;&#13;\n</urn:CommentBody>\
             <urn:IsPublished>true</urn:IsPublished></urn:sObjects>"
        );
    }
}
