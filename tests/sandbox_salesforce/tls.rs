//! TLS with a given certificate and key.

use std::path::PathBuf;

use casebridge::sandbox::{Options, Tls, start};
use serde_json::{Value, json};

/// A certificate for the loopback address, and its key, in files.
fn keys(folder: &std::path::Path) -> (Tls, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(["127.0.0.1".into()]).unwrap().self_signed(&key).unwrap();
    let (certificate_file, key_file) = (folder.join("c.pem"), folder.join("k.pem"));
    std::fs::write(&certificate_file, certificate.pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    (Tls { certificate: certificate_file, key: key_file }, certificate.pem())
}

fn trusting(pem: &str) -> reqwest::Client {
    let certificate = reqwest::Certificate::from_pem(pem.as_bytes()).unwrap();
    reqwest::Client::builder().no_proxy().tls_certs_only([certificate]).build().unwrap()
}

#[tokio::test]
async fn a_port_speaks_tls_and_plain_http_and_names_itself_as_it_was_reached() {
    let folder = tempfile::tempdir().unwrap();
    let (tls, pem) = keys(folder.path());
    let sandbox = start(Options { tls: Some(tls), ..Options::default() }).await.unwrap();
    assert!(sandbox.salesforce_url.starts_with("https://127.0.0.1:"));
    let org = sandbox.hosts["salesforce"].clone();
    let form = [
        ("grant_type", json!("client_credentials")),
        ("client_id", org["client_id"].clone()),
        ("client_secret", org["client_secret"].clone()),
    ];
    let plain = sandbox.salesforce_url.replace("https:", "http:");
    for base in [&sandbox.salesforce_url, &plain] {
        let http = trusting(&pem);
        let answer = http.post(format!("{base}/services/oauth2/token")).form(&form).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["instance_url"], base.as_str());
        assert!(answer["id"].as_str().unwrap().starts_with(base.as_str()));
    }
    let strict = reqwest::Client::builder().no_proxy().build().unwrap();
    assert!(strict.get(format!("{}/services/data", sandbox.salesforce_url)).send().await.is_err());
    let community = trusting(&pem).get(format!("{}/_sandbox/clock", sandbox.khoros_url)).send().await.unwrap();
    assert_eq!(community.status(), 200);
    sandbox.stop().await;
}

#[tokio::test]
async fn faults_cut_connections_over_tls_too_and_a_silent_client_holds_up_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (tls, pem) = keys(folder.path());
    let sandbox = start(Options { tls: Some(tls), ..Options::default() }).await.unwrap();
    let address = sandbox.salesforce_url.strip_prefix("https://").unwrap();
    let _silent = tokio::net::TcpStream::connect(address).await.unwrap();
    let (http, list) = (trusting(&pem), format!("{}/services/data", sandbox.salesforce_url));
    for fault in [json!({"do": "drop"}), json!({"do": "reset"}), json!({"do": "reset", "at": "body"})] {
        let added = http.post(format!("{}/_sandbox/faults", sandbox.salesforce_url)).json(&fault).send().await;
        assert_eq!(added.unwrap().status(), 200);
        let answer = http.get(&list).send().await;
        assert!(
            match answer {
                Ok(answer) => answer.bytes().await.is_err(),
                Err(_) => true,
            },
            "{fault}"
        );
    }
    assert_eq!(http.get(&list).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn wrong_files_are_told_before_anything_listens() {
    let folder = tempfile::tempdir().unwrap();
    let (tls, _) = keys(folder.path());
    let other = tempfile::tempdir().unwrap();
    let (stranger, _) = keys(other.path());
    for (tls, words) in [
        (Tls { key: PathBuf::from("/no/such/key"), ..tls.clone() }, "cannot read the key"),
        (Tls { certificate: tls.key.clone(), ..tls.clone() }, "do not go together"),
        (Tls { key: stranger.key, ..tls.clone() }, "do not go together"),
    ] {
        let error = start(Options { tls: Some(tls), ..Options::default() }).await.err().unwrap();
        assert!(error.contains(words), "{error}");
    }
    assert!("one-file".parse::<Tls>().is_err());
}
