//! The mailer as configured.

use std::sync::Arc;

use crate::config::failure_mails::{FailureMails, Tls};
use crate::hosts::mail::{Mailer, Server, Way};
use crate::ports::Tokens;
use crate::problem::Problem;
use crate::service::lookout::Post;

/// How the service has letters sent.
pub fn post(mailer: Mailer) -> Post {
    let mailer = Arc::new(mailer);
    Arc::new(move |letter| {
        let mailer = mailer.clone();
        Box::pin(async move { mailer.send_mail(&letter.subject, &letter.body).await })
    })
}

/// Who sends failure mails; the password of the mail server is read now.
pub fn mailer(mails: &FailureMails, tokens: &Arc<dyn Tokens>) -> Result<Mailer, Vec<Problem>> {
    let smtp = &mails.smtp;
    let login = match &smtp.login {
        Some((user, secret)) => Some((user.clone(), secret.reveal().map_err(|problem| vec![problem])?)),
        None => None,
    };
    let way = match smtp.tls {
        Tls::None => Way::Plain,
        Tls::StartTls => Way::StartTls,
        Tls::Implicit => Way::Tls,
    };
    let server = Server { host: smtp.host.clone(), port: smtp.port, way, login };
    Ok(Mailer::new(server, mails.from.clone(), mails.to.clone(), tokens.clone()))
}
