//! One request to one community: the gate in front of it, the pace, and what is counted.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;

use crate::failure::HostError;
use crate::hosts::budget::{Budget, Spent};
use crate::hosts::host_error::{no_answer, retry_after};
use crate::hosts::pace::Pace;
use crate::hosts::url::{BaseUrl, Gate};
use crate::ports::{Clock, Http, HttpAnswer, HttpRequest};

/// The way to a community; calls and signing in share it.
pub struct Wire {
    pub base_url: BaseUrl,
    gate: Option<Gate>,
    http: Arc<dyn Http>,
    pub clock: Arc<dyn Clock>,
    pace: Pace,
    pub budget: Budget,
}

impl Wire {
    /// A way with a pace; none towards the sandbox.
    pub fn new(
        base_url: BaseUrl,
        gate: Option<Gate>,
        pace: Option<f64>,
        http: Arc<dyn Http>,
        clock: Arc<dyn Clock>,
    ) -> Arc<Self> {
        let pace = Pace::new(clock.clone(), pace);
        Arc::new(Wire { base_url, gate, http, clock, pace, budget: Budget::default() })
    }

    /// One request at our pace, with the password of the web server in front where there is one.
    pub async fn send(&self, call: &str, spent: Spent, mut request: HttpRequest) -> Result<HttpAnswer, HostError> {
        if let Some(gate) = &self.gate {
            let pair = STANDARD.encode(format!("{}:{}", gate.user, gate.password.expose_secret()));
            request.secret_headers.push(("authorization".into(), format!("Basic {pair}").into()));
        }
        self.pace.wait().await;
        self.budget.spend(spent);
        let answer = self.http.send(request).await.map_err(|failure| no_answer(call, failure))?;
        match answer.status {
            429 => self.pace.throttled(retry_after(&answer, self.clock.now())),
            _ => self.pace.went_well(),
        }
        Ok(answer)
    }
}
