//! Calls to one community: the session, the pace, what is counted, and searches page by page.
//!
//! Nothing is repeated here but a call that a dead session met, once; waiting is the engine's.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::failure::{FailureClass, HostError};
use crate::hosts::budget::{Budget, Spent};
use crate::hosts::host_error::{CallError, redacted};
use crate::hosts::khoros::answer;
use crate::hosts::khoros::columns::Columns;
use crate::hosts::khoros::liql::Liql;
use crate::hosts::khoros::others::Others;
use crate::hosts::khoros::sign_in::{Key, Login, OAuth};
use crate::hosts::khoros::wire::Wire;
use crate::hosts::session::Session;
use crate::hosts::url::{BaseUrl, Gate, with_query};
use crate::ports::{Clock, Http, HttpBody, HttpRequest, Tokens};

/// How a community is reached (CON-2 to CON-4).
#[derive(Clone, Debug)]
pub struct Settings {
    pub base_url: BaseUrl,
    /// `t5` or `t5/s`; part of v2 addresses where the proxy is on.
    pub context: String,
    pub tenant_id: String,
    /// Always on for Aurora.
    pub proxy: bool,
    pub login: Login,
    /// HT credentials of a staging community.
    pub ht: Option<Gate>,
    /// Requests a second to begin with; none: no pace (the sandbox).
    pub pace: Option<f64>,
}

/// One community.
pub struct Client {
    settings: Settings,
    pub(super) wire: Arc<Wire>,
    session: Session,
    columns: Columns,
    pub(super) others: Others,
}

/// One page of a search.
#[derive(Debug, Default)]
pub struct Page {
    pub items: Vec<Json>,
    pub next: Option<String>,
}

impl Client {
    /// A community by the name that the configuration gives it; its session is kept as `khoros:{name}`.
    pub fn new(
        name: &str,
        settings: Settings,
        http: Arc<dyn Http>,
        clock: Arc<dyn Clock>,
        tokens: Arc<dyn Tokens>,
    ) -> Arc<Self> {
        let wire = Wire::new(settings.base_url.clone(), settings.ht.clone(), settings.pace, http, clock.clone());
        let way = settings.login.way(&wire, &settings.tenant_id);
        let session = Session::new(format!("khoros:{name}"), tokens, clock, way);
        let (columns, others) = Default::default();
        Arc::new(Client { settings, wire, session, columns, others })
    }

    /// The connection: who is signed in, and where it stands.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The app that a person consents to; none where a password signs in.
    pub fn oauth(&self) -> Option<OAuth> {
        let is_oauth = matches!(self.settings.login, Login::OAuth { .. });
        is_oauth.then(|| OAuth::new(&self.wire, &self.settings.login, &self.settings.tenant_id))
    }

    /// The id of the community, part of every case's external id.
    pub fn tenant(&self) -> &str {
        &self.settings.tenant_id
    }

    /// Whether a login is the connector's own; its replies do not count (ESC-4).
    pub fn is_own(&self, login: &str) -> bool {
        match &self.settings.login {
            Login::Session { user, .. } => user.eq_ignore_ascii_case(login),
            Login::OAuth { .. } => self.session.kept().login.is_some_and(|own| own.eq_ignore_ascii_case(login)),
        }
    }

    /// What was spent here.
    pub fn budget(&self) -> &Budget {
        &self.wire.budget
    }

    /// Which fields it knows.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// An address as a person opens it; the host gives whole ones or paths.
    pub fn page_url(&self, href: &str) -> String {
        if href.starts_with('/') { self.settings.base_url.at_root(href) } else { href.to_owned() }
    }

    /// Whether an address is one of the community.
    pub fn is_home_of(&self, address: &str) -> bool {
        self.settings.base_url.is_home_of(address)
    }

