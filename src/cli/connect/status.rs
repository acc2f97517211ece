//! `connect status`: a line for each connection.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::app::each::{Each, Host};
use crate::cli::connect::Desk;
use crate::cli::output::line;
use crate::cli::report::Format;
use crate::hosts::connection_state::State;
use crate::hosts::mail::last_failure;

const HEADS: [&str; 7] = ["NAME", "LOGIN KIND", "STATE", "LOGIN", "TENANT OR ORG", "SINCE", "TOKEN AGE"];

/// Shows all of them; 3 when one is halted, 1 when mail does not get through.
pub fn show(desk: &Desk) -> u8 {
    let mail = last_failure(&desk.tokens);
    if desk.format == Format::Json {
        desk.all.iter().for_each(|each| line(json(each, &[])));
        mail.iter().for_each(|why| line(json!({ "mail": "failing", "why": why })));
    } else {
        table(&desk.all, desk.clock.now());
        mail.iter().for_each(|why| line(format!("failure mails do not get through: {why}")));
    }
    let halted = desk.all.iter().any(|each| matches!(each.session().kept().state, State::Halted { .. }));
    if halted { 3 } else { u8::from(mail.is_some()) }
}

fn table(all: &[Each], now: Timestamp) {
    let rows: Vec<[String; 7]> = all.iter().map(|each| row(each, now)).collect();
    let heads = HEADS.map(str::to_owned);
    let width = |n: usize| rows.iter().chain([&heads]).map(|row| row[n].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    let shown = |row: &[String; 7]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    line(shown(&heads));
    for (each, row) in all.iter().zip(&rows) {
        line(shown(row));
        each.session().kept().state.why().iter().for_each(|why| line(format!("   {why}")));
        to_do(each).iter().for_each(|next| line(format!("   next: {next}")));
    }
}

fn row(each: &Each, now: Timestamp) -> [String; 7] {
    let kept = each.session().kept();
    let none = || "–".to_owned();
    let age = kept.given.filter(|_| kept.access.is_some()).map(|given| age(now, given));
    [
        each.name.clone(),
        each.session().kind().to_owned(),
        kept.state.word().to_owned(),
        kept.login.clone().unwrap_or_else(none),
        each.place().unwrap_or_else(none),
        kept.state.since().map_or_else(none, |since| since.strftime("%Y-%m-%d %H:%MZ").to_string()),
        age.unwrap_or_else(none),
    ]
}

/// `12 min`, `3 h`, `5 d`.
fn age(now: Timestamp, given: Timestamp) -> String {
    let minutes = now.duration_since(given).as_mins().max(0);
    match minutes {
        0..120 => format!("{minutes} min"),
        120..2880 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1440),
    }
}

/// What a person does now, if anything.
fn to_do(each: &Each) -> Option<String> {
    let kept = each.session().kept();
    let asks = match &each.host {
        Host::Khoros(client) => client.oauth().is_some(),
        Host::Salesforce(client) => client.consent().is_some(),
    };
    let verb = if asks { "authorize" } else { "refresh" };
    match &kept.state {
        State::Active { .. } => None,
        State::NotActive { why: None } if !asks => Some("nothing; it signs in with the first call".to_owned()),
        State::NotActive { .. } => Some(format!("`casebridge connect {verb} {}`", each.name)),
        State::Halted { .. } => Some(format!("correct it, then `casebridge connect {verb} {}`", each.name)),
    }
}

/// One connection as a machine reads it.
pub fn json(each: &Each, lacks: &[String]) -> Json {
    let kept = each.session().kept();
    let state = kept.state.word().to_lowercase().replace(' ', "_");
    json!({
        "connection": each.name, "kind": each.session().kind(), "state": state, "login": kept.login,
        "place": each.place(), "since": kept.state.since(), "token_since": kept.given, "why": kept.state.why(),
        "next": to_do(each), "lacks": lacks,
    })
}
