//! The module `time`: what is asked of moments, zones and calendars. The present moment is that of the facts.

use std::sync::Arc;

use jiff::tz::TimeZone;
use rhai::{Dynamic, EvalAltResult, FuncRegistration, Module};

use crate::calendar::{self, Calendar};
use crate::problem::closest;
use crate::script::evaluation::{Evaluation, Looked};
use crate::script::later;
use crate::script::time::{Moment, Span};

/// Functions whose second argument names a calendar.
pub const OF_CALENDARS: [&str; 4] = ["business_time", "business_days", "is_open", "next_open"];
/// Functions whose second argument names a zone.
pub const OF_ZONES: [&str; 3] = ["hour", "weekday", "format"];

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The module.
pub fn module() -> Module {
    let mut module = Module::new();
    of_calendars(&mut module);
    of_zones(&mut module);
    // What is asked of an absent moment is absent.
    for name in OF_CALENDARS.iter().chain(&OF_ZONES) {
        FuncRegistration::new(*name).set_into_module(&mut module, |_: (), _: &str| ());
    }
    later::guard(module, "time")
}

fn of_calendars(module: &mut Module) {
    FuncRegistration::new("business_time").set_into_module(module, |since: Moment, calendar: &str| {
        let evaluation = Evaluation::current()?;
        let now = evaluation.view.facts.now;
        Looked::Ok(Span(named(&evaluation, calendar)?.business_time(since.0, now)))
    });
    FuncRegistration::new("business_days").set_into_module(module, |since: Moment, calendar: &str| {
        let evaluation = Evaluation::current()?;
        let now = evaluation.view.facts.now;
        Looked::Ok(named(&evaluation, calendar)?.business_days(since.0, now))
    });
    FuncRegistration::new("is_open").set_into_module(module, |moment: Moment, calendar: &str| {
        Looked::Ok(named(&*Evaluation::current()?, calendar)?.is_open(moment.0))
    });
    FuncRegistration::new("next_open").set_into_module(module, |moment: Moment, calendar: &str| {
        let next = named(&*Evaluation::current()?, calendar)?.next_open(moment.0);
        Looked::Ok(next.map_or(Dynamic::UNIT, |moment| Dynamic::from(Moment(moment))))
    });
}

fn named(evaluation: &Evaluation, name: &str) -> Looked<Arc<Calendar>> {
    let calendars = &evaluation.view.calendars;
    calendars.get(name).cloned().ok_or_else(|| {
        let names: Vec<&str> = calendars.keys().map(|name| name.as_str()).collect();
        let near = closest(name, &names).map(|near| format!("; did you mean `{near}`?"));
        format!("there is no calendar `{name}`{}", near.unwrap_or_default()).into()
    })
}

fn of_zones(module: &mut Module) {
    FuncRegistration::new("hour").set_into_module(module, |moment: Moment, name: &str| {
        Looked::Ok(i64::from(zone(name)?.to_datetime(moment.0).hour()))
    });
    FuncRegistration::new("weekday").set_into_module(module, |moment: Moment, name: &str| {
        let day = zone(name)?.to_datetime(moment.0).weekday();
        Looked::Ok(WEEKDAYS[day.to_monday_zero_offset() as usize].to_owned())
    });
    FuncRegistration::new("format")
        .set_into_module(module, |moment: Moment, name: &str| Looked::Ok(calendar::written(moment.0, &zone(name)?)));
}

fn zone(name: &str) -> Looked<TimeZone> {
    calendar::zone(name).map_err(|near| -> Box<EvalAltResult> {
        let near = near.map(|near| format!("; did you mean `{near}`?"));
        format!("`{name}` is not a time zone{}", near.unwrap_or_default()).into()
    })
}
