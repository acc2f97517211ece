//! Calls to one org: the token, what is counted, records in collections. Queries are in `pages.rs`, what only SOAP can do
//! in `soap.rs`.
//!
//! Nothing is repeated here but a call that a dead session met, once; waiting is the engine's.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value as Json, json};
use tokio::sync::{Mutex, OnceCell};

use crate::failure::{FailureClass, HostError};
use crate::hosts::budget::{Budget, Spent};
use crate::hosts::host_error::{CallError, no_answer, redacted};
use crate::hosts::salesforce::answer;
use crate::hosts::salesforce::record_shape::{Object, RecordShape};
use crate::hosts::salesforce::soql::is_name;
use crate::hosts::session::Session;
use crate::hosts::url::BaseUrl;
use crate::ports::{Clock, Http, HttpAnswer, HttpBody, HttpRequest, Tokens};

/// The org's own automation may take minutes (Salesforce sheet 13.1); giving up early only makes answers unknown.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(120);

/// How an org is reached.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The org's own address (My Domain): client credentials work nowhere else (Salesforce sheet 2.2).
    pub login_url: BaseUrl,
    pub client_id: String,
    pub client_secret: SecretString,
    /// Such as `v65.0`.
    pub api_version: String,
    /// The unique external id field of a case, such as `Community_Thread_Key__c`.
    pub thread_key_field: String,
    /// Whether the org's assignment rules run on a new case.
    pub auto_assign_on_create: bool,
}

/// How the data of an answer is read.
pub(super) type ReadAnswer = fn(&str, &HttpAnswer, Timestamp) -> Result<Json, CallError>;

/// One org.
pub struct Client {
    settings: Settings,
    http: Arc<dyn Http>,
    clock: Arc<dyn Clock>,
    session: Session,
    budget: Budget,
    /// By object, in the order of `Object`.
    shapes: [OnceCell<RecordShape>; 3],
    other_shapes: Mutex<BTreeMap<String, Arc<RecordShape>>>,
    /// Our user there; none where the org does not tell.
    us: OnceCell<Option<String>>,
    /// That of the bridge, once its rules are compiled.
    zone: OnceLock<TimeZone>,
}

impl Client {
    /// An org by the name that the configuration gives it; its token is kept as `salesforce:{name}`.
    pub fn new(
        name: &str,
        settings: Settings,
        http: Arc<dyn Http>,
        clock: Arc<dyn Clock>,
        tokens: Arc<dyn Tokens>,
    ) -> Arc<Self> {
        let session = Session::new(format!("salesforce:{name}"), tokens);
        Arc::new(Client {
            settings,
            http,
            clock,
            session,
            budget: Budget::default(),
            shapes: Default::default(),
            other_shapes: Mutex::default(),
            us: OnceCell::new(),
            zone: OnceLock::new(),
        })
    }

    /// Writes days as they are in this zone; the first one counts.
    pub fn in_zone(&self, zone: TimeZone) {
        let _is_first = self.zone.set(zone);
    }

    /// How it is reached.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What was spent here.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The page of a record, for people.
    pub fn page_url(&self, id: &str) -> String {
        self.settings.login_url.join(id)
    }

    /// What the records of an object look like in this org; asked once per start.
    pub async fn shape(&self, object: Object) -> Result<&RecordShape, HostError> {
        let ask = || async {
            let described = self.describe(object.name()).await?;
            Ok(RecordShape::read(&described, &self.settings.thread_key_field).in_zone(self.zone.get().cloned()))
        };
        self.shapes[object as usize].get_or_try_init(ask).await
    }

    /// The same for an object that a rule names.
    pub async fn shape_of(&self, object: &str) -> Result<Arc<RecordShape>, HostError> {
        let mut others = self.other_shapes.lock().await;
        if let Some(shape) = others.get(object) {
            return Ok(shape.clone());
        }
        let described = self.describe(object).await?;
        let shape = RecordShape::read(&described, &self.settings.thread_key_field);
        let shape = Arc::new(shape.in_zone(self.zone.get().cloned()));
        others.insert(object.to_owned(), shape.clone());
        Ok(shape)
    }

