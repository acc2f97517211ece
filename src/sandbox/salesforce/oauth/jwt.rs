//! The JWT bearer flow (sheet 2.2): an assertion signed with RS256, read with the leniency that clients need.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use webpki::aws_lc_rs::RSA_PKCS1_2048_8192_SHA256;
use webpki::{EndEntityCert, RawPublicKeyEntity};

use super::super::digest;
use super::app::Secrets;
use super::form::Error;

const WRONG: Error = ("invalid_grant", "invalid assertion");

/// What an app's assertions are checked against: the certificate of its record, or a bare public key.
#[derive(Debug, Clone)]
pub enum JwtKey {
    Certificate(CertificateDer<'static>),
    PublicKey(Arc<SubjectPublicKeyInfoDer<'static>>),
}

impl JwtKey {
    /// Reads a PEM file.
    pub fn read(path: &Path) -> Result<JwtKey, String> {
        if let Ok(certificate) = CertificateDer::from_pem_file(path) {
            return Ok(JwtKey::Certificate(certificate));
        }
        let key = SubjectPublicKeyInfoDer::from_pem_file(path);
        let key = key.map_err(|error| format!("`{}` is no PEM certificate or public key: {error}", path.display()))?;
        Ok(JwtKey::PublicKey(Arc::new(key)))
    }

    fn signed(&self, text: &[u8], signature: &[u8]) -> bool {
        let algorithm = RSA_PKCS1_2048_8192_SHA256;
        match self {
            JwtKey::Certificate(certificate) => EndEntityCert::try_from(certificate)
                .is_ok_and(|certificate| certificate.verify_signature(algorithm, text, signature).is_ok()),
            JwtKey::PublicKey(key) => RawPublicKeyEntity::try_from(&**key)
                .is_ok_and(|key| key.verify_signature(algorithm, text, signature).is_ok()),
        }
    }
}

/// Checks signature, issuer, user, audience and age.
pub fn check(assertion: &str, secrets: &Secrets, base: &str, only: &str, now: Timestamp) -> Result<(), Error> {
    let (text, signature) = assertion.rsplit_once('.').ok_or(WRONG)?;
    let (header, claims) = text.split_once('.').ok_or(WRONG)?;
    let (header, claims) = (part(header)?, part(claims)?);
    let signature = digest::from_base64url(signature).filter(|signature| !signature.is_empty()).ok_or(WRONG)?;
    if header.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err(WRONG);
    }
    let claim = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    if claim("iss") != secrets.client_id {
        return Err(("invalid_client_id", "client identifier invalid"));
    }
    if secrets.jwt_key.as_ref().is_some_and(|key| !key.signed(text.as_bytes(), &signature)) {
        return Err(WRONG);
    }
    let fits = if only.is_empty() { is_audience(claim("aud"), base) } else { claim("aud") == only };
    if !fits {
        return Err(("invalid_grant", "audience is invalid"));
    }
    if claims.get("exp").and_then(expiry).is_none_or(|end| end <= now.as_second()) {
        return Err(WRONG);
    }
    if secrets.is_user(claim("sub")) { Ok(()) } else { Err(("invalid_grant", "user hasn't approved this consumer")) }
}

fn part(coded: &str) -> Result<Value, Error> {
    let bytes = digest::from_base64url(coded).ok_or(WRONG)?;
    serde_json::from_slice(&bytes).map_err(|_| WRONG)
}

/// A login host of Salesforce, or the org itself.
fn is_audience(audience: &str, base: &str) -> bool {
    let audience = audience.trim_end_matches('/');
    let host = audience.strip_prefix("https://");
    audience == base || host.is_some_and(|host| host.ends_with(".salesforce.com") && !host.contains('/'))
}

/// Seconds, as a number or as text. The command line sends milliseconds, which is far off as seconds and passes (sheet 2.2).
fn expiry(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
