//! `private_messages:`: a record of the org becomes a private message to a member (PM-1). Nobody speaks for an agent
//! unless the rule says so: the answer would go to the wrong inbox.

use crate::problem::Place;
use crate::rules::compiling::Compiling;
use crate::rules::look_at::Looks;
use crate::rules::section::{self, Section, WrittenOut, key as named, list, map, mapped, needs, step, text};
use crate::rules::yaml::{Key, Node, Shape};
use crate::rules::{Rule, mapping, speakers};

pub const SECTION: Section = Section {
    name: "private_messages",
    what: "a rule of `private_messages`",
    keys: &["to", "subject", "body", "as", "nobody", "record"],
    looks: Looks::AsWritten,
};

/// One rule with its stages.
pub fn rules(compiling: &mut Compiling, key: &Key, node: &Node) -> Vec<Rule> {
    SECTION.rules(compiling, key, node, write_out)
}

fn write_out(compiling: &mut Compiling, key: &Key, node: &Node) -> Option<WrittenOut> {
    let what = SECTION.what;
    let to = needs(compiling, key, node, "to", (what, "`to: = request.recipient`"));
    let subject = needs(compiling, key, node, "subject", (what, "`subject: = request.subject`"));
    let body = needs(compiling, key, node, "body", (what, "`body: = text::html(request.body)`"));
    let who = needs(compiling, key, node, "as", (what, "`as: [ agent ]`"));
    let speakers = speakers::speakers(compiling, who?, what)?;
    let at = &key.at;
    let params = vec![
        ("to", Some(to?.clone())),
        ("subject", Some(subject?.clone())),
        ("body", Some(body?.clone())),
        ("as", Some(speakers)),
        ("source", Some(text(at, "salesforce:message:${request.id}"))),
        ("nobody", node.get("nobody").cloned()),
    ];
    let mut steps = vec![step(at, "khoros.send_private_message", params, vec![("named", Some(text(at, "note")))])];
    let fields = mapped(compiling, node, "private-message-record");
    steps.extend(fields.clone().map(|mapped| record(at, mapped, &[("Status__c", "Sent")])));
    let failed = [("Status__c", "Failed"), ("Result__c", "= result.why")];
    let stage = |mapped: Vec<(Key, Node)>, outcome: &str| {
        let parts = vec![
            ("of", Some(text(at, "note"))),
            ("outcome", Some(text(at, outcome))),
            ("then", Some(list(at, vec![record(at, mapped, &failed)]))),
        ];
        (named(at, &format!("not-sent-{outcome}")), map(at, parts))
    };
    let stages = fields.map(|mapped| vec![stage(mapped.clone(), "parked"), stage(mapped, "refused")]);
    Some(WrittenOut { steps, stages: stages.unwrap_or_default(), ..WrittenOut::default() })
}

/// The record that asked for the message says what became of it.
fn record(at: &Place, mapped: Vec<(Key, Node)>, own: &[(&str, &str)]) -> Node {
    let typed = |name: &str| (name == "Result__c").then_some("Text(255)");
    let own = own.iter().map(|(name, value)| (named(at, name), section::field(at, value, typed(name)))).collect();
    let params = vec![
        ("object", Some(text(at, "Private_Message__c"))),
        ("id", Some(text(at, "= request.id"))),
        ("fields", Some(Node { at: at.clone(), shape: Shape::Map(mapping::on_top(mapped, own)) })),
    ];
    step(at, "salesforce.update_record", params, vec![])
}
