//! Which proxy a connection goes through: a kubeconfig's `proxy-url`, else HTTPS_PROXY and NO_PROXY as curl reads them.

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

/// `explicit` (from the kubeconfig) wins and NO_PROXY does not touch it. `closed`: the environment is not asked.
pub fn of(server: &Uri, explicit: Option<&str>, closed: bool) -> Result<Option<Uri>, String> {
    if let Some(text) = explicit.filter(|t| !t.is_empty()) {
        let uri: Uri = text.parse().map_err(|_| "its proxy-url is not an address".to_string())?;
        return match uri.scheme_str() {
            Some("http" | "https" | "socks5") => Ok(Some(uri)),
            _ => Err("its proxy-url is not http, https or socks5".into()),
        };
    }
    if closed {
        return Ok(None);
    }
    Ok(matched(&Matcher::from_env(), server))
}

fn matched(matcher: &Matcher, server: &Uri) -> Option<Uri> {
    let intercept = matcher.intercept(server)?;
    let uri = intercept.uri().clone();
    match intercept.raw_auth() {
        // The connector takes the login from the address.
        Some((user, password)) => {
            let host = uri.authority().map(|a| a.as_str().rsplit('@').next().unwrap_or_default().to_string())?;
            format!("{}://{user}:{password}@{host}/", uri.scheme_str().unwrap_or("http")).parse().ok()
        }
        None => Some(uri),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(no: &str) -> Matcher {
        Matcher::builder().https("http://proxy.lan:3128").no(no).build()
    }

    #[test]
    fn no_proxy_counts_for_the_cluster_and_not_for_the_proxy() {
        let moc: Uri = "https://api.moc.lan:6443".parse().expect("address");
        assert_eq!(matched(&matcher(""), &moc).expect("goes through").host(), Some("proxy.lan"));
        assert_eq!(matched(&matcher("moc.lan,,other"), &moc), None);
        assert!(matched(&matcher("proxy.lan"), &moc).is_some());
    }

    #[test]
    fn an_explicit_proxy_wins_and_a_wrong_one_is_named() {
        let moc: Uri = "https://api.moc.lan:6443".parse().expect("address");
        assert_eq!(
            of(&moc, Some("socks5://127.0.0.1:1080"), false).expect("proxy").expect("some").port_u16(),
            Some(1080)
        );
        assert!(of(&moc, Some("ftp://x"), false).is_err());
        assert_eq!(of(&moc, None, true), Ok(None));
    }
}
