//! One conversation with an org, from its handshake on: subscriptions, and polls that the org holds until there is news.
//!
//! It ends with the first call that gets no whole answer: the org takes what it sent for heard, so only a new
//! conversation, from where the channels were kept, is sure to hear it again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value as Json, json};

use super::bayeux::{self, Answer, Broken, Event};
use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error::redacted;
use crate::hosts::salesforce::Client;
use crate::ports::{HttpAnswer, HttpBody, HttpRequest};

/// How long an org holds a poll, unless it says otherwise (Salesforce sheet 9.2).
const HELD: Duration = Duration::from_secs(110);
/// No advice counts beyond this.
const LONGEST: Duration = Duration::from_secs(600);
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// A conversation.
pub struct Conversation {
    org: Arc<Client>,
    token: SecretString,
    /// What the org calls us.
    id: String,
    cookies: Cookies,
    held: Duration,
    /// Messages so far; each has its number.
    said: u64,
    /// How long the org wants to be left alone before the next poll.
    pub interval: Duration,
}

/// What a poll brought.
pub struct Heard {
    pub events: Vec<Event>,
    /// Whether the conversation goes on.
    pub then: Result<(), Broken>,
}

impl Conversation {
    /// A handshake.
    pub async fn begin(org: &Arc<Client>, token: SecretString) -> Result<Self, Broken> {
        let mut conversation = Conversation {
            org: org.clone(),
            token,
            id: String::new(),
            cookies: Cookies::default(),
            held: HELD,
            said: 0,
            interval: Duration::ZERO,
        };
        let reply = conversation.say(bayeux::handshake(), None).await?.reply?;
        conversation.id = reply["clientId"].as_str().unwrap_or_default().to_owned();
        if conversation.id.is_empty() {
            let said = "the handshake gives no client id";
            return Err(HostError::new(FailureClass::Unreadable, call(bayeux::HANDSHAKE), said).into());
        }
        Ok(conversation)
    }

    /// Asks for what a channel tells after a place: a replay id, -1 for only what is new, -2 for all that is kept.
    pub async fn subscribe(&mut self, channel: &str, after: i64) -> Result<(), Broken> {
        let message = bayeux::subscribe(&self.id, channel, after);
        self.say(message, None).await?.reply?;
        Ok(())
    }

    /// Waits until there is news, or the org wants to be asked again.
    pub async fn connect(&mut self) -> Result<Heard, Broken> {
        let message = bayeux::connect(&self.id);
        // A fifth more than the org holds it: the answer needs its time, too.
        let answer = self.say(message, Some(self.held + self.held / 5)).await?;
        Ok(Heard { events: answer.events, then: answer.reply.map(|_| ()) })
    }

    /// Says goodbye, so that the org forgets us at once: the number of those who listen is limited (Salesforce sheet 12).
    pub async fn end(mut self) {
        let message = bayeux::disconnect(&self.id);
        if let Err(broken) = self.say(message, Some(GOODBYE)).await {
            tracing::debug!("the org did not hear that we stop listening: {}", broken.error);
        }
    }

    async fn say(&mut self, mut message: Json, timeout: Option<Duration>) -> Result<Answer, Broken> {
        self.said += 1;
        message["id"] = self.said.to_string().into();
        let channel = message["channel"].as_str().unwrap_or_default().to_owned();
        let settings = self.org.settings();
        let version = settings.api_version.trim_start_matches('v');
        let request = HttpRequest {
            method: "POST",
            url: settings.login_url.join(&format!("cometd/{version}")),
            secret_headers: self.cookies.header().into_iter().collect(),
            body: HttpBody::Json(json!([message])),
            timeout,
            ..Default::default()
        };
        let call = call(&channel);
        let answer = self.org.exchange(&call, request, &self.token).await?;
        self.cookies.hear(&answer);
        let clean = |broken: Broken| Broken { error: redacted(broken.error, &[&self.token]), ..broken };
        let answer = bayeux::read(&call, &channel, &answer, self.org.clock().now()).map_err(clean)?;
        let reply = answer.reply.map_err(clean);
        if let Ok(reply) = &reply {
            self.heed(&reply["advice"]);
        }
        Ok(Answer { reply, ..answer })
    }

    fn heed(&mut self, advice: &Json) {
        let span = |name: &str| advice[name].as_u64().map(Duration::from_millis).map(|span| span.min(LONGEST));
        self.interval = span("interval").unwrap_or(self.interval);
        self.held = span("timeout").unwrap_or(self.held).max(GOODBYE);
    }
}

/// What a call is called for people.
fn call(channel: &str) -> String {
    format!("salesforce: POST /cometd {}", channel.trim_start_matches("/meta/"))
}

/// What the org wants to get back with each call, else it does not know us (Salesforce sheet 9.2).
#[derive(Default)]
struct Cookies(BTreeMap<String, SecretString>);

impl Cookies {
    fn hear(&mut self, answer: &HttpAnswer) {
        let lines = answer.headers.get("set-cookie").into_iter().flat_map(|lines| lines.lines());
        for (name, value) in lines.filter_map(|line| line.split(';').next()?.split_once('=')) {
            let (name, value) = (name.trim().to_owned(), value.trim());
            match value {
                "" => self.0.remove(&name),
                value => self.0.insert(name, value.to_owned().into()),
            };
        }
    }

    fn header(&self) -> Option<(String, SecretString)> {
        let pair = |(name, value): (&String, &SecretString)| format!("{name}={}", value.expose_secret());
        let pairs: Vec<String> = self.0.iter().map(pair).collect();
        (!pairs.is_empty()).then(|| ("cookie".to_owned(), pairs.join("; ").into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cookie_goes_back_until_it_is_taken_away() {
        let mut cookies = Cookies::default();
        let mut hear = |lines: &str| {
            let headers = [("set-cookie".to_owned(), lines.to_owned())].into();
            cookies.hear(&HttpAnswer { status: 200, headers, body: vec![] });
            cookies.header().map(|(_, value)| value.expose_secret().to_owned())
        };
        let two = "BAYEUX_BROWSER=a-1;Path=/cometd/;HttpOnly\nsfdc-stream=x=y; expires=Wed, 04-Mar-2026 10:00:00 GMT";
        assert_eq!(hear(two).as_deref(), Some("BAYEUX_BROWSER=a-1; sfdc-stream=x=y"));
        assert_eq!(hear("sfdc-stream=; Max-Age=0").as_deref(), Some("BAYEUX_BROWSER=a-1"));
    }
}