    /// One page of a search; always a GET (Khoros sheet 4.1).
    pub async fn search(&self, query: &Liql) -> Result<Page, HostError> {
        let data = self.call("khoros: GET /search", Spent::Read, self.asking(query)).await?;
        let next = data["next_cursor"].as_str().map(str::to_owned);
        match data["items"].as_array() {
            Some(items) => Ok(Page { items: items.clone(), next }),
            None => {
                let said = "the answer to a search holds no rows";
                Err(HostError::new(FailureClass::Unreadable, "khoros: GET /search", said))
            }
        }
    }

    /// All rows of a search. Only a missing cursor ends it; a short page does not (Khoros sheet 3.1).
    pub async fn search_all(&self, query: &Liql) -> Result<Vec<Json>, HostError> {
        let mut rows = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.search(&query.clone().from_cursor(cursor.clone())).await?;
            rows.extend(page.items);
            match page.next {
                None => return Ok(rows),
                Some(next) if Some(&next) == cursor.as_ref() => {
                    let said = "the search gives the same page for ever";
                    return Err(HostError::new(FailureClass::Unreadable, "khoros: GET /search", said));
                }
                next => cursor = next,
            }
        }
    }

    /// All rows of a search for some fields of a collection; those that the community does not know are left out.
    pub async fn search_fields(
        &self,
        fields: &[&'static str],
        from: &str,
        narrow: impl Fn(Liql) -> Liql,
    ) -> Result<Vec<Json>, HostError> {
        loop {
            let query = narrow(Liql::select(&self.columns.known(fields), from));
            match self.search_all(&query).await {
                Err(error) if error.class == FailureClass::Refused => {
                    if !self.columns.find_out(self, from, fields).await? {
                        return Err(error);
                    }
                }
                answered => return answered,
            }
        }
    }

    /// How many rows a search has; it gives none of them (Khoros sheet 3.1).
    pub async fn count(&self, query: &Liql) -> Result<i64, HostError> {
        let data = self.call("khoros: GET /search", Spent::Read, self.asking(query)).await?;
        data["count"].as_i64().ok_or_else(|| {
            HostError::new(FailureClass::Unreadable, "khoros: GET /search", "the answer to a count holds no number")
        })
    }

    /// All rows of a search that somebody without an account would see.
    pub async fn search_anonymously(&self, query: &Liql) -> Result<Vec<Json>, HostError> {
        let call = "khoros: GET /search without a session";
        let mut rows = Vec::new();
        let mut cursor = None;
        loop {
            let request = self.asking(&query.clone().from_cursor(cursor.clone()));
            let answer = self.wire.send(call, Spent::Read, request).await?;
            let data = answer::read(call, &answer, self.wire.clock.now())?;
            rows.extend(data["items"].as_array().into_iter().flatten().cloned());
            match data["next_cursor"].as_str().map(str::to_owned) {
                next if next.is_some() && next != cursor => cursor = next,
                _ => return Ok(rows),
            }
        }
    }

    fn asking(&self, query: &Liql) -> HttpRequest {
        let url = with_query(&self.v2("search"), &[("q", &query.to_string())]);
        HttpRequest { method: "GET", url, ..HttpRequest::default() }
    }

    /// Posts one thing below a v2 path (Khoros sheet 7).
    pub async fn post(&self, path: &str, data: Json) -> Result<Json, HostError> {
        let body = HttpBody::Json(json!({ "data": data }));
        let request = HttpRequest { method: "POST", url: self.v2(path), body, ..HttpRequest::default() };
        self.call(&format!("khoros: POST /{path}"), Spent::Write, request).await
    }

    /// Takes away what stands at a v2 path, every part of it encoded.
    pub async fn delete(&self, path: &str) -> Result<Json, HostError> {
        let request = HttpRequest { method: "DELETE", url: self.v2(path), ..HttpRequest::default() };
        self.call(&format!("khoros: DELETE /{path}"), Spent::Write, request).await
    }

    /// A call with our key, repeated once with a new one if the old one is dead (Khoros sheet 2.2).
    async fn call(&self, call: &str, spent: Spent, request: HttpRequest) -> Result<Json, HostError> {
        let key = self.own_key(None).await?;
        match self.once(call, spent, &request, &key).await {
            Err(CallError::DeadSession(_)) => {
                let key = self.own_key(Some(&key)).await?;
                let again = self.once(call, spent, &request, &key).await;
                if let Err(error) = &again {
                    self.note_death(error, &key).await;
                }
                Ok(again.inspect(|_| self.session.worked())?)
            }
            answered => Ok(answered.inspect(|_| self.session.worked())?),
        }
    }

    /// A key that was just given is dead as well: the rights are gone.
    pub(super) async fn note_death(&self, error: &CallError, key: &Key) {
        if let CallError::DeadSession(error) = error
            && error.class == FailureClass::SignedOut
        {
            self.session.lost(key.secret(), error).await;
        }
    }

    pub(super) async fn once(
        &self,
        call: &str,
        spent: Spent,
        request: &HttpRequest,
        key: &Key,
    ) -> Result<Json, CallError> {
        let mut request = request.clone();
        key.put(&mut request);
        let answer = self.wire.send(call, spent, request).await?;
        answer::read(call, &answer, self.wire.clock.now()).map_err(|error| match error {
            CallError::DeadSession(error) => CallError::DeadSession(redacted(error, &[key.secret()])),
            CallError::Failed(error) => CallError::Failed(redacted(error, &[key.secret()])),
        })
    }

    /// The connector's own key; with `dead`, another than that one.
    pub(super) async fn own_key(&self, dead: Option<&Key>) -> Result<Key, HostError> {
        let secret = self.session.token(dead.map(Key::secret)).await?;
        Ok(match &self.settings.login {
            Login::Session { .. } => Key::Session(secret),
            Login::OAuth { client_id, .. } => Key::Bearer(secret, client_id.clone()),
        })
    }

    /// The present moment.
    pub(super) fn now(&self) -> jiff::Timestamp {
        self.wire.clock.now()
    }

    /// An address of the older API.
    pub(super) fn v1(&self, path: &str) -> String {
        self.settings.base_url.join(&format!("restapi/vc/{path}"))
    }

    /// A read of the older API, as JSON (Khoros sheet 9).
    pub async fn get_v1(&self, path: &str, query: &[(&str, &str)]) -> Result<Json, HostError> {
        let query: Vec<(&str, &str)> = query.iter().copied().chain([("restapi.response_format", "json")]).collect();
        let request = HttpRequest { method: "GET", url: with_query(&self.v1(path), &query), ..HttpRequest::default() };
        self.call(&format!("khoros: GET /{path}"), Spent::Read, request).await
    }

    /// One object of v2, as it is: the index that searches read may lag (Khoros sheet 3.1, 13.3).
    pub async fn get(&self, path: &str) -> Result<Json, HostError> {
        let request = HttpRequest { method: "GET", url: self.v2(path), ..HttpRequest::default() };
        self.call(&format!("khoros: GET /{path}"), Spent::Read, request).await
    }

    /// The same; nothing where it is not there, or is shown to nobody like us.
    pub async fn get_if_there(&self, path: &str) -> Result<Option<Json>, HostError> {
        match self.get(path).await {
            Ok(object) => Ok(Some(object)),
            Err(error) if matches!(error.class, FailureClass::NotFound | FailureClass::Refused) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Changes what stands at a v2 path.
    pub async fn put(&self, path: &str, data: Json) -> Result<Json, HostError> {
        let body = HttpBody::Json(json!({ "data": data }));
        let request = HttpRequest { method: "PUT", url: self.v2(path), body, ..HttpRequest::default() };
        self.call(&format!("khoros: PUT /{path}"), Spent::Write, request).await
    }

    pub(super) fn v2(&self, path: &str) -> String {
        let base = &self.settings.base_url;
        match self.settings.proxy {
            true => base.join(&format!("{}/api/2.0/{path}", self.settings.context.trim_matches('/'))),
            false => base.join(&format!("api/2.0/{path}")),
        }
    }
}
