//! What the browser brings back after consent: `?code=…&state=…`, or an error (Khoros sheet 2.5, Salesforce sheet 2.2).

use jiff::SignedDuration;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::cli::Failure;
use crate::ports::Clock;

/// So long somebody may take to consent.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);
/// No callback is longer.
const LONGEST: usize = 16 << 10;

/// A consent, as it came back.
pub struct Came {
    pub code: SecretString,
    pub tenant_id: Option<String>,
}

/// Where to listen for a redirect address, if it is on this machine.
pub fn local(back: &str) -> Option<String> {
    let url = Url::parse(back).ok().filter(|url| url.scheme() == "http")?;
    let host = url.host_str().filter(|host| matches!(*host, "127.0.0.1" | "localhost"))?;
    Some(format!("{host}:{}", url.port_or_known_default()?))
}

/// Waits for the browser; gives the address that it asked for.
pub async fn listen(address: &str, back: &str, state: &str, clock: &dyn Clock) -> Result<String, Failure> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Failure::failed(format!(
            "{address} cannot be listened at: {error}\n   next: `--paste` takes the address by hand"
        ))
    })?;
    eprintln!("Waiting for the browser at {address} …");
    let late = clock.sleep_until(clock.now() + PATIENCE);
    let came = async {
        loop {
            let Ok((mut stream, _)) = listener.accept().await else { continue };
            // Browsers also ask for pictures and open connections that they never use.
            if let Some(query) = asked(&mut stream, back, state).await {
                return query;
            }
        }
    };
    tokio::select! {
        query = came => Ok(query),
        () = late => Err(Failure::failed("nobody consented within 15 minutes")),
    }
}

async fn asked(stream: &mut TcpStream, back: &str, state: &str) -> Option<String> {
    let mut text = Vec::new();
    let mut part = [0; 2048];
    while !text.windows(2).any(|pair| pair == b"\r\n") && text.len() < LONGEST {
        match stream.read(&mut part).await {
            Ok(count) if count > 0 => text.extend_from_slice(&part[..count]),
            _ => return None,
        }
    }
    let text = String::from_utf8_lossy(&text);
    let target = text.strip_prefix("GET ")?.split(' ').next()?;
    let came = Url::parse(back).ok()?.join(target).ok()?;
    let is_it = came.path() == Url::parse(back).ok()?.path() && param(&came, "state").as_deref() == Some(state);
    let (status, said) = match is_it {
        true => ("200 OK", "casebridge has it. You may close this page."),
        false => ("404 Not Found", "This is not what casebridge waits for."),
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{said}",
        said.len()
    );
    // Whether the browser hears it does not matter.
    let _unheard = stream.write_all(answer.as_bytes()).await;
    is_it.then(|| came.to_string())
}

/// One line from stdin.
pub fn pasted() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().read_line(&mut text).map_err(|error| Failure::failed(format!("stdin cannot be read: {error}")))?;
    Ok(text.trim().to_owned())
}

/// The consent in an address, or why there is none.
pub fn read(address: &str, state: &str) -> Result<Came, Failure> {
    let wrong = |text: &str| Failure::failed(format!("{text}\n   next: run `connect authorize` again"));
    let url = Url::parse(address).map_err(|_| wrong("this is not the address that the browser was sent to"))?;
    if param(&url, "state").as_deref() != Some(state) {
        return Err(wrong("this answer belongs to another request: its `state` is not the one that was sent"));
    }
    if let Some(error) = param(&url, "error") {
        let why = param(&url, "error_description").unwrap_or_default();
        return Err(wrong(&format!("the consent was refused: {why} ({error})")));
    }
    match param(&url, "code").filter(|code| !code.is_empty()) {
        Some(code) => Ok(Came { code: code.into(), tenant_id: param(&url, "tenant-id") }),
        None => Err(wrong("this address holds no code")),
    }
}

fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}
