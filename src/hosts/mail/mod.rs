//! Mail to people of our own side: a real SMTP client (CON-7).
//!
//! When something is mailed is decided in `service/incidents.rs`. Whether mail itself works is kept beside the tokens, so
//! that `connect status` says it also while the service holds the store.

use std::sync::Arc;
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

use crate::ports::Tokens;

/// The name under which the last failure of mail is kept.
const KEPT: &str = "mail";
const PATIENCE: Duration = Duration::from_secs(30);

/// The mail server.
#[derive(Clone, Debug)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub way: Way,
    pub login: Option<(String, SecretString)>,
}

/// How it is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Plain,
    StartTls,
    Tls,
}

/// Sends mails.
#[derive(Clone)]
pub struct Mailer {
    server: Server,
    from: String,
    to: Vec<String>,
    tokens: Arc<dyn Tokens>,
}

impl Mailer {
    /// A mailer; nothing is connected before there is something to send.
    pub fn new(server: Server, from: String, to: Vec<String>, tokens: Arc<dyn Tokens>) -> Self {
        Mailer { server, from, to, tokens }
    }

    /// Sends a text to everybody at once. A failure is also kept, until one gets through.
    pub async fn send_mail(&self, subject: &str, body: &str) -> Result<(), String> {
        let sent = self.try_to_send(subject, body).await.map_err(|why| match &self.server.login {
            Some((_, password)) if password.expose_secret().len() >= 4 => {
                why.replace(password.expose_secret(), "[secret]")
            }
            _ => why,
        });
        let kept = sent.as_ref().err().map(|why| SecretString::from(why.clone()));
        if self.tokens.get(KEPT).is_some() || kept.is_some() {
            // A failure that cannot be noted down is still returned.
            let _unkept = self.tokens.put(KEPT, kept);
        }
        sent
    }

    async fn try_to_send(&self, subject: &str, body: &str) -> Result<(), String> {
        let said = |error: &dyn std::fmt::Display| format!("mail through {}: {error}", self.server.host);
        let message = self.message(subject, body).map_err(|error| said(&error))?;
        let transport = self.transport().map_err(|error| said(&error))?;
        transport.send(message).await.map(|_| ()).map_err(|error| said(&error))
    }

    fn message(&self, subject: &str, body: &str) -> Result<Message, Box<dyn std::error::Error + Send + Sync>> {
        let mut builder = Message::builder().from(self.from.parse()?).subject(subject);
        for to in &self.to {
            builder = builder.to(to.parse()?);
        }
        Ok(builder.header(ContentType::TEXT_PLAIN).body(body.to_owned())?)
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
        type Smtp = AsyncSmtpTransport<Tokio1Executor>;
        let Server { host, port, way, login } = &self.server;
        let builder = match way {
            Way::Plain => Smtp::builder_dangerous(host),
            Way::StartTls => Smtp::starttls_relay(host)?,
            Way::Tls => Smtp::relay(host)?,
        };
        let builder = builder.port(*port).timeout(Some(PATIENCE));
        Ok(match login {
            Some((user, password)) => {
                builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned())).build()
            }
            None => builder.build(),
        })
    }
}

/// Why the last mail did not get through; none when it did.
pub fn last_failure(tokens: &Arc<dyn Tokens>) -> Option<String> {
    tokens.get(KEPT).map(|why| why.expose_secret().to_owned())
}
