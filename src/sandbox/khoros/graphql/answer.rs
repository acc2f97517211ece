//! `POST …/api/2.1/graphql` (sheet 12.1): reads the document, runs its operations, selects what was asked for.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use graphql_parser::query::{Definition, Document, OperationDefinition, Selection, SelectionSet, Value as Written};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::operations::run;
use super::project::{Fragments, project};
use crate::sandbox::khoros::answer::{Refusal, raw};
use crate::sandbox::khoros::desk::Desk;
use crate::sandbox::khoros::host::Khoros;
use crate::sandbox::khoros::routes::Call;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    query: Option<String>,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
    operation_name: Option<String>,
    extensions: Option<Value>,
}

/// The endpoint. Errors come at HTTP 200 in `errors`, but for a dead session.
pub async fn graphql(State(khoros): State<Arc<Khoros>>, call: Call, body: Bytes) -> Response {
    let mut answer = Value::Null;
    let refused = khoros.v2(&call, |desk| {
        let body: Body = serde_json::from_slice(&body).map_err(|_| Refusal::invalid("the body is no GraphQL call"))?;
        answer = match answered(desk, &body) {
            Ok(data) => json!({ "data": data }),
            Err(why) => json!({ "errors": [{ "message": why }], "data": null }),
        };
        Ok(Value::Null)
    });
    if answer.is_null() { refused } else { raw(answer.to_string()) }
}

fn answered(desk: &mut Desk<'_>, body: &Body) -> Result<Value, String> {
    let text = match (&body.query, &body.extensions) {
        (Some(text), _) => text,
        // No query is kept here, so the caller has to send its text.
        (None, Some(_)) => return Err("PersistedQueryNotFound".into()),
        (None, None) => return Err("`query` is missing".into()),
    };
    if text.matches('{').count() > MOST_BRACES {
        return Err("the query is too large".into());
    }
    let document: Document<'_, &str> =
        graphql_parser::parse_query(text).map_err(|_| "Invalid Syntax: the query cannot be read".to_owned())?;
    let fragments: Fragments<'_> = document.definitions.iter().filter_map(fragment).collect();
    let wanted = operation(&document, body.operation_name.as_deref()).ok_or("there is no such operation")?;
    let nothing = Map::new();
    let variables = body.variables.as_ref().unwrap_or(&nothing);
    let mut data = Map::new();
    for selection in &wanted.items {
        let Selection::Field(field) = selection else { return Err("fragments do not stand at the root here".into()) };
        let arguments = field.arguments.iter().map(|(name, value)| Ok(((*name).to_owned(), given(value, variables)?)));
        let found = run(desk, field.name, &arguments.collect::<Result<_, String>>()?)?;
        let shown = match field.selection_set.items.is_empty() {
            true => found,
            false => project(&found, &field.selection_set, &fragments, 0)?,
        };
        data.insert(field.alias.unwrap_or(field.name).to_owned(), shown);
    }
    Ok(Value::Object(data))
}

/// Nested braces take stack to read.
const MOST_BRACES: usize = 60;

fn fragment<'q>(
    definition: &'q Definition<'q, &'q str>,
) -> Option<(&'q str, &'q graphql_parser::query::FragmentDefinition<'q, &'q str>)> {
    match definition {
        Definition::Fragment(fragment) => Some((fragment.name, fragment)),
        Definition::Operation(_) => None,
    }
}

fn operation<'q>(document: &'q Document<'q, &'q str>, name: Option<&str>) -> Option<&'q SelectionSet<'q, &'q str>> {
    document.definitions.iter().find_map(|definition| {
        let Definition::Operation(operation) = definition else { return None };
        let (of, set) = match operation {
            OperationDefinition::SelectionSet(set) => (None, set),
            OperationDefinition::Query(query) => (query.name, &query.selection_set),
            OperationDefinition::Mutation(mutation) => (mutation.name, &mutation.selection_set),
            OperationDefinition::Subscription(_) => return None,
        };
        (name.is_none() || of == name).then_some(set)
    })
}

/// An argument as JSON, with variables filled in.
fn given<'q>(value: &Written<'q, &'q str>, variables: &Map<String, Value>) -> Result<Value, String> {
    Ok(match value {
        Written::Variable(name) => variables.get(*name).cloned().ok_or("a variable is missing")?,
        Written::Int(number) => json!(number.as_i64()),
        Written::Float(number) => json!(number),
        Written::String(text) => json!(text),
        Written::Boolean(truth) => json!(truth),
        Written::Null => Value::Null,
        Written::Enum(name) => json!(name),
        Written::List(all) => all.iter().map(|one| given(one, variables)).collect::<Result<_, _>>()?,
        Written::Object(all) => {
            let fields = all.iter().map(|(name, one)| Ok(((*name).to_owned(), given(one, variables)?)));
            Value::Object(fields.collect::<Result<_, String>>()?)
        }
    })
}
