//! Two that use one login, in one process or two: what one notes down does not undo what the other does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use casebridge::app::system::SystemClock;
use casebridge::failure::{FailureClass, HostError};
use casebridge::hosts::connection_state::Kept;
use casebridge::hosts::session::{Session, SignIn, SignedIn};
use casebridge::ports::Boxed;
use casebridge::state::FileTokens;

use super::text;
use crate::world::serving::until;

/// Gives `access-1`, `access-2` …, as soon as it may.
#[derive(Clone, Default)]
struct Counting {
    begun: Arc<AtomicUsize>,
    waits: Arc<AtomicBool>,
}

impl SignIn for Counting {
    fn kind(&self) -> &'static str {
        "counting"
    }

    fn fingerprint(&self) -> String {
        "one".into()
    }

    fn tries(&self) -> u8 {
        3
    }

    fn sign_in(&self, _: Kept) -> Boxed<Result<SignedIn, HostError>> {
        let (number, waits) = (self.begun.fetch_add(1, Ordering::SeqCst) + 1, self.waits.clone());
        Box::pin(async move {
            while waits.load(Ordering::SeqCst) {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
            let access = format!("access-{number}").into();
            Ok(SignedIn { access, refresh: Some(format!("refresh-{number}").into()), ..SignedIn::default() })
        })
    }
}

/// Two bridges that use one login, each as in a process of its own.
fn two(folder: &tempfile::TempDir, way: &Counting) -> [Session; 2] {
    std::array::from_fn(|_| {
        let tokens = FileTokens::open(folder.path()).expect("tokens open");
        Session::new("khoros:main".into(), tokens, Arc::new(SystemClock), Arc::new(way.clone()))
    })
}

#[tokio::test]
async fn what_one_learns_while_another_renews_the_token_is_kept_beside_the_new_token_f_047() {
    let (folder, way) = (tempfile::tempdir().expect("a folder"), Counting::default());
    let [one, other] = two(&folder, &way);
    way.waits.store(true, Ordering::SeqCst);
    let renewing = one.clone();
    let renewed = tokio::spawn(async move { renewing.refresh(false).await.map(|_| ()) });
    until("it is at it", || way.begun.load(Ordering::SeqCst) == 1).await;
    let learnt = tokio::spawn(async move { other.learnt(Some("acme.prod".into()), Some("ana".into())).await });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    way.waits.store(false, Ordering::SeqCst);
    renewed.await.expect("no panic").expect("a token");
    learnt.await.expect("no panic").expect("it is noted");
    let kept = one.kept();
    assert_eq!((text(&kept.access).as_str(), text(&kept.refresh).as_str()), ("access-1", "refresh-1"));
    assert_eq!((kept.login.as_deref(), kept.place.as_deref()), (Some("ana"), Some("acme.prod")));
}

#[tokio::test]
async fn a_token_that_was_refused_is_dropped_and_a_newer_one_of_another_bridge_is_not_f_047() {
    let (folder, way) = (tempfile::tempdir().expect("a folder"), Counting::default());
    let [one, other] = two(&folder, &way);
    let older = one.refresh(false).await.expect("a token");
    let newer = other.refresh(false).await.expect("another");
    let refusal = HostError::new(FailureClass::SignedOut, "khoros: GET /search", "the session has ended");
    one.lost(&older, &refusal).await;
    assert_eq!(text(&other.kept().access), "access-2");
    one.lost(&newer, &refusal).await;
    assert!(other.kept().access.is_none(), "that one was refused");
}
