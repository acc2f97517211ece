//! The mail server: one conversation for each mail.
//!
//! Nothing is sent before the text goes out, so that whatever breaks until then is tried again. Of a text whose answer
//! never came nobody knows, and SMTP has no question for it.

use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, MailParameter};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error::{maybe_applied, redacted};

/// For each half of a conversation.
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

impl Server {
    /// Hands a mail over.
    pub(super) async fn send(&self, message: &Message) -> Result<(), HostError> {
        let text = message.formatted();
        let handed_over = match timeout(PATIENCE, self.offered(message)).await {
            Ok(Ok(mut connection)) => match timeout(PATIENCE, connection.message(&text)).await {
                Ok(Ok(_)) => {
                    // It has the mail; how it says good-bye is all the same.
                    let _said = timeout(PATIENCE, connection.quit()).await;
                    Ok(())
                }
                Ok(Err(error)) if error.status().is_some() => Err(self.refused(&error)),
                Ok(Err(error)) => Err(maybe_applied(self.waits(&error))),
                Err(_) => Err(maybe_applied(self.waits("it did not answer in time"))),
            },
            Ok(Err(error)) => Err(error),
            Err(_) => Err(self.waits("it did not answer in time")),
        };
        let password: Vec<&SecretString> = self.login.iter().map(|(_, password)| password).collect();
        handed_over.map_err(|error| redacted(error, &password))
    }

    /// A conversation in which the server has agreed to sender and recipients, and waits for the text.
    async fn offered(&self, message: &Message) -> Result<AsyncSmtpConnection, HostError> {
        // What is wrong with the server or the login is no fault of the mail.
        let mut connection = self.connected().await.map_err(|error| self.waits(&error))?;
        let envelope = message.envelope();
        let mut addresses = envelope.to().iter().chain(envelope.from()).map(|address| -> &str { address.as_ref() });
        let utf8 = addresses.any(|address| !address.is_ascii()).then_some(MailParameter::SmtpUtfEight);
        let agreed = async {
            connection.command(Mail::new(envelope.from().cloned(), utf8.into_iter().collect())).await?;
            for to in envelope.to() {
                connection.command(Rcpt::new(to.clone(), vec![])).await?;
            }
            connection.command(Data).await
        };
        agreed.await.map_err(|error: Error| self.refused(&error))?;
        Ok(connection)
    }

    async fn connected(&self) -> Result<AsyncSmtpConnection, Error> {
        let us = ClientId::default();
        let tls = || TlsParameters::new(self.host.clone());
        let at_once = if self.way == Way::Tls { Some(tls()?) } else { None };
        let address = (self.host.as_str(), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(address, Some(PATIENCE), &us, at_once, None).await?;
        if self.way == Way::StartTls {
            connection.starttls(tls()?, &us).await?;
        }
        if let Some((user, password)) = &self.login {
            let login = Credentials::new(user.clone(), password.expose_secret().to_owned());
            connection.auth(DEFAULT_MECHANISMS, &login).await?;
        }
        Ok(connection)
    }

    /// What is asked of it, in messages.
    pub(super) fn call(&self) -> String {
        format!("mail: {}", self.host)
    }

    /// A server that says no for good, in its words; everything else passes.
    fn refused(&self, error: &Error) -> HostError {
        let class = if error.is_permanent() { FailureClass::Refused } else { FailureClass::Temporary { after: None } };
        HostError::new(class, self.call(), error.to_string())
    }

    fn waits(&self, why: impl ToString) -> HostError {
        HostError::new(FailureClass::Temporary { after: None }, self.call(), why.to_string())
    }
}
