//! Prometheus metrics: what was decided and done, by bridge, rule and outcome, and how each bridge stands.

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::engine::Happened;
use crate::names::BridgeId;
use crate::service::audience::Watch;
use crate::service::standing::RulesStandings;
use crate::service::streams::Streams;
use crate::service::worker::Worker;

/// A write that was settled.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Settled {
    bridge: String,
    rule: String,
    function: String,
    outcome: String,
}

/// A bridge, and a host of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    bridge: String,
}

/// A rule of a bridge.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRule {
    bridge: String,
    rule: String,
}

/// An org that is listened to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfOrg {
    org: String,
}

/// A channel of an org.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfChannel {
    org: String,
    channel: String,
}

/// A delivery of events that was answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    host: &'static str,
    status: u16,
}

/// All metrics of a service.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    settled: Family<Settled, Counter>,
    silent: Family<Of, Counter>,
    retries: Family<Of, Counter>,
    missed: Family<OfRule, Counter>,
    answered: Family<Answered, Counter>,
    gauges: [Family<Of, Gauge>; 7],
    lag: Family<OfRule, Gauge>,
    rules: [Family<Of, Gauge>; 4],
    streams_down: Family<OfOrg, Gauge>,
    stream_events: Family<OfChannel, Gauge>,
    stream_misses: Family<OfChannel, Gauge>,
}

const GAUGES: [(&str, &str); 7] = [
    ("turns", "Turns since the start"),
    ("waiting", "Writes that wait for a host or for their turn"),
    ("held", "Runs that wait for a person"),
    ("halted", "Hosts that signed us out"),
    ("paused", "Rules that are paused, the whole bridge counted as one"),
    ("parked", "Items that wait parked for a person"),
    ("failing", "Whether the last turn met a host that did not answer"),
];

const RULES: [(&str, &str); 4] = [
    ("rules_generation", "Rule sets that were accepted, counted over restarts"),
    ("rules_reload_last_success", "1 while the files hold what runs, 0 while what they hold was refused"),
    ("rules_reload_last_success_timestamp_seconds", "When the rules that run were accepted"),
    ("rules_refusals", "Rule sets that were refused since those that run were accepted"),
];

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("casebridge");
        let (settled, silent, retries) = (Family::default(), Family::default(), Family::default());
        let answered = Family::<Answered, Counter>::default();
        registry.register("deliveries", "Deliveries of events, by what was answered", answered.clone());
        registry.register("writes", "Writes that were settled, by outcome", Family::clone(&settled));
        registry.register("silent_events", "Events in which no rule acted", Family::clone(&silent));
        registry.register(
            "retried_reads",
            "Reads that a host did not answer and that were asked again",
            Family::clone(&retries),
        );
        let missed = Family::<OfRule, Counter>::default();
        registry.register("missed_moments", "Moments of a schedule at which nobody looked", missed.clone());
        let lag = Family::<OfRule, Gauge>::default();
        registry.register("lag_seconds", "How long the oldest thing that is due for a rule waits", lag.clone());
        let mut gauge = |(name, help)| {
            let family = Family::default();
            registry.register(name, help, Family::clone(&family));
            family
        };
        let (gauges, rules) = (GAUGES.map(&mut gauge), RULES.map(&mut gauge));
        let (streams_down, stream_events, stream_misses) = (Family::default(), Family::default(), Family::default());
        let help = "Whether a stream of an org is not heard";
        registry.register("streams_down", help, Family::clone(&streams_down));
        registry.register("stream_events", "Events that were heard since the start", Family::clone(&stream_events));
        let help = "How often the org had not kept all that was missed";
        registry.register("stream_misses", help, Family::clone(&stream_misses));
        Metrics {
            registry: Arc::new(registry),
            settled,
            silent,
            retries,
            missed,
            answered,
            gauges,
            lag,
            rules,
            streams_down,
            stream_events,
            stream_misses,
        }
    }
}

impl Metrics {
    /// Counts what happens in a bridge.
    pub fn watch(&self, bridge: &BridgeId) -> Watch {
        let (metrics, bridge) = (self.clone(), bridge.to_string());
        Arc::new(move |happened| metrics.count(&bridge, &happened))
    }

    fn count(&self, bridge: &str, happened: &Happened) {
        let of = || Of { bridge: bridge.to_owned() };
        match happened {
            Happened::Settled(finished) => {
                let settled = Settled {
                    bridge: bridge.to_owned(),
                    rule: finished.action.rule.to_string(),
                    function: finished.action.function.to_string(),
                    outcome: finished.outcome.word().to_owned(),
                };
                self.settled.get_or_create(&settled).inc();
            }
            Happened::Silent(_) => _ = self.silent.get_or_create(&of()).inc(),
            Happened::Missed(standing) => {
                let of = OfRule { bridge: bridge.to_owned(), rule: standing.rule.to_string() };
                self.missed.get_or_create(&of).inc_by(standing.moved.missed() as u64);
            }
            Happened::Retries { .. } => _ = self.retries.get_or_create(&of()).inc(),
            _ => {}
        }
    }

    /// Takes how the rules of each bridge stand.
    pub fn rules(&self, standings: &RulesStandings) {
        for (bridge, standing) in standings {
            let values = [
                i64::try_from(standing.generation).unwrap_or(i64::MAX),
                i64::from(standing.refused.is_none()),
                standing.since.as_second(),
                i64::try_from(standing.refusals).unwrap_or(i64::MAX),
            ];
            for (family, value) in self.rules.iter().zip(values) {
                family.get_or_create(&Of { bridge: bridge.to_string() }).set(value);
            }
        }
    }

    /// Counts a delivery of events.
    pub fn answered(&self, host: &'static str, status: u16) {
        self.answered.get_or_create(&Answered { host, status }).inc();
    }

    fn count_streams(&self, streams: &Streams) {
        for (org, standing) in streams.standing() {
            self.streams_down.get_or_create(&OfOrg { org: org.clone() }).set(i64::from(!standing.is_well()));
            for (channel, standing) in standing.channels {
                let of = OfChannel { org: org.clone(), channel };
                let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
                self.stream_events.get_or_create(&of).set(number(standing.events));
                self.stream_misses.get_or_create(&of).set(number(standing.missed));
            }
        }
    }

    /// The text for a scrape.
    pub fn text(&self, workers: &[Arc<Worker>], streams: &Streams) -> String {
        self.count_streams(streams);
        // Rules that are gone are late no more.
        self.lag.clear();
        for (worker, (rule, seconds)) in
            workers.iter().flat_map(|worker| worker.lag().into_iter().map(move |lag| (worker, lag)))
        {
            let of = OfRule { bridge: worker.bridge.to_string(), rule: rule.to_string() };
            self.lag.get_or_create(&of).set(seconds);
        }
        for worker in workers {
            let standing = worker.standing();
            let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
            let values = [
                i64::try_from(standing.turns).unwrap_or(i64::MAX),
                number(standing.waiting),
                i64::try_from(standing.held).unwrap_or(i64::MAX),
                number(standing.halted.len()),
                number(standing.paused.len()),
                number(standing.parked.count),
                i64::from(standing.failing.is_some()),
            ];
            for (family, value) in self.gauges.iter().zip(values) {
                family.get_or_create(&Of { bridge: worker.bridge.to_string() }).set(value);
            }
        }
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a String takes every text");
        text
    }
}
