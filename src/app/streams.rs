//! A listener for each org with `streams:`, and what it tells, as standing and as log lines.

use std::sync::Arc;

use crate::app::system::SystemEntropy;
use crate::config::Stream;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::streams::{Channel, Listener, News, Positions, Tell};
use crate::names::BridgeId;
use crate::ports::{Clock, HintSource, Hints, Store};
use crate::service::streams::{StreamStanding, Streams};

/// What a listener is put together from.
pub struct Parts<'p> {
    /// The org's name in `casebridge.yaml`, and its `streams:`.
    pub org: &'p str,
    pub streams: &'p [Stream],
    /// The bridges that it belongs to, and the client of one of them.
    pub bridges: Vec<BridgeId>,
    pub client: Arc<Client>,
    pub hints: Arc<dyn Hints>,
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub standing: Streams,
}

/// A listener that is ready to listen.
pub fn listener(parts: Parts<'_>) -> Listener {
    let Parts { org, streams, bridges, client, hints, store, clock, standing } = parts;
    let channel = |stream: &Stream| Channel { name: stream.channel.clone(), record_id: stream.record_id.clone() };
    standing.change(org, |standing| {
        standing.channels = streams.iter().map(|stream| (stream.channel.clone(), Default::default())).collect();
    });
    Listener {
        client,
        source: HintSource::Org(org.to_owned()),
        channels: streams.iter().map(channel).collect(),
        hints,
        positions: Positions { store, bridges, org: org.to_owned() },
        entropy: Arc::new(SystemEntropy),
        tell: told(org.to_owned(), standing, clock),
    }
}

fn told(org: String, standing: Streams, clock: Arc<dyn Clock>) -> Tell {
    Arc::new(move |news| {
        standing.change(&org, |standing| {
            log(&org, &news, standing);
            note(standing, news, &*clock);
        });
    })
}

fn note(standing: &mut StreamStanding, news: News, clock: &dyn Clock) {
    match news {
        News::Listening => (standing.listening, standing.down, standing.next) = (true, None, None),
        News::Heard { channel, events } => {
            let channel = standing.channels.entry(channel).or_default();
            (channel.events, channel.last) = (channel.events + events, Some(clock.now()));
        }
        News::Subscribed { channel } => standing.channels.entry(channel).or_default().refused = None,
        News::Refused { channel, error } => {
            standing.channels.entry(channel).or_default().refused = Some(error.to_string());
        }
        News::Missed { channel, .. } => standing.channels.entry(channel).or_default().missed += 1,
        // What is mended at once was never down.
        News::Broke { until: None, .. } => standing.listening = false,
        News::Broke { error, until } => {
            let since = standing.down.as_ref().map_or_else(|| clock.now(), |(since, _)| *since);
            standing.listening = false;
            (standing.down, standing.next) = (Some((since, format!("{error} ({})", error.call))), until);
        }
    }
}

/// Said once: while it is down, or a channel is refused, only another reason is news.
fn log(org: &str, news: &News, before: &StreamStanding) {
    match news {
        News::Listening if before.down.is_some() => tracing::info!(%org, "its streams are heard again"),
        News::Listening if !before.listening => tracing::info!(%org, "its streams are heard"),
        News::Listening => {}
        News::Heard { channel, events } => tracing::debug!(%org, %channel, "{events} events"),
        News::Subscribed { channel } => {
            if before.channels.get(channel).is_some_and(|channel| channel.refused.is_some()) {
                tracing::info!(%org, %channel, "the org lets us hear it now");
            }
        }
        News::Refused { channel, error } => {
            let known = before.channels.get(channel).and_then(|channel| channel.refused.as_deref());
            if known != Some(error.to_string().as_str()) {
                tracing::error!(%org, %channel, "the org does not let us hear it: {error}");
            }
        }
        News::Missed { channel, error } => {
            tracing::warn!(%org, %channel, "the org has not kept all that we missed; the polls find it within the hour: {error}");
        }
        News::Broke { error, until: None } => tracing::info!(%org, "its streams begin anew: {error}"),
        News::Broke { error, until: Some(until) } => {
            let said = format!("{error} ({})", error.call);
            if before.down.as_ref().is_none_or(|(_, known)| *known != said) {
                tracing::warn!(%org, "its streams are down, the polls go on: {said}; tried again at {until}");
            }
        }
    }
}
