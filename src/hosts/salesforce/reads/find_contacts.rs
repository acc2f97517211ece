//! `salesforce.find_contacts`: the contacts with an e-mail, for many e-mails at once. Several may have the same one:
//! nothing is unique about it (Salesforce sheet 10.3).

use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::records::LONGEST_QUERY;
use crate::hosts::salesforce::soql::{Quoted, select_where_in};
use crate::value::Value;

const FIELDS: [&str; 4] = ["Id", "Name", "Email", "AccountId"];

/// Contacts by e-mail, in any case and without the spaces around it. Used again for an hour.
pub fn find_contacts(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.find_contacts",
        Call::Read(ReadCall {
            key: "Email".into(),
            up_to: 200,
            row: "Email".into(),
            gives: Gives::List,
            fold: Fold::AnyCase,
            fresh: false,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about("The contacts with an e-mail, in any case: of each its id, name, e-mail and account.")
    .needs("Email", Type::Text, "the e-mail")
    .example("salesforce::find_contacts(#{ Email: thread.author.email })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let mails: Vec<&str> = asked.keys.iter().filter_map(Value::as_str).map(str::trim).collect();
    let mut rows = Vec::new();
    for mails in queries(&mails) {
        let query = select_where_in(&FIELDS, "Contact", "Email", mails.iter().copied());
        rows.extend(client.query(&format!("{query} ORDER BY CreatedDate, Id")).await?.iter().map(row));
    }
    Ok(Rows { rows, newest: None })
}

fn row(record: &Json) -> Value {
    Value::map(FIELDS.map(|field| (field, record[field].as_str().into())))
}

/// As many e-mails as a query has room for.
fn queries<'a>(mails: &'a [&'a str]) -> Vec<&'a [&'a str]> {
    let (mut parts, mut start, mut length) = (vec![], 0, 0);
    for (n, mail) in mails.iter().enumerate() {
        let own = Quoted(mail).to_string().len() + 1;
        if length + own > LONGEST_QUERY && n > start {
            parts.push(&mails[start..n]);
            (start, length) = (n, 0);
        }
        length += own;
    }
    parts.extend((start < mails.len()).then(|| &mails[start..]));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_mails_are_asked_in_several_queries_and_none_is_lost() {
        let mails: Vec<String> = (0..200).map(|n| format!("{n:0>70}@acme.test")).collect();
        let mails: Vec<&str> = mails.iter().map(String::as_str).collect();
        let parts = queries(&mails);
        assert_eq!((parts.len(), parts.concat()), (3, mails.clone()));
        assert!(queries(&[]).is_empty());
    }
}
