//! What else hangs on a case: e-mails, feed, history, events, assets, entitlements (sheet 10.3).

use super::field::Field;
use super::kind::{Choice, Kind};
use super::object::Object;

const EMAIL_STATUSES: &[Choice] = &[("0", true), ("1", false), ("2", false), ("3", false), ("4", false), ("5", false)];
const FEED_TYPES: &[Choice] = &[("TextPost", true), ("CaseCommentPost", false), ("LinkPost", false)];
const VISIBILITIES: &[Choice] = &[("AllUsers", true), ("InternalUsers", false)];

pub fn objects() -> Vec<Object> {
    vec![email(), feed_item(), feed_comment(), history(), event(), asset(), entitlement(), contact_role()]
}

fn email() -> Object {
    let fields = vec![
        Field::reference("ParentId", "Parent", &["Case"]).children("EmailMessages"),
        Field::new("Incoming", Kind::Boolean),
        Field::new("Status", Kind::Picklist(40, EMAIL_STATUSES)).defaulted(),
        Field::new("Subject", Kind::Text(3_000)),
        Field::new("TextBody", Kind::Area(32_000)),
        Field::new("HtmlBody", Kind::Html(131_072)),
        Field::new("FromAddress", Kind::Email(1_000)),
        Field::new("FromName", Kind::Text(1_000)),
        Field::new("ToAddress", Kind::Text(4_000)),
        Field::new("CcAddress", Kind::Text(4_000)),
        Field::new("MessageDate", Kind::Moment),
        Field::new("MessageIdentifier", Kind::Text(765)),
    ];
    Object::new(["EmailMessage", "Email Message", "Email Messages"], "02s", fields)
}

fn feed_item() -> Object {
    let fields = vec![
        Field::reference("ParentId", "Parent", &["Case", "Account", "Contact", "User"])
            .children("Feeds")
            .required()
            .fixed(),
        Field::new("Type", Kind::Picklist(40, FEED_TYPES)).defaulted().fixed(),
        Field::new("Body", Kind::Area(10_000)),
        Field::new("Visibility", Kind::Picklist(40, VISIBILITIES)).defaulted(),
        Field::new("NetworkScope", Kind::Picklist(40, &[("AllNetworks", true)])).defaulted(),
        Field::new("LinkUrl", Kind::Url(1_000)).fixed(),
    ];
    Object::new(["FeedItem", "Feed Item", "Feed Items"], "0D5", fields)
}

fn feed_comment() -> Object {
    let fields = vec![
        Field::reference("FeedItemId", "FeedItem", &["FeedItem"]).children("FeedComments").required().fixed(),
        Field::new("CommentBody", Kind::Area(10_000)),
    ];
    Object::new(["FeedComment", "Feed Comment", "Feed Comments"], "0D7", fields)
}

/// Written by the platform alone, when a tracked field of a case changes.
fn history() -> Object {
    let fields = vec![
        Field::reference("CaseId", "Case", &["Case"]).children("Histories").read_only(),
        Field::kept("Field", Kind::Picklist(255, &[("Owner", false), ("Priority", false), ("Status", false)])),
        Field::kept("OldValue", Kind::Text(255)),
        Field::kept("NewValue", Kind::Text(255)),
    ];
    Object::setup(["CaseHistory", "Case History", "Case Histories"], "017", fields)
}

fn event() -> Object {
    let fields = vec![
        Field::new("Subject", Kind::Text(255)),
        Field::new("Description", Kind::Area(32_000)),
        Field::new("Location", Kind::Text(255)),
        Field::new("StartDateTime", Kind::Moment).required(),
        Field::new("EndDateTime", Kind::Moment).required(),
        Field::new("IsAllDayEvent", Kind::Boolean),
        Field::reference("WhatId", "What", &["Account", "Case"]).children("Events"),
        Field::reference("WhoId", "Who", &["Contact"]).children("Events"),
        Field::reference("OwnerId", "Owner", &["User"]).defaulted(),
    ];
    Object::new(["Event", "Event", "Events"], "00U", fields)
}

fn asset() -> Object {
    let fields = vec![
        Field::new("Name", Kind::Text(255)).required().labelled("Asset Name"),
        Field::new("SerialNumber", Kind::Text(80)),
        Field::reference("AccountId", "Account", &["Account"]).children("Assets"),
        Field::reference("ContactId", "Contact", &["Contact"]).children("Assets"),
        Field::reference("OwnerId", "Owner", &["User"]).defaulted(),
    ];
    Object::new(["Asset", "Asset", "Assets"], "02i", fields)
}

fn entitlement() -> Object {
    let fields = vec![
        Field::new("Name", Kind::Text(255)).required().labelled("Entitlement Name"),
        Field::reference("AccountId", "Account", &["Account"]).children("Entitlements").required(),
        Field::new("StartDate", Kind::Day),
        Field::new("EndDate", Kind::Day),
    ];
    Object::new(["Entitlement", "Entitlement", "Entitlements"], "550", fields)
}

/// Who else has to do with a case; prefix and fields are recalled, the sheet names the relationship only.
fn contact_role() -> Object {
    let roles: &[Choice] = &[("Business User", false), ("Decision Maker", false), ("Technical Contact", false)];
    let fields = vec![
        Field::reference("CasesId", "Cases", &["Case"]).children("CaseContactRoles").required().fixed(),
        Field::reference("ContactId", "Contact", &["Contact"]).children("CaseContactRoles").required(),
        Field::new("Role", Kind::Picklist(40, roles)),
    ];
    Object::new(["CaseContactRole", "Case Contact Role", "Case Contact Roles"], "03j", fields)
}
