//! Queries, page by page (Salesforce sheet 3.3).

use serde_json::Value as Json;

use crate::failure::{FailureClass, HostError};
use crate::hosts::budget::Spent;
use crate::hosts::salesforce::Client;
use crate::hosts::url::with_query;
use crate::ports::HttpRequest;

/// What an org says of a page of a read that it does not know any more.
const GONE: &str = "INVALID_QUERY_LOCATOR";

impl Client {
    /// All rows of a query.
    pub async fn query(&self, soql: &str) -> Result<Vec<Json>, HostError> {
        self.pages("query", soql).await
    }

    /// The same with what was deleted or merged away.
    pub async fn query_all(&self, soql: &str) -> Result<Vec<Json>, HostError> {
        self.pages("queryAll", soql).await
    }

    /// A read that breaks off in the middle is begun again, once.
    async fn pages(&self, path: &str, soql: &str) -> Result<Vec<Json>, HostError> {
        match self.to_its_end(path, soql).await {
            Err(error) if error.code.as_deref() == Some(GONE) => self.to_its_end(path, soql).await,
            read => read,
        }
    }

    async fn to_its_end(&self, path: &str, soql: &str) -> Result<Vec<Json>, HostError> {
        let call = &format!("salesforce: GET /{path}");
        let mut rows = Vec::new();
        let mut url = with_query(&self.data(path), &[("q", soql)]);
        loop {
            let request = HttpRequest { method: "GET", url: url.clone(), ..Default::default() };
            let mut page = self.call(call, Spent::Read, request).await?;
            let Json::Array(records) = page["records"].take() else {
                return Err(HostError::new(FailureClass::Unreadable, call, "the answer to a query holds no rows"));
            };
            rows.extend(records);
            match page["nextRecordsUrl"].as_str() {
                // Only the path is taken: scheme and host stay the configured ones.
                Some(next) if page["done"] != true && next.starts_with("/services/data/") => {
                    let next = self.settings().login_url.at_root(next);
                    if std::mem::replace(&mut url, next.clone()) == next {
                        let said = "the query gives the same page for ever";
                        return Err(HostError::new(FailureClass::Unreadable, call, said));
                    }
                }
                Some(_) if page["done"] != true => {
                    return Err(HostError::new(FailureClass::Unreadable, call, "the next page is not at this org"));
                }
                _ => return Ok(rows),
            }
        }
    }
}
