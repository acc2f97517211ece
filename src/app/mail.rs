//! The mailer as configured.

use std::sync::Arc;

use crate::config::Config;
use crate::config::failure_mails::{FailureMails, Tls, is_this_machine};
use crate::hosts::mail::{Mailer, Mailing, Sender, Server, Way};
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
    Ok(Mailer::new(sender(mails)?, mails.to.clone(), tokens.clone()))
}

/// How rules mail; the password of the mail server is read now. The people of a sandbox are real, so that no mail leaves
/// this machine there.
pub fn mailing(config: &Config, is_sandbox: bool) -> Result<Mailing, Vec<Problem>> {
    let leaves = |mails: &&FailureMails| is_sandbox && !is_this_machine(&mails.smtp.host);
    let mails = config.failure_mails.as_ref().filter(|_| !config.mail_to.is_empty()).filter(|mails| !leaves(mails));
    Ok(Mailing { sender: mails.map(sender).transpose()?, to: Some(config.mail_to.as_slice().into()) })
}

fn sender(mails: &FailureMails) -> Result<Sender, Vec<Problem>> {
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
    Ok(Sender { server, from: mails.from.clone() })
}
