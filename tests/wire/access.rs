//! The ways to a server: proxies, names and certificates, from the kubeconfig and from the environment.
//!
//! What the environment says is asked of a process of its own: this test program again, with one test that is left out
//! otherwise.

use crate::desk::{Desk, connect};
use crate::double::Double;
use crate::tls::{Authority, Proxy, base64};
use serde_json::json;
use std::path::Path;
use weir_client::{Client, Settings};
use weir_domain::{ClusterName, FailureKind};

/// A name that nobody can look up.
const NAME: &str = "api.cluster.invalid";

#[tokio::test]
async fn a_proxy_of_the_kubeconfig_is_gone_through_with_its_log_in() {
    let authority = Authority::new();
    let double = Double::with_tls(authority.server(NAME, false)).await;
    let proxy = Proxy::to(double.address).await;
    let cluster = json!({"server": format!("https://{NAME}:6443"), "certificate-authority-data": authority.base64(),
        "proxy-url": format!("http://user:word@{}", proxy.address)});
    let desk = Desk::new().with("moc", cluster, json!({"token": "t"}));
    let client = desk.client();
    connect(&client, "moc").await.expect("it connects");
    let asked = proxy.asked();
    assert!(asked[0].starts_with(&format!("CONNECT {NAME}:6443 ")), "{asked:?}");
    let word = base64("user:word");
    assert!(
        asked[0].to_lowercase().contains(&format!("proxy-authorization: basic {}", word.to_lowercase())),
        "{asked:?}"
    );
    let endpoint = client.endpoint(&ClusterName::new("moc")).expect("known");
    assert!(!format!("{endpoint:?}").contains("word"), "{endpoint:?}");
}

#[tokio::test]
async fn a_proxy_that_is_no_proxy_is_told() {
    let cluster = json!({"server": format!("https://{NAME}:6443"), "proxy-url": "ftp://somewhere"});
    let desk = Desk::new().with("moc", cluster, json!({"token": "t"}));
    let failure = connect(&desk.client(), "moc").await.expect_err("no such proxy");
    assert_eq!(failure.kind, FailureKind::Usage);
    assert!(failure.why.contains("proxy-url"), "{failure}");
}

#[tokio::test]
async fn tls_server_name_is_the_name_that_is_asked_for_and_checked() {
    let authority = Authority::new();
    let double = Double::with_tls(authority.server(NAME, false)).await;
    let server = format!("https://{}", double.address);
    let named = json!({"server": server, "certificate-authority-data": authority.base64(), "tls-server-name": NAME});
    let plain = json!({"server": server, "certificate-authority-data": authority.base64()});
    let desk = Desk::new().with("named", named, json!({"token": "t"})).with("plain", plain, json!({"token": "u"}));
    let client = desk.client();
    connect(&client, "named").await.expect("the name fits");
    let failure = connect(&client, "plain").await.expect_err("the address does not");
    assert_eq!(failure.kind, FailureKind::Offline);
    assert!(failure.why.contains("certificate"), "{failure}");
}

#[tokio::test]
async fn a_client_certificate_is_shown_from_data_and_from_files_beside_the_kubeconfig() {
    let authority = Authority::new();
    let double = Double::with_tls(authority.server("127.0.0.1", true)).await;
    let cluster = json!({"server": format!("https://{}", double.address), "certificate-authority": "ca.pem"});
    let (certificate, key) = authority.client("jane");
    let data = json!({"client-certificate-data": base64(&certificate), "client-key-data": base64(&key)});
    let files = json!({"client-certificate": "jane.crt", "client-key": "jane.key"});
    let desk = Desk::new().with("data", cluster.clone(), data).with("files", cluster.clone(), files).with(
        "none",
        cluster,
        json!({"token": "t"}),
    );
    for (name, text) in [("ca.pem", &authority.pem), ("jane.crt", &certificate), ("jane.key", &key)] {
        std::fs::write(desk.folder.path().join(name), text).expect("a file");
    }
    let client = desk.client();
    connect(&client, "data").await.expect("known by its certificate");
    connect(&client, "files").await.expect("known by its certificate");
    assert_eq!(connect(&client, "none").await.expect_err("unknown").kind, FailureKind::Offline);
}

/// Connects in a process with this environment; gives what it printed.
async fn elsewhere(desk: &Desk, environment: &[(&str, String)]) -> String {
    let mut child = tokio::process::Command::new(std::env::current_exe().expect("this program"));
    child.args(["--exact", "access::connects_with_its_environment", "--ignored", "--nocapture"]);
    for name in [
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
        "NO_PROXY",
        "no_proxy",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ] {
        child.env_remove(name);
    }
    child.env("WEIR_WIRE_KUBECONFIG", desk.write()).envs(environment.iter().map(|(name, value)| (name, value)));
    let output = child.output().await.expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = said.lines().find_map(|line| line.split_once("connected: ")).map(|(_, words)| words.to_string());
    line.unwrap_or_else(|| panic!("{said}\n{}", String::from_utf8_lossy(&output.stderr)))
}

#[tokio::test]
#[ignore = "run by the others, each with an environment of its own"]
async fn connects_with_its_environment() {
    let file = std::env::var_os("WEIR_WIRE_KUBECONFIG").expect("the test that runs this one names a kubeconfig");
    let state = Path::new(&file).parent().expect("it lies in a folder").join("state");
    let client = Client::new(Settings { kubeconfig: Some(vec![file.into()]), state, ..Settings::default() });
    match connect(&client, "moc").await {
        Ok(()) => println!("connected: yes"),
        Err(failure) => println!("connected: {failure}"),
    }
}

#[tokio::test]
async fn https_proxy_is_gone_through_and_no_proxy_is_not() {
    let authority = Authority::new();
    let double = Double::with_tls(authority.server("localhost", false)).await;
    let proxy = Proxy::to(double.address).await;
    let server = format!("https://localhost:{}", double.address.port());
    let cluster = json!({"server": server, "certificate-authority-data": authority.base64()});
    let desk = Desk::new().with("moc", cluster, json!({"token": "t"}));
    let through = ("HTTPS_PROXY", format!("http://{}", proxy.address));
    assert_eq!(elsewhere(&desk, std::slice::from_ref(&through)).await, "yes");
    let first = proxy.asked();
    assert!(first[0].starts_with(&format!("CONNECT localhost:{} ", double.address.port())), "{first:?}");
    let not = ("NO_PROXY", "example.com,localhost".to_string());
    assert_eq!(elsewhere(&desk, &[through, not]).await, "yes");
    assert_eq!(proxy.asked().len(), first.len(), "the second went straight");
}

#[tokio::test]
async fn ssl_cert_file_names_the_authorities_where_the_kubeconfig_names_none() {
    let authority = Authority::new();
    let double = Double::with_tls(authority.server("127.0.0.1", false)).await;
    let desk = Desk::new().with("moc", json!({"server": format!("https://{}", double.address)}), json!({"token": "t"}));
    let file = desk.folder.path().join("ca.pem");
    std::fs::write(&file, &authority.pem).expect("a file");
    assert_eq!(elsewhere(&desk, &[("SSL_CERT_FILE", file.display().to_string())]).await, "yes");
    std::fs::write(&file, &Authority::new().pem).expect("another authority");
    let words = elsewhere(&desk, &[("SSL_CERT_FILE", file.display().to_string())]).await;
    assert!(words.contains("certificate"), "{words}");
}
