//! A community to test against, and one who calls it.

use casebridge::sandbox::{Options, Sandbox, SceneChoice, start};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

/// A running community and a client that may be signed in.
pub struct Site {
    pub sandbox: Sandbox,
    pub http: Client,
    pub key: Option<String>,
}

impl Site {
    /// The small scene, with nobody signed in.
    pub async fn small() -> Self {
        Self::with(Options::default()).await
    }

    /// Board `help` and `ana`, `ben`, with these lists on top.
    pub async fn scene(lists: Value) -> Self {
        let mut scene = json!({
            "boards": [{ "id": "help", "title": "Help" }],
            "members": [
                { "id": "5", "login": "ana", "email": "ana@people.test", "password": "a&b<c>\"'+/= é" },
                { "id": "6", "login": "ben", "email": "ben@people.test", "password": "ben" },
            ],
        });
        let (Value::Object(scene_lists), Value::Object(lists)) = (&mut scene, lists) else { panic!("lists") };
        scene_lists.extend(lists);
        Self::with(Options { scene: SceneChoice::Value(scene), ..Options::default() }).await
    }

    pub async fn with(options: Options) -> Self {
        let sandbox = start(options).await.expect("a sandbox");
        Self { sandbox, http: Client::builder().pool_max_idle_per_host(0).build().expect("a client"), key: None }
    }

    /// Signs the connector in.
    pub async fn signed_in(mut self) -> Self {
        let khoros = &self.sandbox.hosts["khoros"];
        let (login, password) =
            (khoros["login"].as_str().expect("login"), khoros["password"].as_str().expect("password"));
        let answer = self.login(&[("user.login", login), ("user.password", password)]).await;
        self.key = Some(key(&answer));
        self
    }

    /// The same site for a member, by the connector's key.
    pub async fn key_of(&self, login: &str) -> String {
        key(&self.login(&[("user.login", login)]).await)
    }

    /// A v1 login by form, asked for JSON.
    pub async fn login(&self, form: &[(&str, &str)]) -> Value {
        let login =
            self.request(Method::POST, "/restapi/vc/authentication/sessions/login?restapi.response_format=json");
        login.form(form).send().await.expect("an answer").json().await.expect("JSON")
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.sandbox.khoros_url));
        match &self.key {
            Some(key) => request.header("li-api-session-key", key),
            None => request,
        }
    }

    /// The raw answer to a query.
    pub async fn ask(&self, liql: &str) -> Response {
        self.request(Method::GET, "/api/2.0/search").query(&[("q", liql)]).send().await.expect("an answer")
    }

    /// The `data` of a query that must succeed.
    pub async fn search(&self, liql: &str) -> Value {
        let answer: Value = self.ask(liql).await.json().await.expect("JSON");
        assert_eq!(answer["status"], "success", "{liql}: {answer}");
        answer["data"].clone()
    }

    /// The ids that a query gives.
    pub async fn ids(&self, liql: &str) -> Vec<String> {
        let data = self.search(liql).await;
        let items = data["items"].as_array().expect("items");
        items.iter().map(|item| item["id"].as_str().expect("an id as text").to_owned()).collect()
    }

    /// A query that must fail with "Invalid query syntax".
    pub async fn refuses(&self, liql: &str) {
        let answer = self.ask(liql).await;
        assert_eq!(answer.status(), 400, "{liql}");
        let answer: Value = answer.json().await.expect("JSON");
        assert_eq!(answer["message"], "Invalid query syntax", "{liql}");
    }

    /// A v2 write; gives HTTP status and answer.
    pub async fn send(&self, method: Method, path: &str, data: Value) -> (u16, Value) {
        let answer = self.request(method, path).json(&json!({ "data": data })).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    /// A v2 write that must succeed; gives its `data`.
    pub async fn post(&self, path: &str, data: Value) -> Value {
        let (_, answer) = self.send(Method::POST, path, data).await;
        assert_eq!(answer["status"], "success", "{path}: {answer}");
        answer["data"].clone()
    }

    /// A control call that must succeed.
    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let answer = self.request(method, &format!("/_sandbox/{path}")).json(&body).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {:?}", answer.text().await);
        answer.json().await.expect("JSON")
    }

    pub async fn switch(&self, switches: Value) {
        self.control(Method::POST, "switches", switches).await;
    }
}

fn key(answer: &Value) -> String {
    answer["response"]["value"]["$"].as_str().unwrap_or_else(|| panic!("no key in {answer}")).to_owned()
}

/// Two plain threads.
pub fn two_threads() -> Value {
    json!({ "threads": [
        { "id": "101", "board": "help", "author": "ana", "subject": "One", "body": "<p>1</p>", "age": "60 hours" },
        { "id": "102", "board": "help", "author": "ana", "subject": "Two", "body": "<p>2</p>", "age": "50 hours" },
    ]})
}
