//! What senders of events are known by, as configured; secrets are read now, and all that are not found are said at once.

use secrecy::SecretString;

use crate::app::secrets::Secrets;
use crate::config::{CommunityEvents, Config, OrgEvents};
use crate::intake::firehose::MESSAGE_IDS;
use crate::problem::Problem;
use crate::service::doors::{CommunityDoor, Doors, Firehose, OrgDoor};

/// The doors of all communities and orgs.
pub fn doors(config: &Config) -> Result<Doors, Vec<Problem>> {
    let mut secrets = Secrets::default();
    let communities = config.communities.iter().map(|(name, of)| (name.clone(), community(&of.events, &mut secrets)));
    let communities = communities.collect();
    let orgs = config.orgs.iter().map(|(name, of)| (name.clone(), org(&of.events, &mut secrets))).collect();
    secrets.whole(Doors { communities, orgs })
}

/// What the API is known by.
pub fn api_token(config: &Config) -> Result<Option<SecretString>, Vec<Problem>> {
    let mut secrets = Secrets::default();
    let token = secrets.maybe(&config.listen.api_token);
    secrets.whole(token)
}

fn community(events: &CommunityEvents, secrets: &mut Secrets) -> CommunityDoor {
    let firehose = events.firehose.as_ref().map(|stream| Firehose {
        client_id: stream.client_id.clone(),
        client_secret: secrets.read(&stream.client_secret),
        message_ids: if stream.message_ids.is_empty() {
            MESSAGE_IDS.map(str::to_owned).to_vec()
        } else {
            stream.message_ids.clone()
        },
    });
    CommunityDoor { token: secrets.maybe(&events.token), firehose, hmac: secrets.maybe(&events.hmac) }
}

fn org(events: &OrgEvents, secrets: &mut Secrets) -> OrgDoor {
    OrgDoor {
        token: secrets.maybe(&events.token),
        organization_id: events.organization_id.clone(),
        hmac: secrets.maybe(&events.hmac),
    }
}
