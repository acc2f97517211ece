//! `state forget`: what was erased of a member, and what stays and why.

use std::path::Path;

use serde_json::json;

use crate::cli::Failure;
use crate::cli::output::{Output, counted};
use crate::cli::report::Format;
use crate::engine::forget::{Forgotten, forget};
use crate::state::SledStore;

/// Of a folder that nobody uses.
pub async fn of_folder(folder: &Path, member: &str, format: Format) -> Result<u8, Failure> {
    if !folder.exists() {
        return Err(Failure::wrong(format!("there is no state in {}", folder.display())));
    }
    let forgotten = forget(&*SledStore::open(folder)?, member).await?;
    told(&forgotten, member, format, &Output::Terminal);
    Ok(0)
}

/// Says what became of it.
pub fn told(forgotten: &Forgotten, member: &str, format: Format, output: &Output) {
    let Forgotten { known_as, runs, texts, records, open, parked, events, links, files } = forgotten;
    if format == Format::Json {
        return output.line(json!({
            "forgotten": member, "known_as": known_as,
            "erased": { "runs": runs, "texts": texts, "records": records },
            "stays": { "open": open, "parked": parked, "events": events, "links": links, "files": files },
        }));
    }
    output.line(format!("`{member}` is known here as {}", known_as.join(", ")));
    output.line(format!(
        "erased: what was read and said in {}, {}, the address in {}; digests stand in their place",
        counted(*runs, "finished run"),
        counted(*texts, "long text"),
        counted(*records, "other record"),
    ));
    output.line("what stays, and why:\n  keys, outcomes and ids of these runs, so that nothing is done twice");
    let stays = [
        (open, "unfinished run", "still needs what it holds; when it is over, forget once more"),
        (parked, "run", "waits for a person; after `casebridge parked retry` or `drop`, forget once more"),
        (events, "event", "waits for its moment; when that is over, forget once more"),
        (links, "link of login and contact", "says whose contact a new case gets"),
        (files, "kept copy of rules and settings", "names an address; take it out of your files"),
    ];
    for (count, what, why) in stays.into_iter().filter(|(count, ..)| **count > 0) {
        output.line(format!("  {}: {why}", counted(*count, what)));
    }
    output.line(
        "next: stop the service and run `casebridge state compact`: what was erased keeps its room on the disk until then\n\
         what the hosts keep is theirs to erase, and so are your backups and exports",
    );
}
