//! Outbound messages of an org: up to a hundred notifications in a SOAP envelope (Salesforce sheet 9.1).
//!
//! The data are those of the time of sending, with empty fields left out; only ids are taken from them. A record that was
//! deleted meanwhile comes without data: there is nothing to look at, and the polls tell what became of it.

use super::xml::{Step, walk};
use super::{Unreadable, hint};
use crate::hint::Hint;

/// What an org wants to hear: one answer for the whole envelope.
pub const ACK: &str = r#"<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>"#;

/// One envelope.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The 18 characters of the org that sends it.
    pub organization: String,
    pub hints: Vec<Hint>,
}

/// A record as it stands in a notification.
#[derive(Default)]
struct Record {
    object: String,
    id: String,
    parent: String,
}

impl Envelope {
    /// Reads the envelope.
    pub fn read(body: &[u8]) -> Result<Self, Unreadable> {
        let text = std::str::from_utf8(body).map_err(|_| Unreadable("the envelope is not UTF-8"))?;
        let (mut envelope, mut path) = (Envelope::default(), Vec::<String>::new());
        let (mut record, mut is_envelope) = (None::<Record>, false);
        walk(text, |step| match step {
            Step::Begins(name, attributes) => {
                is_envelope |= name == "notifications";
                if name == "sObject" {
                    let kind = attributes.into_iter().find(|(name, _)| name == "type").map(|(_, kind)| kind);
                    let object = kind.unwrap_or_default().rsplit(':').next().unwrap_or_default().to_owned();
                    record = Some(Record { object, ..Record::default() });
                }
                path.push(name);
            }
            Step::Text(text) => {
                match (path.iter().rev().map(String::as_str).collect::<Vec<_>>().as_slice(), &mut record) {
                    (["OrganizationId", "notifications", ..], _) => envelope.organization = text,
                    (["Id", "sObject", ..], Some(record)) => record.id = text,
                    (["ParentId", "sObject", ..], Some(record)) => record.parent = text,
                    _ => {}
                }
            }
            Step::Ends => {
                if path.pop().as_deref() == Some("sObject") {
                    envelope.hints.extend(record.take().and_then(|record| record.hint()));
                }
            }
        })?;
        if is_envelope { Ok(envelope) } else { Err(Unreadable("this is no outbound message")) }
    }

    /// Whether it comes from an org; ids are 15 or 18 long.
    pub fn is_from(&self, organization: &str) -> bool {
        let short = |id: &str| id.get(..15).map(str::to_owned);
        short(&self.organization).is_some() && short(&self.organization) == short(organization)
    }
}

impl Record {
    fn hint(&self) -> Option<Hint> {
        match self.object.as_str() {
            "Case" => hint("salesforce", "case", &self.id),
            "CaseComment" if !self.parent.is_empty() => hint("salesforce", "case", &self.parent),
            "CaseComment" => hint("salesforce", "comment", &self.id),
            _ => hint("salesforce", "record", &self.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(notifications: &str) -> String {
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>00D5g00000ABCDEEA5</OrganizationId><SessionId xsi:nil="true"/>{notifications}</notifications></soapenv:Body></soapenv:Envelope>"#
        )
    }

    fn comment(fields: &str) -> String {
        format!(
            r#"<Notification><Id>04l5g00000AAAAAAA4</Id><sObject xsi:type="sf:CaseComment" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">{fields}</sObject></Notification>"#
        )
    }

    fn subjects(text: &str) -> Vec<String> {
        let envelope = Envelope::read(text.as_bytes()).unwrap();
        envelope.hints.iter().map(|hint| hint.subject.to_string()).collect()
    }

    #[test]
    fn every_notification_says_where_to_look() {
        let whole = "<sf:Id>00a5g00000AAAAAAA4</sf:Id><sf:ParentId>5005g00000AAAAAAA0</sf:ParentId><sf:CommentBody>&lt;b&gt; x</sf:CommentBody>";
        let two = envelope(&(comment(whole) + &comment("<sf:Id>00a5g00000BBBBBBB4</sf:Id>")));
        assert_eq!(subjects(&two), ["salesforce:case:5005g00000AAAAAAA5", "salesforce:comment:00a5g00000BBBBBAA5"]);
        let read = Envelope::read(two.as_bytes()).unwrap();
        assert!(
            read.is_from("00D5g00000ABCDE") && read.is_from("00D5g00000ABCDEEA5") && !read.is_from("00D5g00000XXXXX")
        );
    }

    #[test]
    fn a_record_without_data_is_nothing_to_look_at() {
        assert_eq!(subjects(&envelope("<Notification><Id>04l5g00000AAAAAAA4</Id></Notification>")), [""; 0]);
    }

    #[test]
    fn what_is_no_envelope_is_refused() {
        for text in ["", "{}", "<a/>", "<notifications>", "<!DOCTYPE x><notifications/>"] {
            assert!(Envelope::read(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Envelope::read(b"<a>\xff</a>").is_err());
    }
}
