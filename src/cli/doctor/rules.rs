//! Whether the hosts have what the rules name, and let us read and write it (SET-11).

use super::finding::{Finding, Level};
use crate::app::bridge::Opening;
use crate::app::online::check_online;
use crate::cli::report::Format;
use crate::cli::setup::{Configured, Setup};

/// Looks at everything that the rules of a bridge name.
pub async fn look(setup: &Setup, bridge: &Configured<'_>, opening: &Opening, format: Format) -> Vec<Finding> {
    let name = bridge.name.as_str();
    let org = &setup.config.orgs[&bridge.config.org];
    match check_online(opening, &org.at).await {
        Err(error) => vec![Finding::new(Level::Wrong, name, format!("{error} ({})", error.call))],
        Ok(problems) if problems.is_empty() => {
            vec![Finding::new(Level::Well, name, "both hosts have what the rules name")]
        }
        Ok(problems) => {
            let level = if problems.iter().all(|problem| problem.warning) { Level::Warning } else { Level::Wrong };
            let said = setup.show(&problems, &bridge.sources, Format::Text);
            let said = if format == Format::Json { said } else { format!("what the rules name\n{said}") };
            vec![Finding::new(level, name, said)]
        }
    }
}
