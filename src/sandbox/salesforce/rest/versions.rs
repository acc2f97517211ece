//! Which versions there are, and what each offers (sheet 1).

use serde_json::{Value, json};

use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::route::Visit;

const OLDEST: u32 = 31;
const NEWEST: u32 = 68;

/// What a version offers.
const RESOURCES: &[&str] =
    &["composite", "jobs", "limits", "parameterizedSearch", "query", "queryAll", "search", "sobjects", "tooling"];

pub fn list() -> Value {
    let one = |version: u32| json!({"label": label(version), "url": format!("/services/data/v{version}.0"), "version": format!("{version}.0")});
    (OLDEST..=NEWEST).map(one).collect()
}

/// Three releases a year; 65.0 is Winter '26.
fn label(version: u32) -> String {
    let season = ["Winter", "Spring", "Summer"][((version - 2) % 3) as usize];
    format!("{season} '{:02}", (version + 13) / 3)
}

/// Reads `v65.0`; versions that were retired are gone, others were never there.
pub fn read(text: &str) -> Result<u32, Refusal> {
    let version = text.strip_prefix('v').and_then(|text| text.strip_suffix(".0")).and_then(|text| text.parse().ok());
    match version {
        Some(version) if (OLDEST..=NEWEST).contains(&version) => Ok(version),
        Some(7..OLDEST) => {
            let message = "The requested API version has been retired.";
            Err(Refusal::new("UNSUPPORTED_API_VERSION", message).status(410))
        }
        _ => Err(Refusal::not_found()),
    }
}

pub fn resources(visit: &Visit<'_>) -> Reply {
    let root = visit.root();
    let residents = &visit.state.residents;
    let identity = format!("{}/id/{}/{}", visit.base, residents.organization, residents.integration);
    let mut body = json!({"identity": identity});
    for name in RESOURCES {
        body[name] = format!("{root}/{name}").into();
    }
    Reply::ok(body)
}

/// The tooling API has nothing to tell but that it is there (sheet 14: the command line asks it about sandboxes).
pub fn tooling(visit: &Visit<'_>) -> Reply {
    Reply::ok(json!({"query": format!("{}/tooling/query", visit.root())}))
}

/// An empty result set.
pub fn nothing() -> Reply {
    Reply::ok(
        json!({"size": 0, "totalSize": 0, "done": true, "queryLocator": null, "entityTypeName": null, "records": []}),
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn labels_are_those_of_the_sheet() {
        let known =
            [(65, "Winter '26"), (66, "Spring '26"), (67, "Summer '26"), (68, "Winter '27"), (31, "Summer '14")];
        for (version, label) in known {
            assert_eq!(super::label(version), label);
        }
    }
}