    /// What an object is made of, in the org's own words (Salesforce sheet 3.1).
    pub async fn describe(&self, object: &str) -> Result<Json, HostError> {
        let path = format!("sobjects/{object}/describe");
        let call = format!("salesforce: GET /{path}");
        if !is_name(object) {
            return Err(HostError::new(FailureClass::Refused, call, format!("`{object}` is not a name of an object")));
        }
        let url = self.data(&path);
        self.call(&call, Spent::Read, HttpRequest { method: "GET", url, ..Default::default() }).await
    }

    /// Creates records, each by itself; gives as many results as records, in order (Salesforce sheet 7.3).
    pub async fn create(&self, records: Vec<Json>) -> Result<Vec<Json>, HostError> {
        self.collection("POST", self.settings.auto_assign_on_create, records).await
    }

    /// Changes records, each by itself. The org's assignment rules never run on a change (Salesforce sheet 13.2): the
    /// owner would change to the default (F-093).
    pub async fn update(&self, records: Vec<Json>) -> Result<Vec<Json>, HostError> {
        self.collection("PATCH", false, records).await
    }

    /// Makes records or writes over them, by an external id field; only for what nobody else writes.
    pub async fn upsert(&self, object: &str, field: &str, records: Vec<Json>) -> Result<Vec<Json>, HostError> {
        let call = "salesforce: PATCH /composite/sobjects";
        if !is_name(object) || !is_name(field) {
            let said = format!("`{object}.{field}` is not a name of a field");
            return Err(HostError::new(FailureClass::Refused, call, said));
        }
        self.collection_at("PATCH", &format!("composite/sobjects/{object}/{field}"), false, records).await
    }

    async fn collection(&self, method: &'static str, assign: bool, records: Vec<Json>) -> Result<Vec<Json>, HostError> {
        self.collection_at(method, "composite/sobjects", assign, records).await
    }

    async fn collection_at(
        &self,
        method: &'static str,
        path: &str,
        assign: bool,
        records: Vec<Json>,
    ) -> Result<Vec<Json>, HostError> {
        let call = format!("salesforce: {method} /composite/sobjects");
        let count = records.len();
        let assign = if assign { "TRUE" } else { "FALSE" };
        let request = HttpRequest {
            method,
            url: self.data(path),
            headers: vec![("Sforce-Auto-Assign".into(), assign.into())],
            body: HttpBody::Json(json!({ "allOrNone": false, "records": records })),
            timeout: Some(WRITE_TIMEOUT),
            ..Default::default()
        };
        match self.call(&call, Spent::Write, request).await? {
            Json::Array(results) if results.len() == count => Ok(results),
            _ => {
                let error = HostError::new(FailureClass::Unreadable, call, "the answer names not every record");
                Err(HostError { maybe_applied: true, ..error })
            }
        }
    }

    /// The id of the user that we are there, asked once per start (Salesforce sheet 2.3). None where our app may not ask.
    pub async fn us(&self) -> Result<Option<&str>, HostError> {
        let ask = || async {
            let url = self.settings.login_url.join("services/oauth2/userinfo");
            let request = HttpRequest { method: "GET", url, ..Default::default() };
            match self.call("salesforce: GET /services/oauth2/userinfo", Spent::Read, request).await {
                Err(error) if error.is_temporary() || error.class == FailureClass::SignedOut => Err(error),
                told => Ok(told.ok().and_then(|told| told["user_id"].as_str().map(str::to_owned))),
            }
        };
        self.us.get_or_try_init(ask).await.map(Option::as_deref)
    }

    /// A call with the token in its header.
    pub(super) async fn call(&self, call: &str, spent: Spent, request: HttpRequest) -> Result<Json, HostError> {
        let with_token = |token: &SecretString| {
            let mut request = request.clone();
            let bearer = format!("Bearer {}", token.expose_secret());
            request.secret_headers.push(("authorization".into(), bearer.into()));
            request.headers.push(("Sforce-Call-Options".into(), "client=casebridge".into()));
            request
        };
        self.call_with(call, spent, with_token, answer::read).await
    }

