//! TLS with a certificate and a key from files.
//!
//! A port that speaks TLS goes on speaking plain HTTP: the first byte of a connection tells which of the two it is.

use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The files of a certificate (with its chain) and of its key, both PEM.
#[derive(Clone, Debug)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl FromStr for Tls {
    type Err = String;

    /// `cert.pem,key.pem`
    fn from_str(text: &str) -> Result<Tls, String> {
        let (certificate, key) = text.split_once(',').ok_or("certificate and key are two files: `CERT,KEY`")?;
        Ok(Tls { certificate: certificate.into(), key: key.into() })
    }
}

impl Tls {
    /// Reads both files.
    pub fn acceptor(&self) -> Result<TlsAcceptor, String> {
        let (certificate, key) = (self.certificate.display(), self.key.display());
        let chain = CertificateDer::pem_file_iter(&self.certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let chain = chain.map_err(|error| format!("cannot read the certificate `{certificate}`: {error}"))?;
        let secret = PrivateKeyDer::from_pem_file(&self.key);
        let secret = secret.map_err(|error| format!("cannot read the key `{key}`: {error}"))?;
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("no TLS: {error}"))?
            .with_no_client_auth()
            .with_single_cert(chain, secret)
            .map_err(|error| format!("`{certificate}` and `{key}` do not go together: {error}"))?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// What a TLS record starts with when it opens a connection; no HTTP method starts so.
const HANDSHAKE: u8 = 22;

/// Whether the other end begins a TLS handshake.
pub async fn is_handshake(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0];
    Ok(stream.peek(&mut first).await? == 1 && first[0] == HANDSHAKE)
}
