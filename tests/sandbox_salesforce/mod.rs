//! The sandbox's Salesforce org over real HTTP: what a connector meets there, one sentence a test.

mod aggregates;
mod bulk;
mod collections;
mod edits;
mod families;
mod large;
mod oauth;
mod outbound;
mod queries;
mod random;
mod records;
mod recycle;
mod rest;
mod schema;
mod search;
mod sign_in;
mod soap;
mod streaming;
mod tls;
mod vectors;

use std::sync::Arc;

use casebridge::sandbox::clock::Clock;
use casebridge::sandbox::salesforce::Salesforce;
use casebridge::sandbox::{Logins, SandboxHost};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

/// The keys of a field's descriptor (Salesforce sheet 3.1).
const DESCRIPTOR: &str = "name,label,type,length,byteLength,precision,scale,digits,soapType,nillable,createable,updateable,\
    defaultedOnCreate,defaultValue,custom,calculated,calculatedFormula,autoNumber,unique,caseSensitive,\
    externalId,idLookup,nameField,namePointing,filterable,groupable,sortable,aggregatable,permissionable,\
    restrictedPicklist,dependentPicklist,controllerName,picklistValues,referenceTo,relationshipName,\
    relationshipOrder,referenceTargetField,cascadeDelete,restrictedDelete,writeRequiresMasterRead,\
    htmlFormatted,highScaleNumber,encrypted,mask,maskType,inlineHelpText,extraTypeInfo,compoundFieldName,\
    polymorphicForeignKey,queryByDistance,searchPrefilterable,deprecatedAndHidden,displayLocationInDecimal,\
    filteredLookupInfo,formulaTreatNullNumberAsZero,aiPredictionField";

/// A served org and a client that is signed in to it.
struct Org {
    url: String,
    host: Arc<Salesforce>,
    clock: Arc<Clock>,
    http: reqwest::Client,
    token: String,
}

impl Org {
    async fn fresh() -> Org {
        Org::with(&Logins::default()).await
    }

    async fn with(logins: &Logins) -> Org {
        let clock = Arc::new(Clock::default());
        let host = Salesforce::with_logins(clock.clone(), 7, logins).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = host.clone().router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut org = Org { url, host, clock, http, token: String::new() };
        org.sign_in().await;
        org
    }

    async fn sign_in(&mut self) {
        let answer = self.token(&self.credentials()).await;
        self.token = answer.1["access_token"].as_str().unwrap().to_owned();
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        let logins = self.host.logins(&self.url);
        let text = |name: &str| logins[name].as_str().unwrap().to_owned();
        vec![
            ("grant_type", "client_credentials".into()),
            ("client_id", text("client_id")),
            ("client_secret", text("client_secret")),
        ]
    }

    async fn token(&self, form: &[(&'static str, String)]) -> (u16, Value) {
        let answer = self.http.post(format!("{}/services/oauth2/token", self.url)).form(form).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}/services/data/v65.0/{path}", self.url)).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        told(self.ask(Method::GET, path).send().await.unwrap()).await
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        told(self.ask(method, path).json(&body).send().await.unwrap()).await
    }

    async fn create(&self, object: &str, body: Value) -> String {
        let (status, answer) = self.send(Method::POST, &format!("sobjects/{object}"), body).await;
        assert_eq!(status, 201, "{answer}");
        answer["id"].as_str().unwrap().to_owned()
    }

    async fn read(&self, object: &str, id: &str) -> Value {
        self.get(&format!("sobjects/{object}/{id}")).await.1
    }

    async fn change(&self, object: &str, id: &str, body: Value) -> (u16, Value) {
        self.send(Method::PATCH, &format!("sobjects/{object}/{id}"), body).await
    }

    /// Why a create is refused: code, message, fields.
    async fn refusal(&self, object: &str, body: Value) -> (String, String, Value) {
        let (status, answer) = self.send(Method::POST, &format!("sobjects/{object}"), body).await;
        assert_eq!(status, 400, "{answer}");
        let text = |name: &str| answer[0][name].as_str().unwrap().to_owned();
        (text("errorCode"), text("message"), answer[0]["fields"].clone())
    }

    fn host_switches(&self, switches: Value) {
        self.host.set_switches(&switches).unwrap();
    }

    async fn query(&self, statement: &str) -> (u16, Value) {
        let request = self.ask(Method::GET, "query").query(&[("q", statement)]);
        told(request.send().await.unwrap()).await
    }

    /// The values of one column of a query's rows.
    async fn column(&self, statement: &str, pointer: &str) -> Vec<Value> {
        let (status, answer) = self.query(statement).await;
        assert_eq!(status, 200, "{statement}: {answer}");
        let rows = answer["records"].as_array().unwrap().iter();
        rows.map(|row| row.pointer(pointer).unwrap_or(&Value::Null).clone()).collect()
    }

    /// The ids of all records of a list in the world, in order.
    fn world(&self, list: &str) -> Vec<Value> {
        self.host.world()[list].as_array().unwrap().clone()
    }
}

async fn told(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let body = answer.text().await.unwrap();
    (status, serde_json::from_str(&body).unwrap_or(Value::Null))
}

fn case_record(fields: Value) -> Value {
    let mut record = json!({"attributes": {"type": "Case"}});
    record.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    record
}
