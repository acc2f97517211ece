//! The bare functions and the modules that lines and scripts have: `any_in`, `table`, `moment`, `text::…`.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rhai::{Array, Dynamic, Engine, EvalAltResult, FuncRegistration, ImmutableString, Module};

use crate::script::time::Moment;

/// Registers them.
pub fn register(engine: &mut Engine) {
    engine.register_fn("any_in", |wanted: Array, list: Array| any_in(&wanted, &list));
    engine.register_fn("any_in", |_: (), _: Array| false);
    engine.register_fn("any_in", |_: Array, ()| false);
    engine.register_fn("moment", moment);
    engine.register_static_module("text", text().into());
}

fn any_in(wanted: &Array, list: &Array) -> bool {
    let same = |a: &Dynamic, b: &Dynamic| match (a.as_immutable_string_ref(), b.as_immutable_string_ref()) {
        (Ok(a), Ok(b)) => *a == *b,
        _ => a.as_int().is_ok_and(|a| b.as_int() == Ok(a)),
    };
    wanted.iter().any(|wanted| list.iter().any(|item| same(wanted, item)))
}

/// `moment("2026-01-31 08:00", "Europe/Paris")`.
fn moment(text: &str, zone: &str) -> Result<Moment, Box<EvalAltResult>> {
    let wrong = |error: jiff::Error| -> Box<EvalAltResult> { format!("`{text}` in `{zone}`: {error}").into() };
    let zone = TimeZone::get(zone).map_err(wrong)?;
    let civil: DateTime = text.replace(' ', "T").parse().map_err(wrong)?;
    Ok(Moment(zone.to_ambiguous_zoned_datetime(civil).compatible().map_err(wrong)?.timestamp()))
}

/// The module `text`.
fn text() -> Module {
    let mut module = Module::new();
    let yes = |text: &str, word: &str| text.to_lowercase().contains(&word.to_lowercase());
    FuncRegistration::new("contains").set_into_module(&mut module, move |text: &str, word: &str| yes(text, word));
    FuncRegistration::new("contains_any").set_into_module(&mut module, move |text: &str, words: Array| {
        words.iter().filter_map(|word| word.as_immutable_string_ref().ok()).any(|word| yes(text, &word))
    });
    FuncRegistration::new("same").set_into_module(&mut module, |a: &str, b: &str| a.to_lowercase() == b.to_lowercase());
    FuncRegistration::new("characters").set_into_module(&mut module, |text: &str| text.encode_utf16().count() as i64);
    FuncRegistration::new("bytes").set_into_module(&mut module, |text: &str| text.len() as i64);
    FuncRegistration::new("plain").set_into_module(&mut module, |html: &str| plain(html));
    FuncRegistration::new("plain").set_into_module(&mut module, |_: ()| Dynamic::UNIT);
    FuncRegistration::new("html").set_into_module(&mut module, |text: &str| ammonia::clean_text(text));
    FuncRegistration::new("join").set_into_module(&mut module, |list: Array, between: &str| {
        list.iter().map(Dynamic::to_string).collect::<Vec<_>>().join(between)
    });
    module
}

/// HTML as plain text: scripts and styles are gone, links keep their address.
fn plain(html: &str) -> ImmutableString {
    let clean = ammonia::clean(html);
    let config = html2text::config::with_decorator(html2text::render::TrivialDecorator::new()).raw_mode(true);
    config.string_from_read(clean.as_bytes(), 10_000).map_or_else(|_| clean.into(), |text| text.trim().into())
}
