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
use crate::hosts::salesforce::sign_in::{Desk, Login, RefreshToken};
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
    pub login: Login,
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
    budget: Arc<Budget>,
    desk: Desk,
    /// By object, in the order of `Object`.
    shapes: [OnceCell<RecordShape>; 3],
    other_shapes: Mutex<BTreeMap<String, Arc<RecordShape>>>,
    /// Our user there; none where the org does not tell.
    us: OnceCell<Option<String>>,
    /// That of the bridge, once its rules are compiled.
    zone: OnceLock<TimeZone>,
    /// Once it is known that the org is of the kind that its address says.
    pub(super) looked: OnceCell<()>,
}

impl Client {
    /// An org by the name that the configuration gives it; its session is kept as `salesforce:{name}`.
    pub fn new(
        name: &str,
        settings: Settings,
        http: Arc<dyn Http>,
        clock: Arc<dyn Clock>,
        tokens: Arc<dyn Tokens>,
    ) -> Arc<Self> {
        let budget = Arc::<Budget>::default();
        let (login_url, desk_clock) = (settings.login_url.clone(), clock.clone());
        let desk = Desk { login_url, http: http.clone(), clock: desk_clock, budget: budget.clone() };
        let way = settings.login.way(&desk);
        let session = Session::new(format!("salesforce:{name}"), tokens, clock.clone(), way);
        Arc::new(Client {
            settings,
            http,
            clock,
            session,
            budget,
            desk,
            shapes: Default::default(),
            other_shapes: Mutex::default(),
            us: OnceCell::new(),
            zone: OnceLock::new(),
            looked: OnceCell::new(),
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

    /// The connection: who is signed in, and where it stands.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The app that a person consents to; none for the other kinds of login.
    pub fn consent(&self) -> Option<RefreshToken> {
        self.settings.login.consent(&self.desk)
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

    /// Moves records into the recycle bin, each by itself (Salesforce sheet 7.3).
    pub async fn delete(&self, ids: &[&str]) -> Result<Vec<Json>, HostError> {
        let call = "salesforce: DELETE /composite/sobjects";
        let url = self.data(&format!("composite/sobjects?allOrNone=false&ids={}", ids.join(",")));
        let request = HttpRequest { method: "DELETE", url, timeout: Some(WRITE_TIMEOUT), ..Default::default() };
        self.each_of(call, ids.len(), request).await
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
        self.each_of(&call, count, request).await
    }

    /// The results of a write, one for each record.
    async fn each_of(&self, call: &str, count: usize, request: HttpRequest) -> Result<Vec<Json>, HostError> {
        match self.call(call, Spent::Write, request).await? {
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
        let with_token = |token: &SecretString| bearing(&request, token);
        let (answered, token) = self.answer_to(call, spent, with_token, answer::read).await?;
        if let Err(CallError::DeadSession(error)) = &answered
            && error.class == FailureClass::SignedOut
        {
            self.session.lost(&token, error).await;
        }
        Ok(answered?)
    }

    /// A call that holds the token somewhere; one that takes no such session at all says nothing about our rights.
    pub(super) async fn call_with(
        &self,
        call: &str,
        spent: Spent,
        with_token: impl Fn(&SecretString) -> HttpRequest,
        read: ReadAnswer,
    ) -> Result<Json, CallError> {
        self.answer_to(call, spent, with_token, read).await?.0
    }

    /// The answer, and the token with which it was asked for: once more with a new one if the old one is dead (Salesforce
    /// sheet 2.4). Dead once more: the rights are gone.
    async fn answer_to(
        &self,
        call: &str,
        spent: Spent,
        with_token: impl Fn(&SecretString) -> HttpRequest,
        read: ReadAnswer,
    ) -> Result<(Result<Json, CallError>, SecretString), HostError> {
        let token = self.session.token(None).await?;
        if spent == Spent::Write {
            self.look_where_we_are(&token).await.map_err(HostError::before_the_write)?;
        }
        let (answered, token) = match self.once(call, spent, with_token(&token), read, &token).await {
            Err(CallError::DeadSession(_)) => {
                let token = self.session.token(Some(&token)).await?;
                (self.once(call, spent, with_token(&token), read, &token).await, token)
            }
            answered => (answered, token),
        };
        Ok((answered.inspect(|_| self.session.worked()), token))
    }

    /// The token, for what stays open and notices by itself that it is dead: then one that is not that token.
    pub(super) async fn token(&self, dead: Option<&SecretString>) -> Result<SecretString, HostError> {
        self.session.token(dead).await
    }

    /// The answer to a request as it is, with the token in the header.
    pub(super) async fn exchange(
        &self,
        call: &str,
        request: HttpRequest,
        token: &SecretString,
    ) -> Result<HttpAnswer, HostError> {
        let request = bearing(&HttpRequest { url: self.at_instance(request.url), ..request }, token);
        self.http.send(request).await.map_err(|failure| no_answer(call, failure))
    }

    /// The time that it goes by.
    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub(super) async fn once(
        &self,
        call: &str,
        spent: Spent,
        request: HttpRequest,
        read: ReadAnswer,
        token: &SecretString,
    ) -> Result<Json, CallError> {
        let request = HttpRequest { url: self.at_instance(request.url), ..request };
        self.budget.spend(spent);
        let answer = self.http.send(request).await.map_err(|failure| no_answer(call, failure))?;
        self.budget.hear(&answer);
        read(call, &answer, self.clock.now()).map_err(|error| match error {
            CallError::DeadSession(error) => CallError::DeadSession(redacted(error, &[token])),
            CallError::Failed(error) => CallError::Failed(redacted(error, &[token])),
        })
    }

    pub(super) fn data(&self, path: &str) -> String {
        self.settings.login_url.join(&format!("services/data/{}/{path}", self.settings.api_version))
    }
}

/// A request with the token in its header.
pub(super) fn bearing(request: &HttpRequest, token: &SecretString) -> HttpRequest {
    let mut request = request.clone();
    let bearer = format!("Bearer {}", token.expose_secret());
    request.secret_headers.push(("authorization".into(), bearer.into()));
    request.headers.push(("Sforce-Call-Options".into(), "client=casebridge".into()));
    request
}
