//! What senders of events are known by, as configured; secrets are read now, and all that are not found are said at once.

use secrecy::SecretString;

use crate::config::{CommunityEvents, Config, OrgEvents, Secret};
use crate::intake::firehose::MESSAGE_IDS;
use crate::problem::Problem;
use crate::service::doors::{CommunityDoor, Doors, Firehose, OrgDoor};

/// The doors of all communities and orgs.
pub fn doors(config: &Config) -> Result<Doors, Vec<Problem>> {
    let mut revealing = Revealing::default();
    let communities = config.communities.iter().map(|(name, of)| (name.clone(), community(&of.events, &mut revealing)));
    let communities = communities.collect();
    let orgs = config.orgs.iter().map(|(name, of)| (name.clone(), org(&of.events, &mut revealing))).collect();
    if revealing.problems.is_empty() { Ok(Doors { communities, orgs }) } else { Err(revealing.problems) }
}

/// What the API is known by.
pub fn api_token(config: &Config) -> Result<Option<SecretString>, Vec<Problem>> {
    let mut revealing = Revealing::default();
    let token = revealing.maybe(&config.listen.api_token);
    if revealing.problems.is_empty() { Ok(token) } else { Err(revealing.problems) }
}

fn community(events: &CommunityEvents, revealing: &mut Revealing) -> CommunityDoor {
    let firehose = events.firehose.as_ref().map(|stream| Firehose {
        client_id: stream.client_id.clone(),
        client_secret: revealing.one(&stream.client_secret),
        message_ids: if stream.message_ids.is_empty() {
            MESSAGE_IDS.map(str::to_owned).to_vec()
        } else {
            stream.message_ids.clone()
        },
    });
    CommunityDoor { token: revealing.maybe(&events.token), firehose, hmac: revealing.maybe(&events.hmac) }
}

fn org(events: &OrgEvents, revealing: &mut Revealing) -> OrgDoor {
    OrgDoor {
        token: revealing.maybe(&events.token),
        organization_id: events.organization_id.clone(),
        hmac: revealing.maybe(&events.hmac),
    }
}

/// Reads secrets and collects what is wrong with them.
#[derive(Default)]
struct Revealing {
    problems: Vec<Problem>,
}

impl Revealing {
    fn one(&mut self, secret: &Secret) -> SecretString {
        secret.reveal().unwrap_or_else(|problem| {
            self.problems.push(problem);
            SecretString::from("")
        })
    }

    fn maybe(&mut self, secret: &Option<Secret>) -> Option<SecretString> {
        secret.as_ref().map(|secret| self.one(secret))
    }
}
