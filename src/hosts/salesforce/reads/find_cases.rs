//! `salesforce.find_cases`: the cases whose fields have certain values, as an answer, and as the subjects of a rule.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, ScanCall, ScanPage, Scanning, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::by_fields::{WHERE, by_fields, condition, refused};
use crate::hosts::salesforce::record_shape::{Object, RecordShape};
use crate::hosts::salesforce::records::whole;
use crate::hosts::salesforce::soql::is_name;
use crate::predicate::{Predicate, Pushed, Test};
use crate::value::Value;

use super::get_case::{OWNER, own};

/// How many cases are on a page of a search.
const PAGE: usize = 1000;

/// Cases by the values of their fields, oldest first, each with every field but long texts.
pub fn find_cases(client: &Arc<Client>, tenant: &Arc<str>) -> HostFunction {
    let (client, tenant) = (client.clone(), tenant.clone());
    let (searching, of) = (client.clone(), tenant.clone());
    let search = ScanCall {
        rows_answer: "salesforce.get_case".into(),
        event: "salesforce.case_due".into(),
        since: "case.CreatedDate".into(),
        accepts,
        call: Arc::new(move |scanning| Box::pin(page(searching.clone(), of.clone(), scanning))),
        count: Arc::new(|_| Box::pin(std::future::ready(Ok(None)))),
    };
    HostFunction::new(
        "salesforce.find_cases",
        Call::Read(ReadCall {
            key: WHERE.into(),
            up_to: 20,
            row: WHERE.into(),
            gives: Gives::List,
            fold: Fold::Exact,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), tenant.clone(), asked))),
        }),
    )
    .finds(search)
    .about(
        "The cases whose fields have these values, oldest first, with every field but long texts. Under `look_at` it finds \
         the subjects of a rule.",
    )
    .needs("where", Type::Any, "field and the value that it must have, for each; or these by themselves")
    .example("salesforce::find_cases(#{ ContactId: contact.Id, IsClosed: false })")
}

async fn find(client: Arc<Client>, tenant: Arc<str>, asked: Asked) -> Result<Rows, HostError> {
    let shape = client.shape(Object::Case).await?;
    let fields: Vec<&str> = shape.names().chain([OWNER]).collect();
    let row = |record: &Json| row(&client, &tenant, shape, record);
    by_fields(&client, (Object::Case.name(), shape), &fields, &asked.keys, row).await
}

fn row(client: &Client, tenant: &str, shape: &RecordShape, record: &Json) -> Vec<(String, Value)> {
    match whole(shape, record, own(client, tenant, record)) {
        Value::Map(fields) => fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect(),
        _ => vec![],
    }
}

/// What the org can test: a field of the case against a constant. Texts are the same to it in any case, so it is never
/// asked for what is *not* so.
fn accepts(predicate: &Predicate) -> Pushed {
    let field = predicate.fact.behind("case");
    let is_field = field.is_some_and(|field| {
        let name = field.as_str();
        is_name(name) && !name.contains('.') && name.starts_with(|first: char| first.is_ascii_uppercase())
    });
    let is_moment = |bound: &Value| matches!(bound, Value::Moment(_));
    let is_plain = |value: &Value| matches!(value, Value::Text(_) | Value::Bool(_) | Value::Int(_));
    let takes = match &predicate.test {
        Test::Says(_) => true,
        Test::Is(value) => is_plain(value),
        Test::In(values) => !values.is_empty() && values.iter().all(is_plain),
        Test::Below(bound) | Test::AtMost(bound) | Test::Above(bound) | Test::AtLeast(bound) => is_moment(bound),
        Test::IsNot(_) | Test::Contains(_) => false,
    };
    if is_field && takes { Pushed::Whole } else { Pushed::Residue }
}

/// One test as SOQL; none where the field or the value is not such that the org could compare them, which is left to
/// the lines of the rule.
fn constraint(shape: &RecordShape, predicate: &Predicate) -> Option<String> {
    let path = predicate.fact.behind("case")?;
    let field = path.as_str();
    let compared = |sign: &str, value: &Value| Some(format!("{field} {sign} {}", shape.literal(field, value)?));
    match &predicate.test {
        Test::Says(yes) => compared("=", &Value::Bool(*yes)),
        Test::Is(value) => compared("=", value),
        Test::In(values) => {
            let listed: Option<Vec<String>> = values.iter().map(|value| shape.literal(field, value)).collect();
            Some(format!("{field} IN ({})", listed?.join(",")))
        }
        Test::Below(bound) => compared("<", bound),
        // The org counts in whole seconds: the rest of one is tested here.
        Test::AtMost(bound) => compared("<=", bound),
        Test::Above(bound) | Test::AtLeast(bound) => compared(">=", bound),
        Test::IsNot(_) | Test::Contains(_) => None,
    }
}

/// One page in the order of ids; the cursor is the last of them.
async fn page(client: Arc<Client>, tenant: Arc<str>, scanning: Scanning) -> Result<ScanPage, HostError> {
    let shape = client.shape(Object::Case).await?;
    let wanted = scanning.args.get(WHERE).cloned().unwrap_or_default();
    let mut conditions = vec![condition(shape, &wanted).map_err(refused)?];
    conditions.extend(scanning.predicates.iter().filter_map(|predicate| constraint(shape, predicate)));
    let last = Value::text(scanning.cursor.unwrap_or_default());
    if last.as_str() != Some("") {
        conditions.extend(shape.literal("Id", &last).map(|last| format!("Id > {last}")));
    }
    let fields: Vec<&str> = shape.names().chain([OWNER]).collect();
    let (fields, conditions) = (fields.join(","), conditions.join(" AND "));
    let query = format!("SELECT {fields} FROM Case WHERE {conditions} ORDER BY Id LIMIT {PAGE}");
    let records = client.query(&query).await?;
    let next = records.last().filter(|_| records.len() == PAGE).and_then(|record| record["Id"].as_str());
    let rows = records.iter().map(|record| whole(shape, record, own(&client, &tenant, record))).collect();
    Ok(ScanPage { rows, next: next.map(str::to_owned), ..ScanPage::default() })
}
