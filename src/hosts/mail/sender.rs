//! Writes a mail and hands it to the server.

use lettre::Message;
use lettre::message::header::ContentType;

use crate::failure::{FailureClass, HostError};
use crate::hosts::mail::Server;

/// Whom mails come from, and through which server.
#[derive(Clone, Debug)]
pub struct Sender {
    pub server: Server,
    pub from: String,
}

impl Sender {
    /// Sends a text to some addresses at once; with an `id` the same mail can be told again by whoever gets it twice.
    pub async fn send(&self, to: &[String], subject: &str, body: &str, id: Option<&str>) -> Result<(), HostError> {
        let message = self.message(to, subject, body, id).map_err(|why| {
            HostError::new(FailureClass::Refused, self.server.call(), format!("it is no mail: {why}"))
        })?;
        self.server.send(&message).await
    }

    fn message(&self, to: &[String], subject: &str, body: &str, id: Option<&str>) -> Result<Message, Failed> {
        let mut builder = Message::builder().from(self.from.parse()?).subject(on_one_line(subject));
        for to in to {
            builder = builder.to(to.parse()?);
        }
        if let Some(id) = id {
            let domain = self.from.rsplit('@').next().unwrap_or("localhost");
            builder = builder.message_id(Some(format!("<{id}@{domain}>")));
        }
        Ok(builder.header(ContentType::TEXT_PLAIN).body(body.to_owned())?)
    }
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// A break in a subject would begin another header.
fn on_one_line(subject: &str) -> String {
    let spaced: String = subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}
