//! Names of boards, people, queues and their like.

use crate::names::Name;
use crate::packs::codes;
use crate::packs::online::Known;
use crate::problem::{Place, Problem, closest};
use crate::script::Named;

const ORG: &str = "the org";
const COMMUNITY: &str = "the community";

/// What is wrong with a name that is no field.
pub fn check(named: &Named, at: &Place, known: &Known) -> Option<Problem> {
    match named {
        Named::Board(name) => exact(COMMUNITY, "board", name, &known.boards, at),
        Named::Category(name) => exact(COMMUNITY, "category", name, &known.categories, at),
        Named::Node(name) => {
            let all = [known.boards.as_slice(), known.categories.as_slice()].concat();
            exact(COMMUNITY, "board or category", name, &all, at)
        }
        Named::Label(name) => any_case(COMMUNITY, "label", name, known.labels.as_deref()?, at),
        Named::Role(name) => any_case(COMMUNITY, "role", name, &known.roles, at),
        Named::Rank(name) => exact(COMMUNITY, "rank", name, &known.ranks, at),
        Named::Queue(name) => any_case(ORG, "queue", name, &known.queues, at),
        Named::RecordType(name) => any_case(ORG, "record type of cases", name, &known.record_types, at),
        Named::Status(name) => any_case(ORG, "status of cases", name, &known.statuses, at),
        Named::User(name) => match known.users.get(name)? {
            1 => None,
            0 => Some(
                unknown(ORG, "active user", name, at).next("look at the user's e-mail and whether they are active"),
            ),
            count => Some(
                Problem::new(codes::SEVERAL, at, format!("the org has {count} active users with `{name}`"))
                    .next("name the one by their user name, which nobody shares"),
            ),
        },
        Named::Username(name) if known.usernames.get(name) == Some(&false) => {
            Some(unknown(COMMUNITY, "member", name, at).next("write the login as the member's page shows it"))
        }
        _ => None,
    }
}

fn exact(host: &str, noun: &str, name: &Name, known: &[String], at: &Place) -> Option<Problem> {
    (!known.iter().any(|one| one == name.as_str())).then(|| listed(unknown(host, noun, name, at), name, known))
}

fn any_case(host: &str, noun: &str, name: &Name, known: &[String], at: &Place) -> Option<Problem> {
    let wanted = name.as_str().trim().to_lowercase();
    (!known.iter().any(|one| one.to_lowercase() == wanted)).then(|| listed(unknown(host, noun, name, at), name, known))
}

fn unknown(host: &str, noun: &str, name: &Name, at: &Place) -> Problem {
    Problem::new(codes::NOT_THERE, at, format!("{host} has no {noun} `{name}`"))
}

/// What there is, and what was probably meant.
pub fn listed(problem: Problem, name: &Name, known: &[String]) -> Problem {
    let mut names: Vec<&str> = known.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let more = if names.len() > 12 { ", …" } else { "" };
    let list = names.iter().take(12).copied().collect::<Vec<_>>().join(", ");
    let problem = match names.as_slice() {
        [] => problem.because("there is none at all"),
        _ => problem.because(format!("known are {list}{more}")),
    };
    match closest(name.as_str(), &names) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem.next("make it there, or name another one"),
    }
}
