//! The SOAP body of an outbound message, and whether an answer acknowledges it (sheet 9.1).

use std::fmt::Write;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::super::id::Id;
use super::super::record::Record;
use super::super::schema::{self, Kind};
use super::super::soql;
use super::super::state::State;
use super::outbox::Batch;

const START: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
    xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n \
    <soapenv:Body>\n  <notifications xmlns=\"http://soap.sforce.com/2005/09/outbound\">\n";
const END: &str = "  </notifications>\n </soapenv:Body>\n</soapenv:Envelope>\n";

/// The record as it is now goes into the body; one that is gone goes without data.
pub fn written(state: &State, base: &str, batch: &Batch) -> String {
    let organization = &state.residents.organization;
    let short = organization.short();
    let action = Id::numbered("04k", batch.number as u64 + 1);
    let mut xml = START.to_owned();
    for (tag, text) in [("OrganizationId", organization.as_str()), ("ActionId", action.as_str())] {
        element(&mut xml, "   ", tag, text);
    }
    xml.push_str("   <SessionId xsi:nil=\"true\"/>\n");
    element(&mut xml, "   ", "EnterpriseUrl", &format!("{base}/services/Soap/c/65.0/{short}"));
    element(&mut xml, "   ", "PartnerUrl", &format!("{base}/services/Soap/u/65.0/{short}"));
    let object = schema::find_object(&batch.action.object).map_or("", |object| object.name);
    for notification in &batch.notifications {
        xml.push_str("   <Notification>\n");
        element(&mut xml, "    ", "Id", notification.id.as_str());
        let head = "xmlns:sf=\"urn:sobject.enterprise.soap.sforce.com\"";
        let _ = write!(xml, "    <sObject xsi:type=\"sf:{object}\" {head}>");
        if let Some(record) = state.org.live(&notification.record) {
            xml.push('\n');
            fields(&mut xml, state, record, &batch.action.fields);
            xml.push_str("    ");
        }
        xml.push_str("</sObject>\n   </Notification>\n");
    }
    xml + END
}

/// Empty fields are left out.
fn fields(xml: &mut String, state: &State, record: &Record, names: &[String]) {
    let wanted =
        names.iter().filter(|name| !name.eq_ignore_ascii_case("Id")).filter_map(|name| record.object.field(name));
    for field in record.object.field("Id").into_iter().chain(wanted) {
        let text = match (&soql::value_of(&state.org, record, field), field.kind) {
            (Value::Null, _) => continue,
            (Value::String(text), Kind::Moment) => text.replace("+0000", "Z"),
            (Value::String(text), _) => text.clone(),
            (other, _) => other.to_string(),
        };
        element(xml, "     ", &format!("sf:{}", field.name), &text);
    }
}

fn element(xml: &mut String, indent: &str, tag: &str, text: &str) {
    let _ = writeln!(xml, "{indent}<{tag}>{}</{tag}>", escaped(text));
}

/// Signs that XML cannot hold at all, such as NUL, are left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\r' => safe.push_str("&#13;"),
            '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => safe.push(sign),
            _ => {}
        }
    }
    safe
}

/// Whether an answer says `Ack` with `true`.
pub fn acknowledges(answer: &str) -> bool {
    static ACK: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?s)<(?:\w+:)?notificationsResponse\b.*<(?:\w+:)?Ack\b[^>]*>\s*(?:true|1)\s*</(?:\w+:)?Ack>").ok()
    });
    ACK.as_ref().is_some_and(|ack| ack.is_match(answer))
}

#[cfg(test)]
mod tests {
    use super::{acknowledges, escaped};

    #[test]
    fn an_acknowledgement_is_true_inside_a_response() {
        let ns = "xmlns=\"http://soap.sforce.com/2005/09/outbound\"";
        assert!(acknowledges(&format!("<notificationsResponse {ns}><Ack>true</Ack></notificationsResponse>")));
        assert!(acknowledges("<o:notificationsResponse>\n<o:Ack> true </o:Ack></o:notificationsResponse>"));
        assert!(!acknowledges("<notificationsResponse><Ack>false</Ack></notificationsResponse>"));
        assert!(!acknowledges("<Ack>true</Ack>"));
        assert!(!acknowledges(""));
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(escaped("a<b> & \"c\" \u{0}🚒\r\n"), "a&lt;b&gt; &amp; &quot;c&quot; 🚒&#13;\n");
    }
}
