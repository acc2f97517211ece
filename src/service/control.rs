//! The control socket: commands that need the state of a running service ask it here, and see what they would see
//! themselves.
//!
//! `control` in the state folder, for its owner alone, and the peer's user is checked again. The client sends its command
//! line as one line of JSON; it hears `{"out": "…"}` and `{"err": "…"}` as things happen, and `{"exit": n}` at the end.
//! No secret ever goes over it.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;

use crate::ports::Boxed;
use crate::service::stop::Stop;

/// A command line is no longer than this, in bytes.
const LONGEST: u64 = 64 * 1024;

/// What the service says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    Out(String),
    Err(String),
    Exit(u8),
}

/// Does what a command line asks for; what it says goes into the channel.
pub type Obey = Arc<dyn Fn(Vec<String>, mpsc::UnboundedSender<Said>) -> Boxed<u8> + Send + Sync>;

/// Where the socket of a state folder lies.
pub fn path(state: &Path) -> PathBuf {
    state.join("control")
}

/// Opens the socket; one that a killed service left behind is replaced, since the folder's lock is ours.
pub fn open(state: &Path) -> io::Result<UnixListener> {
    let path = path(state);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers whoever comes, until the stop.
pub async fn serve(listener: UnixListener, obey: Obey, stop: Stop) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.asked() => return,
        };
        match accepted {
            Ok((stream, _)) if is_our_user(&stream) => {
                tokio::spawn(answer(stream, obey.clone()));
            }
            Ok(_) => tracing::warn!("another user tried the control socket"),
            Err(error) => tracing::warn!("the control socket: {error}"),
        }
    }
}

/// The folder of a running process belongs to its user.
fn is_our_user(stream: &UnixStream) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let ours = std::fs::metadata("/proc/self").map(|data| data.uid());
    match (stream.peer_cred(), ours) {
        (Ok(peer), Ok(ours)) => peer.uid() == ours || peer.uid() == 0,
        _ => false,
    }
}

async fn answer(stream: UnixStream, obey: Obey) {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(tokio::io::AsyncReadExt::take(read, LONGEST));
    if read.read_line(&mut line).await.is_err() {
        return;
    }
    let Ok(args) = serde_json::from_str::<Vec<String>>(&line) else {
        _ = say(&mut write, &Said::Err("this is no command line".into())).await;
        _ = say(&mut write, &Said::Exit(2)).await;
        return;
    };
    let (sender, mut said) = mpsc::unbounded_channel();
    let obeyed = tokio::spawn(async move { obey(args, sender).await });
    while let Some(said) = said.recv().await {
        // Who has gone does not stop what was asked for.
        if say(&mut write, &said).await.is_err() {
            return;
        }
    }
    let code = obeyed.await.unwrap_or(1);
    _ = say(&mut write, &Said::Exit(code)).await;
}

async fn say(write: &mut OwnedWriteHalf, said: &Said) -> io::Result<()> {
    let mut line = serde_json::to_vec(said).map_err(io::Error::other)?;
    line.push(b'\n');
    write.write_all(&line).await
}

/// Has a running service obey a command line; none when no service runs on this state.
pub async fn ask(state: &Path, args: &[String], mut hear: impl FnMut(Said)) -> Option<io::Result<u8>> {
    let stream = UnixStream::connect(path(state)).await.ok()?;
    Some(converse(stream, args, &mut hear).await)
}

async fn converse(stream: UnixStream, args: &[String], hear: &mut impl FnMut(Said)) -> io::Result<u8> {
    let (read, mut write) = stream.into_split();
    let mut line = serde_json::to_vec(args)?;
    line.push(b'\n');
    write.write_all(&line).await?;
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line)? {
            Said::Exit(code) => return Ok(code),
            said => hear(said),
        }
    }
    Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the service ended before it was done"))
}
