//! Random small worlds, and how one is made in an org.

use jiff::ToSpan;
use jiff::civil::Date;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::super::Org;
use super::oracle::Row;
use super::query::{INTERESTS, Kind, PRIORITIES, STATUSES};

/// Texts that are alike in all but case, and those that need escapes.
pub const TEXTS: &[&str] =
    &["a", "A", "ab", "aB c", "É", "é", "o'n", "x\\y", "50%", "5_%", "say \"hi\"", "two\nlines", "😱 oh", "ß", "b"];

#[derive(Clone, Debug)]
pub struct World {
    /// Names and employees.
    pub accounts: Vec<(&'static str, Option<i64>)>,
    pub contacts: Vec<Contact>,
    pub cases: Vec<Case>,
    pub postbacks: Vec<(Option<&'static str>, Option<prop::sample::Index>)>,
    pub zone: &'static str,
    pub hour: i8,
}

#[derive(Clone, Debug)]
pub struct Contact {
    last: &'static str,
    first: Option<&'static str>,
    born: Option<i64>,
    interests: Vec<&'static str>,
    account: Option<prop::sample::Index>,
}

#[derive(Clone, Debug)]
pub struct Case {
    subject: Option<&'static str>,
    status: &'static str,
    priority: &'static str,
    replies: Option<i64>,
    escalated: bool,
    contact: Option<prop::sample::Index>,
    parent: Option<prop::sample::Index>,
    deleted: bool,
}

pub fn world() -> impl Strategy<Value = World> {
    let account = (select(TEXTS), option::of(0..5i64));
    let zones: &[&str] = &["GMT", "America/Los_Angeles", "Asia/Tokyo", "Pacific/Auckland"];
    (vec(account, 0..4), vec(contact(), 0..6), vec(case(), 0..12), vec(postback(), 0..5), select(zones), 0..24i8)
        .prop_map(|(accounts, contacts, cases, postbacks, zone, hour)| World {
            accounts,
            contacts,
            cases,
            postbacks,
            zone,
            hour,
        })
}

fn contact() -> impl Strategy<Value = Contact> {
    let index = || option::of(any::<prop::sample::Index>());
    (
        select(TEXTS),
        option::of(select(TEXTS)),
        option::of(-40..40i64),
        subsequence(INTERESTS, 0..=INTERESTS.len()),
        index(),
    )
        .prop_map(|(last, first, born, interests, account)| Contact { last, first, born, interests, account })
}

fn case() -> impl Strategy<Value = Case> {
    let index = || option::of(any::<prop::sample::Index>());
    (
        option::of(select(TEXTS)),
        select(STATUSES),
        select(PRIORITIES),
        option::of(0..5i64),
        any::<bool>(),
        index(),
        index(),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(subject, status, priority, replies, escalated, contact, parent, deleted)| Case {
            subject,
            status,
            priority,
            replies,
            escalated,
            contact,
            parent,
            deleted,
        })
}

fn postback() -> impl Strategy<Value = (Option<&'static str>, Option<prop::sample::Index>)> {
    (option::of(select(TEXTS)), option::of(any::<prop::sample::Index>()))
}

/// Messages of which two differ in case only.
pub const MESSAGES: &[&str] = &["m1", "M1", "m2", "é", "É"];

impl World {
    /// Makes the world in an org and tells what was made.
    pub async fn make(&self, org: &Org, today: Date) -> Vec<Row> {
        let account = |(name, size): &(&str, Option<i64>)| json!({"Name": name, "NumberOfEmployees": size});
        let accounts = made(org, "Account", self.accounts.iter().map(account).collect()).await;
        let mut rows = Vec::new();
        let contacts = self.contacts(org, &accounts, today, &mut rows).await;
        self.cases(org, &contacts, &mut rows).await;
        self.postbacks(org, &mut rows).await;
        rows
    }

    async fn contacts(&self, org: &Org, accounts: &[String], today: Date, rows: &mut Vec<Row>) -> Vec<String> {
        let owner = |contact: &Contact| {
            let index = contact.account.filter(|_| !accounts.is_empty())?;
            Some(index.index(accounts.len()))
        };
        let born = |contact: &Contact| contact.born.map(|n| (today + n.days()).to_string());
        let interests = |contact: &Contact| (!contact.interests.is_empty()).then(|| contact.interests.join(";"));
        let body = |contact: &Contact| {
            json!({
                "LastName": contact.last, "FirstName": contact.first, "Birthdate": born(contact),
                "Interests__c": interests(contact), "AccountId": owner(contact).map(|place| &accounts[place]),
            })
        };
        let ids = made(org, "Contact", self.contacts.iter().map(body).collect()).await;
        for (contact, id) in self.contacts.iter().zip(&ids) {
            let account = owner(contact).map(|place| self.accounts[place]);
            let values = json!({
                "LastName": contact.last, "FirstName": contact.first, "Birthdate": born(contact),
                "Interests__c": interests(contact), "Account.Name": account.map(|(name, _)| name),
                "Account.NumberOfEmployees": account.and_then(|(_, size)| size),
            });
            rows.push(row(id, Kind::Contact, values, None));
        }
        ids
    }

    async fn cases(&self, org: &Org, contacts: &[String], rows: &mut Vec<Row>) {
        let person = |case: &Case| case.contact.filter(|_| !contacts.is_empty()).map(|i| i.index(contacts.len()));
        let body = |case: &Case| {
            json!({
                "Subject": case.subject, "Status": case.status, "Priority": case.priority,
                "Community_Replies__c": case.replies, "IsEscalated": case.escalated,
                "ContactId": person(case).map(|place| &contacts[place]),
            })
        };
        let ids = made(org, "Case", self.cases.iter().map(body).collect()).await;
        for (place, case) in self.cases.iter().enumerate() {
            let parent = case.parent.map(|index| index.index(self.cases.len()));
            let parent = parent.filter(|parent| *parent != place && !self.cases[*parent].deleted);
            if let Some(parent) = parent {
                let (status, answer) = org.change("Case", &ids[place], json!({"ParentId": ids[parent]})).await;
                assert_eq!(status, 204, "{answer}");
            }
            let contact = person(case).map(|place| rows[place].values.clone()).unwrap_or_default();
            let of_contact = |field: &str| contact.get(field).cloned().unwrap_or(Value::Null);
            let values = json!({
                "Subject": case.subject, "Status": case.status, "Priority": case.priority,
                "Community_Replies__c": case.replies.map(|n| n as f64), "IsEscalated": case.escalated,
                "Parent.Subject": parent.and_then(|parent| self.cases[parent].subject),
                "Contact.LastName": of_contact("LastName"), "Contact.Birthdate": of_contact("Birthdate"),
                "Contact.Account.Name": of_contact("Account.Name"),
                "Contact.Account.NumberOfEmployees": of_contact("Account.NumberOfEmployees"),
            });
            let points_at = person(case).map(|place| contacts[place].clone());
            rows.push(Row { deleted: case.deleted, ..row(&ids[place], Kind::Case, values, points_at) });
        }
        for (case, id) in self.cases.iter().zip(&ids).filter(|(case, _)| case.deleted) {
            let gone = org.send(Method::DELETE, &format!("sobjects/Case/{id}"), json!({})).await;
            assert_eq!(gone.0, 204, "{case:?}");
        }
    }

    async fn postbacks(&self, org: &Org, rows: &mut Vec<Row>) {
        let cases: Vec<Row> = rows.iter().filter(|row| row.kind == Kind::Case && !row.deleted).cloned().collect();
        let case =
            |index: Option<prop::sample::Index>| index.filter(|_| !cases.is_empty()).map(|i| i.index(cases.len()));
        let body = |(message, (thread, index)): (&&str, &(Option<&str>, Option<prop::sample::Index>))| {
            let case = case(*index).map(|place| cases[place].id.clone());
            json!({"Source_Key__c": message, "Thread_ID__c": thread, "Case__c": case})
        };
        let bodies: Vec<_> = MESSAGES.iter().zip(&self.postbacks).map(body).collect();
        let ids = made(org, "Postback_Comment__c", bodies).await;
        for ((message, (thread, index)), id) in MESSAGES.iter().zip(&self.postbacks).zip(&ids) {
            let case = case(*index).map(|place| &cases[place]);
            let subject = case.map_or(Value::Null, |case| case.values["Subject"].clone());
            let values = json!({"Source_Key__c": message, "Thread_ID__c": thread, "Case__r.Subject": subject});
            rows.push(row(id, Kind::Postback, values, case.map(|case| case.id.clone())));
        }
    }
}

fn row(id: &str, kind: Kind, values: Value, points_at: Option<String>) -> Row {
    let Value::Object(values) = values else { panic!("values are an object") };
    let values: Map<_, _> = values;
    Row { id: id.into(), kind, deleted: false, values, points_at }
}

async fn made(org: &Org, object: &str, bodies: Vec<Value>) -> Vec<String> {
    let typed = bodies.into_iter().map(|mut body| {
        body["attributes"] = json!({"type": object});
        body
    });
    let records: Vec<Value> = typed.collect();
    if records.is_empty() {
        return Vec::new();
    }
    let (_, answer) = org.send(Method::POST, "composite/sobjects", json!({"records": records})).await;
    let ids = answer.as_array().unwrap().iter().map(|item| item["id"].as_str().map(str::to_owned));
    ids.map(|id| id.unwrap_or_else(|| panic!("{answer}"))).collect()
}
