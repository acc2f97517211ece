//! The second half of the tour: agents are heard in the thread, members in the case, and a solution closes it.

use serde_json::{Value as Json, json};

use super::{Tour, advance, get, post};
use crate::cli::Failure;
use crate::marker;
use crate::sandbox::serve::Sandbox;

impl Tour {
    /// Whether both sides heard each other.
    pub(super) async fn both_ways(&self, sandbox: &Sandbox) -> Result<bool, Failure> {
        let http = &self.opening.http;
        let org = get(http, &format!("{}/_sandbox/world", sandbox.salesforce_url)).await?;
        let Some((case, thread)) = opened(&org) else { return Ok(false) };

        self.say(&format!(
            "\n6. Two agents answer on the case of thread {thread}: Zoe has an account in the community, Mia has none\n"
        ));
        let comment = |by: &str, body: &str| json!({ "case": case, "body": body, "is_published": true, "by": by });
        let comments =
            [comment("zoe@acme.test", "Please restart it & wait"), comment("mia@acme.test", "Which version is it?")];
        post(http, &format!("{}/_sandbox/world", sandbox.salesforce_url), json!({ "comments": comments })).await?;
        self.pass().await?;
        let community = get(http, &format!("{}/_sandbox/world", sandbox.khoros_url)).await?;
        let posts = list(&community, "replies", &thread);
        posts
            .iter()
            .rev()
            .take(2)
            .rev()
            .for_each(|reply| self.say(&format!("  {}: {}", said(reply, "author"), said(reply, "body"))));

        self.say(
            "\n7. The author answers, and accepts what Zoe wrote: the answer reaches the case, and the case closes\n",
        );
        let zoes = posts.iter().find(|reply| said(reply, "author") == "zoe").map(|reply| reply["id"].clone());
        let answer = json!({ "thread": thread, "author": author(&community, &thread), "body": "<p>That was it, thank you!</p>" });
        let world = format!("{}/_sandbox/world", sandbox.khoros_url);
        post(http, &world, json!({ "replies": [answer], "solutions": [{ "reply": zoes }] })).await?;
        advance(http, &sandbox.khoros_url, "1 minutes").await?;
        self.clock.look().await;
        self.pass().await?;
        let org = get(http, &format!("{}/_sandbox/world", sandbox.salesforce_url)).await?;
        let of_case = org["comments"].as_array().into_iter().flatten().filter(|comment| comment["case"] == case);
        of_case.for_each(|comment| self.say(&format!("  {}", said(comment, "body").replace('\n', "\n    "))));
        Ok(posts.len() >= 2 && is_closed(&org, &case))
    }
}

/// A case that a rule opened, and its thread.
fn opened(org: &Json) -> Option<(Json, String)> {
    let key = |case: &Json| Some(case["fields"]["Community_Thread_Key__c"].as_str()?.rsplit_once(':')?.1.to_owned());
    org["cases"].as_array()?.iter().find_map(|case| Some((case["id"].clone(), key(case)?)))
}

fn is_closed(org: &Json, id: &Json) -> bool {
    let mut cases = org["cases"].as_array().into_iter().flatten();
    cases.any(|case| case["id"] == *id && case["fields"]["IsClosed"] == json!(true))
}

fn list(community: &Json, name: &str, thread: &str) -> Vec<Json> {
    let all = community[name].as_array().into_iter().flatten();
    all.filter(|reply| reply["thread"] == json!(thread)).cloned().collect()
}

fn author(community: &Json, thread: &str) -> Json {
    let mut threads = community["threads"].as_array().into_iter().flatten();
    threads.find(|known| known["id"] == json!(thread)).map(|known| known["author"].clone()).unwrap_or_default()
}

/// A text as people see it.
fn said(of: &Json, name: &str) -> String {
    marker::without(of[name].as_str().unwrap_or_default())
}