    /// A call that holds the token somewhere, repeated once with a new one if the old one is dead (Salesforce sheet 2.4).
    pub(super) async fn call_with(
        &self,
        call: &str,
        spent: Spent,
        with_token: impl Fn(&SecretString) -> HttpRequest,
        read: ReadAnswer,
    ) -> Result<Json, HostError> {
        let token = self.session.token(None, self.sign_in()).await?;
        match self.once(call, spent, with_token(&token), read, &token).await {
            Err(CallError::DeadSession(_)) => {
                let token = self.session.token(Some(&token), self.sign_in()).await?;
                Ok(self.once(call, spent, with_token(&token), read, &token).await?)
            }
            answered => Ok(answered?),
        }
    }

    /// The token, for what stays open and notices by itself that it is dead: then one that is not that token.
    pub(super) async fn token(&self, dead: Option<&SecretString>) -> Result<SecretString, HostError> {
        self.session.token(dead, self.sign_in()).await
    }

    /// The answer to a request as it is, with the token in the header.
    pub(super) async fn exchange(
        &self,
        call: &str,
        mut request: HttpRequest,
        token: &SecretString,
    ) -> Result<HttpAnswer, HostError> {
        request.secret_headers.push(("authorization".into(), format!("Bearer {}", token.expose_secret()).into()));
        self.http.send(request).await.map_err(|failure| no_answer(call, failure))
    }

    /// The time that it goes by.
    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    async fn once(
        &self,
        call: &str,
        spent: Spent,
        request: HttpRequest,
        read: ReadAnswer,
        token: &SecretString,
    ) -> Result<Json, CallError> {
        self.budget.spend(spent);
        let answer = self.http.send(request).await.map_err(|failure| no_answer(call, failure))?;
        self.budget.hear(&answer);
        read(call, &answer, self.clock.now()).map_err(|error| match error {
            CallError::DeadSession(error) => CallError::DeadSession(redacted(error, &[token])),
            CallError::Failed(error) => CallError::Failed(redacted(error, &[token])),
        })
    }

    /// Gets a token for the app itself (Salesforce sheet 2.2, client credentials). `instance_url` is not used: it is
    /// the address that we asked.
    async fn sign_in(&self) -> Result<SecretString, HostError> {
        let call = "salesforce: POST /services/oauth2/token";
        let body = HttpBody::Form(vec![
            ("grant_type".into(), "client_credentials".to_owned().into()),
            ("client_id".into(), self.settings.client_id.clone().into()),
            ("client_secret".into(), self.settings.client_secret.clone()),
        ]);
        let url = self.settings.login_url.join("services/oauth2/token");
        self.budget.spend(Spent::Login);
        let sent = self.http.send(HttpRequest { method: "POST", url, body, ..Default::default() }).await;
        let answer = sent.map_err(|failure| HostError { maybe_applied: false, ..no_answer(call, failure) })?;
        // Every 400 here is for good, whatever its text (Salesforce sheet 2.2).
        let refused = |error: CallError| {
            let error = HostError::from(error);
            let class = if error.is_temporary() { error.class.clone() } else { FailureClass::SignedOut };
            redacted(HostError { class, maybe_applied: false, ..error }, &[&self.settings.client_secret])
        };
        let granted = answer::read(call, &answer, self.clock.now()).map_err(refused)?;
        match granted["access_token"].as_str().filter(|token| !token.is_empty()) {
            Some(token) => Ok(token.to_owned().into()),
            None => Err(HostError::new(FailureClass::Unreadable, call, "the answer holds no token")),
        }
    }

    pub(super) fn data(&self, path: &str) -> String {
        self.settings.login_url.join(&format!("services/data/{}/{path}", self.settings.api_version))
    }
}
