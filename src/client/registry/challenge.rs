//! What a registry asks for with a 401, and which token realms are its own.
//!
//! Source: RFC 9110 §11.6.1 and the distribution project's token authentication.

use reqwest::Url;
use std::net::IpAddr;

/// How requests to a registry are authorized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// It asks for nothing.
    Open,
    Basic,
    Bearer {
        realm: String,
        service: Option<String>,
    },
}

/// The best of all that `WWW-Authenticate` headers offer: Bearer, else Basic; others (Negotiate) are passed over.
pub fn best<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Scheme> {
    let mut basic = None;
    for (scheme, params) in headers.flat_map(offers) {
        let param = |name: &str| params.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        match scheme.as_str() {
            "bearer" => {
                if let Some(realm) = param("realm") {
                    return Some(Scheme::Bearer { realm, service: param("service") });
                }
            }
            "basic" => basic = Some(Scheme::Basic),
            _ => {}
        }
    }
    basic
}

type Offer = (String, Vec<(String, String)>);

/// All challenges of one header: several may stand in it, divided by the same comma as their parameters.
fn offers(header: &str) -> Vec<Offer> {
    let between = [' ', ',', '\t', '='];
    let mut all: Vec<Offer> = Vec::new();
    let mut rest = header.trim_start_matches(between);
    while !rest.is_empty() {
        let end = rest.find(between).unwrap_or(rest.len());
        let (word, after) = (rest[..end].to_ascii_lowercase(), rest[end..].trim_start());
        rest = match (after.strip_prefix('='), all.last_mut()) {
            (Some(value), Some((_, params))) => {
                let (value, left) = unquoted(value.trim_start());
                params.push((word, value));
                left
            }
            _ => {
                all.push((word, Vec::new()));
                after
            }
        };
        rest = rest.trim_start_matches(between);
    }
    all
}

/// A token or a quoted string, and what follows it.
fn unquoted(text: &str) -> (String, &str) {
    let Some(inner) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..end].to_string(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = inner.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (value, &inner[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    (value, "")
}

/// The realm to ask for a token, if it may be asked at all: https, unless the registry itself is plain http; and no
/// private address for a registry that has none (a public registry has no business there).
pub fn realm(registry: &Url, text: &str) -> Result<Url, String> {
    let mut realm = registry.join(text).map_err(|_| format!("its token realm `{text}` is not an address"))?;
    let _ = (realm.set_username(""), realm.set_password(None));
    let plain = realm.scheme() == "http" && registry.scheme() == "http";
    if realm.scheme() != "https" && !plain {
        return Err(format!("its token realm {} is not https", shown(&realm)));
    }
    if private(&realm) && !private(registry) {
        return Err(format!("its token realm {} is a private address", shown(&realm)));
    }
    Ok(realm)
}

/// Whether credentials may go to this realm: to the registry's own host, or to another one below the registry's parent
/// (registry-1.docker.io names auth.docker.io, registry.gitlab.com names gitlab.com), where that parent is no top-level
/// domain. docker sends them to whatever a registry names; a registry that was broken into could then collect them elsewhere.
pub fn own_realm(registry: &Url, realm: &Url) -> bool {
    let (Some(registry), Some(realm)) = (registry.host_str(), realm.host_str()) else { return false };
    if registry == realm {
        return true;
    }
    if registry.parse::<IpAddr>().is_ok() || registry.starts_with('[') {
        return false;
    }
    let parent = registry.split_once('.').map_or("", |(_, parent)| parent);
    parent.contains('.') && (realm == parent || realm.strip_suffix(parent).is_some_and(|head| head.ends_with('.')))
}

fn private(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return true };
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified(),
        Ok(IpAddr::V6(ip)) => {
            ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unique_local() || ip.is_unspecified()
        }
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Scheme, host and port: all of an address that is shown.
pub fn shown(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().expect("an address")
    }

    #[test]
    fn bearer_is_taken_wherever_it_stands() {
        let bearer = Some(Scheme::Bearer { realm: "https://a/t".into(), service: Some("s, \"x\"".into()) });
        let text = r#"Bearer realm="https://a/t",service="s, \"x\"",scope="repository:x:pull""#;
        assert_eq!(best([text].into_iter()), bearer);
        assert_eq!(best(["Negotiate", "Basic realm=\"x\"", text].into_iter()), bearer);
        assert_eq!(best([format!("Negotiate YWJj==, Basic realm=x, {text}").as_str()].into_iter()), bearer);
        assert_eq!(best(["Negotiate, basic realm=x"].into_iter()), Some(Scheme::Basic));
        for nothing in ["", "=", "Negotiate", "Bearer", "Bearer realm", "Bearer =\"", ",,,"] {
            assert_eq!(best([nothing].into_iter()), None, "{nothing}");
        }
    }

    #[test]
    fn a_realm_is_https_and_credentials_stay_with_the_registry() {
        let quay = url("https://quay.io");
        assert!(realm(&quay, "http://quay.io/v2/auth").is_err());
        assert!(realm(&quay, "https://169.254.169.254/latest").is_err());
        assert!(realm(&quay, "https://localhost/").is_err());
        assert!(realm(&quay, "https://u:p@quay.io/v2/auth").expect("fine").username().is_empty());
        assert!(realm(&url("http://127.0.0.1:5000"), "http://127.0.0.1:5001/token").is_ok());
        assert!(realm(&url("http://127.0.0.1:5000"), "http://localhost:5001/token").is_ok());
        for (registry, realm, own) in [
            ("https://quay.io", "https://quay.io/v2/auth", true),
            ("https://quay.io", "https://evil.io/auth", false),
            ("https://registry-1.docker.io", "https://auth.docker.io/token", true),
            ("https://registry.gitlab.com", "https://gitlab.com/jwt/auth", true),
            ("https://registry.gitlab.com", "https://evilgitlab.com/jwt", false),
            ("https://registry.ci.openshift.org", "https://registry.ci.openshift.org/openshift/token", true),
            ("http://10.0.0.1", "https://x.0.0.1/", false),
        ] {
            let Ok(realm) = realm.parse::<Url>() else {
                assert!(!own);
                continue;
            };
            assert_eq!(own_realm(&url(registry), &realm), own, "{registry} {realm}");
        }
    }
}
