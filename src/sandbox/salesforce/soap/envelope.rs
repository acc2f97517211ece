//! SOAP's envelope: reading what a client sends under whatever prefixes, writing answers and faults.

use super::super::call::Call;
use super::super::refusal::shortened;
use super::super::reply::Reply;
use super::super::writer::Assign;
use super::super::xml::{Element, escape};

const OPENING: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope \
    xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" ";
const KIND: &str = "text/xml;charset=UTF-8";

/// What a client sends: the operation, and the headers that the sandbox knows.
pub struct Message {
    pub operation: Element,
    pub session: Option<String>,
    /// `AssignmentRuleHeader`: without it SOAP assigns nothing (sheet 13.2).
    pub assign: Assign,
    /// `EmailHeader.triggerUserEmail`
    pub user_email: bool,
    pub all_or_none: bool,
}

impl Message {
    pub fn read(call: &Call) -> Result<Message, Fault> {
        if call.method != "POST" {
            return Err(Fault::client("SOAP calls are made by POST"));
        }
        let text = std::str::from_utf8(&call.body).map_err(|_| Fault::client("the envelope is no UTF-8"))?;
        let envelope = Element::parse(text.trim_start_matches('\u{feff}')).map_err(Fault::client)?;
        let operation = envelope.child("Body").and_then(|body| body.children.first());
        let operation = operation.ok_or_else(|| Fault::client("there is no operation in the envelope"))?.clone();
        let header = envelope.child("Header");
        let said = |name: &str, part: &str| header?.child(name)?.text_of(part).map(|text| text.trim().to_owned());
        let yes = |name: &str, part: &str| said(name, part).is_some_and(|text| matches!(text.as_str(), "true" | "1"));
        let assign = match said("AssignmentRuleHeader", "assignmentRuleId").filter(|id| !id.is_empty()) {
            Some(rule) => Assign::Rule(rule),
            None if yes("AssignmentRuleHeader", "useDefaultRule") => Assign::Active,
            None => Assign::No,
        };
        Ok(Message {
            operation,
            session: said("SessionHeader", "sessionId"),
            assign,
            user_email: yes("EmailHeader", "triggerUserEmail"),
            all_or_none: yes("AllOrNoneHeader", "allOrNone"),
        })
    }
}

/// What the org answers when it will not.
pub struct Fault {
    code: String,
    message: String,
    /// Whose fault it is in the words of SOAP: the envelope's, or a rule's of Salesforce.
    envelope: bool,
}

impl Fault {
    pub fn new(code: &str, message: impl Into<String>) -> Fault {
        Fault { code: code.into(), message: shortened(message.into()), envelope: false }
    }

    /// The envelope cannot be read.
    pub fn client(message: impl Into<String>) -> Fault {
        Fault { code: "Client".into(), message: shortened(message.into()), envelope: true }
    }

    /// Status 500, with the element names that clients look for (sheet 2.1).
    pub fn into_reply(self) -> Reply {
        let (code, message) = (escape(&self.code), escape(&self.message));
        if self.envelope {
            return written(
                500,
                &format!(
                    "<soapenv:Fault><faultcode>soapenv:Client</faultcode><faultstring>{message}</faultstring></soapenv:Fault>"
                ),
            );
        }
        let kind = if self.code == "INVALID_LOGIN" { "LoginFault" } else { "UnexpectedErrorFault" };
        written(
            500,
            &format!(
                "<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {message}</faultstring><detail>\
                 <sf:{kind} xsi:type=\"sf:{kind}\"><sf:exceptionCode>{code}</sf:exceptionCode>\
                 <sf:exceptionMessage>{message}</sf:exceptionMessage></sf:{kind}></detail></soapenv:Fault>"
            ),
        )
    }
}

/// A good answer; elements without a prefix are those of the partner API (sheet 2.1).
pub fn respond(body: &str) -> Reply {
    written(200, body)
}

fn written(status: u16, body: &str) -> Reply {
    let default = if status == 200 { "xmlns=\"urn:partner.soap.sforce.com\" " } else { "" };
    let text = format!(
        "{OPENING}{default}xmlns:sf=\"urn:fault.partner.soap.sforce.com\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    );
    Reply { status, ..Reply::text(KIND, text.into_bytes()) }
}
