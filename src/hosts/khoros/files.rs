//! The bytes of files on messages, for a host that keeps them (`ports::Files`).
//!
//! The sheet says where a file lies (5.4: `url`) and not who may open it. Our key goes along, as in every call to the
//! community, so that no file is called that lies elsewhere; a page in place of a file is no file.

use std::sync::Arc;
use std::time::Duration;

use crate::catalog::Boxed;
use crate::failure::{FailureClass, HostError};
use crate::hosts::budget::Spent;
use crate::hosts::host_error::{CallError, REDIRECTED, TOO_LONG, redacted};
use crate::hosts::khoros::sign_in::Key;
use crate::hosts::khoros::{Client, answer};
use crate::ports::{Files, HttpAnswer, HttpRequest};

const CALL: &str = "khoros: GET of a file";
/// What a page takes that comes in place of a file: it says why, and may be longer than the file.
const PAGE: usize = 1 << 20;
/// A file may be long, and a line slow.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The files of a community.
pub fn files(client: &Arc<Client>) -> Arc<dyn Files> {
    Arc::new(OfMessages(client.clone()))
}

struct OfMessages(Arc<Client>);

impl Files for OfMessages {
    fn fetch(&self, address: &str, longest: usize) -> Boxed<Result<Vec<u8>, HostError>> {
        let (client, address) = (self.0.clone(), address.to_owned());
        Box::pin(async move { client.fetch(&address, longest).await })
    }
}

impl Client {
    async fn fetch(&self, address: &str, longest: usize) -> Result<Vec<u8>, HostError> {
        if !self.is_home_of(address) {
            return Err(HostError::new(FailureClass::Refused, CALL, "the file lies outside of the community"));
        }
        // As it is there: a packed answer would be unpacked on its way.
        let headers = vec![("accept-encoding".into(), "identity".into())];
        let (url, timeout, most) = (address.to_owned(), Some(TIMEOUT), Some(longest.max(PAGE)));
        let request = HttpRequest { method: "GET", url, headers, timeout, longest: most, ..HttpRequest::default() };
        let key = self.own_key(None).await?;
        let bytes = match self.bytes(&request, &key).await {
            Err(CallError::DeadSession(_)) => {
                let key = self.own_key(Some(&key)).await?;
                self.bytes(&request, &key).await.map_err(not_ours)?
            }
            answered => answered?,
        };
        if bytes.len() > longest {
            let said = format!("the file has {} bytes and not {longest}", bytes.len());
            return Err(HostError::new(FailureClass::Refused, CALL, said).code(TOO_LONG));
        }
        Ok(bytes)
    }

    async fn bytes(&self, request: &HttpRequest, key: &Key) -> Result<Vec<u8>, CallError> {
        let mut request = request.clone();
        key.put(&mut request);
        let answer = self.wire.send(CALL, Spent::Read, request).await.map_err(HostError::before_the_write);
        let answer = answer.map_err(sent_elsewhere)?;
        if answer.status == 200 && !is_page(&answer) {
            return Ok(answer.body);
        }
        let unlike = || HostError::new(FailureClass::Unreadable, CALL, "answered with something that is no file");
        let error = answer::read(CALL, &answer, self.now()).map_or_else(|error| error, |_| unlike().into());
        Err(match error {
            CallError::DeadSession(error) => CallError::DeadSession(redacted(error, &[key.secret()])),
            CallError::Failed(error) => CallError::Failed(redacted(error, &[key.secret()])),
        })
    }
}

/// Whoever has to sign in, or to wait, is shown a page. One that was posted as a file is not told apart from it.
fn is_page(answer: &HttpAnswer) -> bool {
    answer.headers.get("content-type").is_some_and(|kind| kind.to_lowercase().starts_with("text/html"))
}

/// Whoever may not open a file may be sent to a page where people sign in, each time anew: a person looks at it.
fn sent_elsewhere(error: HostError) -> HostError {
    match error.code.as_deref() {
        Some(REDIRECTED) => HostError { class: FailureClass::Refused, ..error },
        _ => error,
    }
}

/// A new key that is refused may not open this file; our connection goes on.
fn not_ours(error: CallError) -> HostError {
    match error {
        CallError::DeadSession(error) => HostError { class: FailureClass::Refused, ..error },
        CallError::Failed(error) => error,
    }
}
