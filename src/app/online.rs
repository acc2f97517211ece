//! Asks the org and the community about everything that rules name. Nothing is written there.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::app::bridge::Opening;
use crate::app::connections::Clients;
use crate::catalog::{Asked, Catalog};
use crate::failure::{FailureClass, HostError};
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::names::Name;
use crate::packs::online::{FieldKnown, Known, ObjectKnown, Wanted, check};
use crate::packs::{self, Compiled};
use crate::problem::{Place, Problem};
use crate::script::{Mention, Named, Requires};
use crate::value::Value;

/// Compiles the rules of a bridge and holds what they name against both hosts; `at` is where the org is configured.
pub async fn check_online(opening: &Opening, at: &Place) -> Result<Vec<Problem>, HostError> {
    let clients = opening.connections.clients(&opening.http, &opening.clock, &opening.tokens);
    let catalog = super::bridge::catalog(&opening.bridge, &clients, &opening.store);
    // What is wrong without any host was said before.
    let Ok(Compiled { mut mentions, .. }) = packs::compile(&opening.sources, &catalog) else { return Ok(vec![]) };
    mentions.push(thread_key(&clients, at));
    let known = ask(&Wanted::of(&mentions), &clients, &catalog).await?;
    Ok(check(&mentions, &known))
}

/// The field that ties a case to its thread: the org itself must refuse a second case with one key (F-054).
fn thread_key(clients: &Clients, at: &Place) -> Mention {
    let field = clients.salesforce.settings().thread_key_field.as_str().into();
    let required = Requires { object: "Case".into(), field, takes: None, unique: true, external_id: true };
    Mention { named: Named::Requires(required), at: at.clone() }
}

async fn ask(wanted: &Wanted, clients: &Clients, catalog: &Catalog) -> Result<Known, HostError> {
    let mut known = Known::default();
    ask_org(wanted, clients, &mut known).await?;
    known.users = users(wanted, catalog).await?;
    ask_community(wanted, clients, &mut known).await?;
    Ok(known)
}

async fn ask_org(wanted: &Wanted, clients: &Clients, known: &mut Known) -> Result<(), HostError> {
    for object in &wanted.objects {
        known.objects.insert(object.clone(), described(clients, object).await?);
    }
    let org = |query: &'static str| clients.salesforce.query(query);
    if wanted.queues {
        let rows = org("SELECT Name, DeveloperName FROM Group WHERE Type = 'Queue'").await?;
        known.queues = names(rows, &["Name", "DeveloperName"]);
    }
    if wanted.record_types {
        let rows =
            org("SELECT Name, DeveloperName FROM RecordType WHERE SobjectType = 'Case' AND IsActive = true").await?;
        known.record_types = names(rows, &["Name", "DeveloperName"]);
    }
    if wanted.statuses {
        let rows = org("SELECT ApiName, MasterLabel FROM CaseStatus").await?;
        known.statuses = names(rows, &["ApiName", "MasterLabel"]);
    }
    Ok(())
}

async fn ask_community(wanted: &Wanted, clients: &Clients, known: &mut Known) -> Result<(), HostError> {
    let community = |fields: &'static [&'static str], from| {
        let query = Liql::select(fields, from);
        async move { clients.khoros.search_all(&query).await }
    };
    if wanted.boards {
        let boards = community(&["id", "allowed_labels"], "boards").await?;
        known.labels = labels(&boards);
        known.boards = names(boards, &["id"]);
    }
    if wanted.categories {
        known.categories = names(community(&["id"], "categories").await?, &["id"]);
    }
    if wanted.roles {
        known.roles = names(community(&["id", "name"], "roles").await?, &["name"]);
    }
    if wanted.ranks {
        known.ranks = names(community(&["id", "name"], "ranks").await?, &["name"]);
    }
    for login in &wanted.usernames {
        let query = Liql::select(&["id", "login"], "users").test("login", "=", Literal::Text(login.as_str()));
        known.usernames.insert(login.clone(), !clients.khoros.search_all(&query).await?.is_empty());
    }
    Ok(())
}

/// What rows are called by, under any of these fields.
fn names(rows: Vec<Json>, fields: &[&str]) -> Vec<String> {
    let of = |row: &Json| fields.iter().filter_map(|field| row[*field].as_str().map(str::to_owned)).collect::<Vec<_>>();
    rows.iter().flat_map(of).collect()
}

/// How many active users there are by each e-mail or user name.
async fn users(wanted: &Wanted, catalog: &Catalog) -> Result<BTreeMap<Name, usize>, HostError> {
    let mut users: BTreeMap<Name, usize> = wanted.users.iter().map(|name| (name.clone(), 0)).collect();
    let Some(call) = catalog.read_call("salesforce.find_users") else { return Ok(users) };
    let names: Vec<Value> = wanted.users.iter().map(|name| Value::text(name.as_str())).collect();
    for keys in names.chunks(call.up_to) {
        let found = (call.call)(Asked { shared: Default::default(), keys: keys.to_vec() }).await?;
        for row in found.rows {
            let of = row.at(&call.row).as_str().unwrap_or_default();
            users.iter_mut().filter(|(name, _)| name.as_str().trim() == of).for_each(|(_, count)| *count += 1);
        }
    }
    Ok(users)
}

/// The labels that boards list; none where one of them takes any.
fn labels(boards: &[Json]) -> Option<Vec<String>> {
    let listed = |board: &Json| board["allowed_labels"].as_array().filter(|labels| !labels.is_empty()).cloned();
    let all: Vec<Vec<Json>> = boards.iter().map(listed).collect::<Option<_>>()?;
    let text = |label: &Json| label.as_str().or_else(|| label["text"].as_str()).map(str::to_owned);
    Some(all.iter().flatten().filter_map(text).collect())
}

/// An object as the org describes it; none where there is no such object.
async fn described(clients: &Clients, object: &Name) -> Result<Option<ObjectKnown>, HostError> {
    let described = match clients.salesforce.describe(object.as_str()).await {
        Err(error) if matches!(error.class, FailureClass::NotFound) => return Ok(None),
        described => described?,
    };
    let fields = described["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
    let named = |json: &Json| Some((json["name"].as_str()?.to_owned(), field(json)));
    Ok(Some(ObjectKnown { fields: fields.iter().filter_map(named).collect() }))
}

fn field(json: &Json) -> FieldKnown {
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    let yes = |name: &str| json[name] == true;
    let number = |name: &str| json[name].as_u64().unwrap_or_default() as usize;
    let values = json["picklistValues"].as_array().map(Vec::as_slice).unwrap_or_default();
    let active = values.iter().filter(|value| value["active"] != false);
    FieldKnown {
        kind: text("type"),
        length: number("length"),
        digits: (number("precision").max(number("digits")), number("scale")),
        rich: yes("htmlFormatted"),
        calculated: yes("calculated"),
        writable: yes("createable") || yes("updateable"),
        unique: yes("unique"),
        external_id: yes("externalId"),
        filterable: yes("filterable"),
        values: active.filter_map(|value| value["value"].as_str().map(str::to_owned)).collect(),
        restricted: yes("restrictedPicklist"),
    }
}
