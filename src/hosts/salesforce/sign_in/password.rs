//! Signing in with user, password and security token over SOAP (Salesforce sheet 2.1). For migration only: it ends with
//! Summer '27, and API 65.0 is without it (CON-6).

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_xml_entity};
use quick_xml::events::Event;
use secrecy::{ExposeSecret, SecretString};

use crate::catalog::Boxed;
use crate::failure::{FailureClass, HostError};
use crate::hosts::connection_state::{Kept, fingerprint};
use crate::hosts::host_error::{by_status, redacted};
use crate::hosts::plain_text::one_line;
use crate::hosts::salesforce::sign_in::Desk;
use crate::hosts::salesforce::sign_in::desk::refused;
use crate::hosts::session::{SignIn, SignedIn};
use crate::ports::{HttpAnswer, HttpBody, HttpRequest};

const CALL: &str = "salesforce: POST /services/Soap login";
/// The newest version that knows `login`.
pub const PATH: &str = "services/Soap/u/64.0";

#[derive(Clone)]
pub(super) struct Password {
    pub desk: Desk,
    pub user: String,
    pub password: SecretString,
    pub security_token: Option<SecretString>,
    pub soap_url: String,
}

impl SignIn for Password {
    fn kind(&self) -> &'static str {
        "password"
    }

    fn fingerprint(&self) -> String {
        fingerprint([self.kind(), self.desk.login_url.as_str(), &self.soap_url, &self.user, &self.with_token()])
    }

    fn tries(&self) -> u8 {
        3
    }

    fn sign_in(&self, _: Kept) -> Boxed<Result<SignedIn, HostError>> {
        let this = self.clone();
        Box::pin(async move { this.ask().await })
    }
}

impl Password {
    /// The token follows the password immediately.
    fn with_token(&self) -> String {
        let token = self.security_token.as_ref().map_or("", |token| token.expose_secret());
        format!("{}{token}", self.password.expose_secret())
    }

    async fn ask(&self) -> Result<SignedIn, HostError> {
        let envelope = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><env:Envelope \
             xmlns:env=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:urn=\"urn:partner.soap.sforce.com\">\
             <env:Header><urn:CallOptions><urn:client>casebridge</urn:client></urn:CallOptions></env:Header>\
             <env:Body><urn:login><urn:username>{}</urn:username><urn:password>{}</urn:password></urn:login></env:Body>\
             </env:Envelope>",
            escape(&*self.user),
            escape(&*self.with_token())
        );
        let request = HttpRequest {
            method: "POST",
            url: self.soap_url.clone(),
            headers: vec![("SOAPAction".into(), "login".into())],
            body: HttpBody::Xml(envelope.into()),
            ..Default::default()
        };
        let answer = self.desk.send(CALL, request).await?;
        let secrets: Vec<&SecretString> = [&self.password].into_iter().chain(&self.security_token).collect();
        self.read(&answer).map_err(|error| redacted(refused(error), &secrets))
    }

    fn read(&self, answer: &HttpAnswer) -> Result<SignedIn, HostError> {
        let found = texts(&answer.body);
        let text = |name: &str| found.get(name).filter(|text| !text.is_empty());
        if let Some(code) = text("exceptionCode").or_else(|| text("faultcode")) {
            let said = one_line(text("exceptionMessage").or_else(|| text("faultstring")).map_or("", |text| text));
            return Err(fault(code.rsplit(':').next().unwrap_or(code), &said));
        }
        if text("passwordExpired").is_some_and(|expired| expired == "true") {
            let said = format!("the password of {} has expired; set a new one in the org", self.user);
            return Err(HostError::new(FailureClass::SignedOut, CALL, said));
        }
        let Some(session) = text("sessionId") else { return Err(by_status(CALL, answer, self.desk.clock.now())) };
        let server = text("serverUrl").and_then(|url| url.split("/services/").next());
        Ok(SignedIn {
            access: session.clone().into(),
            login: Some(self.user.clone()),
            place: text("organizationId").cloned(),
            instance: server.map(str::to_owned),
            ..SignedIn::default()
        })
    }
}

/// What is worth another try later, and what to do about the rest (Salesforce sheet 2.1).
fn fault(code: &str, said: &str) -> HostError {
    let later = ["REQUEST_LIMIT_EXCEEDED", "SERVER_UNAVAILABLE", "LOGIN_DURING_RESTRICTED_TIME"];
    let class = match later.contains(&code) {
        true => FailureClass::Temporary { after: None },
        false => FailureClass::SignedOut,
    };
    let next = match code {
        "INVALID_OPERATION" | "UNSUPPORTED_API_VERSION" => {
            "; write `login: { client_credentials: … }` or `jwt` instead"
        }
        "LOGIN_MUST_USE_SECURITY_TOKEN" => "; name the account's `security_token`",
        "INSUFFICIENT_ACCESS" => "; the account needs the permission Use Any API Auth",
        _ => "",
    };
    HostError::new(class, CALL, format!("{}{next}", said.trim_end_matches('.'))).code(code)
}

/// The text of every element by its local name; of several the first counts.
fn texts(body: &[u8]) -> BTreeMap<String, String> {
    let (mut found, mut open): (BTreeMap<String, String>, Vec<(String, String)>) = Default::default();
    let mut reader = Reader::from_reader(body);
    let add = |open: &mut Vec<(String, String)>, text: &str| {
        if let Some((_, inside)) = open.last_mut() {
            inside.push_str(text);
        }
    };
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                open.push((start.local_name().as_ref().to_owned(), String::new()));
            }
            Ok(Event::Text(text)) => add(&mut open, &text),
            Ok(Event::CData(text)) => add(&mut open, &text),
            // quick-xml gives `&amp;` apart from the text around it.
            Ok(Event::GeneralRef(name)) => add(&mut open, resolve_xml_entity(&name).unwrap_or_default()),
            Ok(Event::End(_)) => {
                if let Some((name, text)) = open.pop() {
                    found.entry(name).or_insert(text);
                }
            }
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_a_login_is_read_with_and_without_prefixes() {
        let found = texts(b"<e:Envelope><e:Body><r><sessionId>00D!a&amp;b</sessionId></r></e:Body></e:Envelope>");
        assert_eq!(found["sessionId"], "00D!a&b");
        let found = texts(b"<f><sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode><x");
        assert_eq!(found["exceptionCode"], "INVALID_LOGIN");
        assert!(texts(b"<html>not xml").is_empty());
    }

    #[test]
    fn a_fault_says_whether_waiting_helps() {
        assert!(fault("SERVER_UNAVAILABLE", "busy").is_temporary());
        assert_eq!(fault("INVALID_LOGIN", "no").class, FailureClass::SignedOut);
        assert!(fault("INVALID_OPERATION", "disabled").said.contains("client_credentials"));
    }
}
