//! The parts of a calendar as people write them: `mon-thu`, `08:00-12:00, 13:00-17:00`, `2026-12-25`.

use jiff::civil::Date;

use crate::calendar::Hours;
use crate::problem::{Place, Problem, closest};
use crate::rules::codes;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const LONG: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The days of `mon-thu`, `fri` or `sat, sun`, from Monday as 0; a range may go round the weekend.
pub fn days(text: &str, at: &Place) -> Result<Vec<usize>, Problem> {
    let mut days = Vec::new();
    for part in text.split(',').map(str::trim) {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to) = (day(from, at)?, day(to, at)?);
        days.extend((0..7).map(|n| (from + n) % 7).take((to + 7 - from) % 7 + 1));
    }
    Ok(days)
}

fn day(text: &str, at: &Place) -> Result<usize, Problem> {
    let name = text.trim().to_lowercase();
    let found = (0..7).find(|day| DAYS[*day] == name || LONG[*day] == name);
    found.ok_or_else(|| {
        let problem = Problem::new(codes::DAY, at, format!("`{}` is no day of the week", text.trim()));
        let problem = problem.because(format!("days are: {}", DAYS.join(", ")));
        match closest(&name, &[DAYS, LONG].concat()) {
            Some(near) => problem.next(format!("did you mean `{near}`?")),
            None => problem.next("`mon`, or a range such as `mon-fri`"),
        }
    })
}

/// The name of a day, from Monday as 0.
pub fn day_name(day: usize) -> &'static str {
    DAYS[day % 7]
}

/// Spans of one day, in order.
pub fn spans(text: &str, at: &Place) -> Result<Vec<Hours>, Problem> {
    let mut spans = text.split(',').map(|span| one_span(span.trim(), at)).collect::<Result<Vec<_>, _>>()?;
    spans.sort_unstable();
    match spans.windows(2).find(|pair| pair[1].from < pair[0].to) {
        None => Ok(spans),
        Some(pair) => {
            let what = format!("`{}` and `{}` overlap", show(pair[0]), show(pair[1]));
            let joined = Hours { from: pair[0].from, to: pair[0].to.max(pair[1].to) };
            Err(Problem::new(codes::HOURS, at, what).next(format!("write one: `{}`", show(joined))))
        }
    }
}

fn one_span(text: &str, at: &Place) -> Result<Hours, Problem> {
    let problem = |what: String| Problem::new(codes::HOURS, at, what);
    let times = text.split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
    let Some((from, to)) = times else {
        return Err(match text {
            "closed" => problem("`closed` is for one day under `special`".into())
                .next("leave the day out: days that are not named are closed"),
            text => problem(format!("`{text}` are no opening hours"))
                .next("`08:00-18:00`; several with a comma between them, and `00:00-24:00` is all day"),
        });
    };
    let before_midnight = Hours { from, to: 1440 };
    match (from < to, from == to) {
        (true, _) => Ok(Hours { from, to }),
        (false, true) => Err(problem(format!("`{text}` is no time at all")).next("`00:00-24:00` is all day")),
        (false, false) => Err(problem(format!("`{text}` runs backwards")).because("hours end on their own day").next(
            format!("over midnight, `{}` on this day and `00:00-{}` on the next", show(before_midnight), clock(to)),
        )),
    }
}

/// `08:00` as a minute of the day; 24:00 is its end.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let is_number = |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| text.parse::<u16>().ok().filter(|_| is_number(text));
    let (hour, minute) = (number(hour)?, number(minute).filter(|_| minute.len() == 2)?);
    (minute < 60 && hour * 60 + minute <= 1440).then_some(hour * 60 + minute)
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn show(hours: Hours) -> String {
    format!("{}-{}", clock(hours.from), clock(hours.to))
}

/// `2026-12-25`.
pub fn date(text: &str, at: &Place) -> Result<Date, Problem> {
    let text = text.trim();
    let parts: Vec<&str> = text.split('-').collect();
    let numbers: Vec<i16> = parts.iter().filter_map(|part| part.parse().ok()).collect();
    let shape: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let ([year, month, day], [4, 2, 2]) = (numbers.as_slice(), shape.as_slice()) else {
        let problem = Problem::new(codes::DATE, at, format!("`{text}` is not a date"));
        return Err(problem.next("year, month and day: `2026-12-25`"));
    };
    let problem = |next: String| Problem::new(codes::DATE, at, format!("there is no {text}")).next(next);
    let first = Date::new(*year, *month as i8, 1).map_err(|_| problem("months are 01 to 12".into()))?;
    let last = first.days_in_month();
    Date::new(*year, *month as i8, *day as i8).map_err(|_| problem(format!("that month has {last} days")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Place {
        Place::file("calendars.yaml")
    }

    fn spans_of(text: &str) -> Option<Vec<(u16, u16)>> {
        Some(spans(text, &at()).ok()?.iter().map(|hours| (hours.from, hours.to)).collect())
    }

    #[test]
    fn days_are_named_listed_and_ranged_also_round_the_weekend() {
        let days = |text: &str| days(text, &at()).ok();
        assert_eq!(days("mon-thu"), Some(vec![0, 1, 2, 3]));
        assert_eq!(days("Friday"), Some(vec![4]));
        assert_eq!(days("sat, sun"), Some(vec![5, 6]));
        assert_eq!(days("fri-mon"), Some(vec![4, 5, 6, 0]));
        assert_eq!(days("mon-sun").map(|days| days.len()), Some(7));
        assert!(days("mo").is_none() && days("mon-").is_none() && days("").is_none());
    }

    #[test]
    fn spans_are_put_in_order_and_end_at_midnight_at_the_latest() {
        assert_eq!(spans_of("13:00-17:00, 08:00-12:00"), Some(vec![(480, 720), (780, 1020)]));
        assert_eq!(spans_of("00:00-24:00"), Some(vec![(0, 1440)]));
        assert_eq!(spans_of("08:00-12:00, 12:00-14:00").map(|spans| spans.len()), Some(2));
        for wrong in ["8-18", "08:00", "08:00-24:01", "08:60-09:00", "18:00-08:00", "08:00-08:00", "-1:00-02:00", ""] {
            assert!(spans_of(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_date_is_one_of_the_calendar() {
        assert!(date("2028-02-29", &at()).is_ok());
        for wrong in ["2026-02-29", "2026-13-01", "2026-00-10", "25.12.2026", "2026-1-1", "2026-12-00", "tomorrow"] {
            assert!(date(wrong, &at()).is_err(), "{wrong}");
        }
    }
}
