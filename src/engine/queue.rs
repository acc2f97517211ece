//! Ready actions, a queue per function, filled at settle and never searched.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::engine::ledger::Spot;
use crate::names::FunctionName;

type Line = BTreeSet<(Timestamp, u64, Spot)>;

/// What may go, and what is to be asked about.
#[derive(Default)]
pub struct Queue {
    ready: BTreeMap<FunctionName, Line>,
    asks: BTreeMap<FunctionName, Line>,
}

/// What one host is given to do.
pub enum Work {
    /// Ready actions of one function.
    Wave(FunctionName, Vec<Spot>),
    /// Actions of one function whose answer was lost.
    Ask(FunctionName, Vec<Spot>),
}

impl Queue {
    /// An action that may go at a moment.
    pub fn offer(&mut self, function: &FunctionName, moment: Timestamp, seq: u64, spot: Spot) {
        self.ready.entry(function.clone()).or_default().insert((moment, seq, spot));
    }

    /// An action that is to be asked about at a moment.
    pub fn ask(&mut self, function: &FunctionName, moment: Timestamp, seq: u64, spot: Spot) {
        self.asks.entry(function.clone()).or_default().insert((moment, seq, spot));
    }

    /// The next work for a free host: questions first, then the wave whose oldest action is the oldest.
    pub fn pick(
        &mut self,
        now: Timestamp,
        free: impl Fn(&str) -> bool,
        up_to: impl Fn(&FunctionName) -> usize,
    ) -> Option<Work> {
        if let Some(function) = due(&self.asks, now, &free) {
            let spots = take(&mut self.asks, &function, now, 200);
            return Some(Work::Ask(function, spots));
        }
        let function = due(&self.ready, now, &free)?;
        let spots = take(&mut self.ready, &function, now, up_to(&function));
        Some(Work::Wave(function, spots))
    }

    /// The earliest moment at which a free host can do something.
    pub fn next_moment(&self, free: impl Fn(&str) -> bool) -> Option<Timestamp> {
        let lines = self.ready.iter().chain(&self.asks).filter(|(function, _)| free(function.host()));
        lines.filter_map(|(_, line)| line.first()).map(|(moment, ..)| *moment).min()
    }
}

fn due(lines: &BTreeMap<FunctionName, Line>, now: Timestamp, free: impl Fn(&str) -> bool) -> Option<FunctionName> {
    let first = |(function, line): (&FunctionName, &Line)| {
        line.first().filter(|(moment, ..)| *moment <= now).map(|(_, seq, _)| (*seq, function.clone()))
    };
    lines.iter().filter(|(function, _)| free(function.host())).filter_map(first).min().map(|(_, function)| function)
}

fn take(lines: &mut BTreeMap<FunctionName, Line>, function: &FunctionName, now: Timestamp, up_to: usize) -> Vec<Spot> {
    let Some(line) = lines.get_mut(function) else { return vec![] };
    let mut spots = Vec::new();
    while spots.len() < up_to && line.first().is_some_and(|(moment, ..)| *moment <= now) {
        spots.extend(line.pop_first().map(|(.., spot)| spot));
    }
    spots
}
