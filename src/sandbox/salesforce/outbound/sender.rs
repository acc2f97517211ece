//! Posts what is due to where it belongs, and waits for the acknowledgement (sheet 9.1).
//!
//! Pauses and patience are by the sandbox's clock. Nothing leaves this machine: names are never asked for, proxies and
//! redirects are not followed.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Weak;
use std::time::Duration;

use jiff::SignedDuration;
use reqwest::redirect::Policy;

use super::super::host::Salesforce;
use super::envelope;
use super::outbox::{Batch, Next};

/// So long an answer is waited for.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// The clock is looked at so often.
const TICK: Duration = Duration::from_millis(20);

/// No answer that acknowledges is longer.
const LONGEST_ANSWER: usize = 64 << 10;

/// Sends until nothing waits any more, or the org is gone.
pub async fn send_all(host: Weak<Salesforce>) {
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let client = reqwest::Client::builder().no_proxy().redirect(Policy::none()).resolve("localhost", local).build();
    let client = match client {
        Ok(client) => client,
        Err(error) => return tracing::error!(%error, "the sandbox cannot send outbound messages: {error}"),
    };
    loop {
        let Some(org) = host.upgrade() else { return };
        match org.look(|state, now| state.outbox.next(now)) {
            Next::Idle => return,
            Next::Wait => {
                drop(org);
                tokio::time::sleep(TICK).await;
            }
            Next::Send(batch) => {
                let body = org.look(|state, _| envelope::written(state, &org.base(), &batch));
                drop(org);
                // Every action is sent for itself: one that is slow does not hold the others up.
                tokio::spawn(send(host.clone(), client.clone(), batch, body));
            }
        }
    }
}

async fn send(host: Weak<Salesforce>, client: reqwest::Client, batch: Batch, body: String) {
    let acknowledged = tokio::select! {
        acknowledged = post(&client, &batch.action.url, body) => acknowledged,
        () = patience(&host) => false,
    };
    let Some(org) = host.upgrade() else { return };
    org.look(|state, now| {
        if acknowledged {
            state.outbox.acknowledged(batch, state.switches.outbound_twice, now);
        } else {
            let first = i64::try_from(state.switches.outbound_retry_s).unwrap_or(i64::MAX);
            state.outbox.refused(batch, SignedDuration::from_secs(first), now);
        }
    });
}

async fn post(client: &reqwest::Client, url: &str, body: String) -> bool {
    let request = client.post(url).header("Content-Type", "text/xml; charset=utf-8").header("SOAPAction", "\"\"");
    let Ok(mut answer) = request.body(body).send().await else { return false };
    if answer.status() != 200 {
        return false;
    }
    let mut text = Vec::new();
    while let Ok(Some(part)) = answer.chunk().await {
        text.extend_from_slice(&part);
        if text.len() > LONGEST_ANSWER {
            return false;
        }
    }
    envelope::acknowledges(&String::from_utf8_lossy(&text))
}

/// Ends when the patience is over, or the org is gone.
async fn patience(host: &Weak<Salesforce>) {
    let now = || host.upgrade().map(|org| org.look(|_, now| now));
    let Some(begun) = now() else { return };
    while now().is_some_and(|now| now.duration_since(begun) < PATIENCE) {
        tokio::time::sleep(TICK).await;
    }
}
