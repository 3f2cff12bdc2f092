//! Whether a repository may be pushed to, found out without pushing.

use super::challenge::Scheme;
use super::wire::Miss;
use super::{Access, Registries, in_time};
use crate::registry::host::Purpose;
use base64::Engine;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::time::Instant;
use weir_domain::{Failure, FailureKind, ImageRef};

#[derive(Deserialize)]
struct Claims {
    access: Vec<Granted>,
}

#[derive(Deserialize)]
struct Granted {
    name: String,
    actions: Vec<String>,
}

impl Registries {
    /// Whether the usual credential may push to the image's repository, as far as can be told without pushing. A registry
    /// that asks for no log-in lets everybody; a token says what it grants; where it does not, a credential counts as enough.
    pub async fn may_push(&self, image: &ImageRef) -> Result<bool, Failure> {
        let what = format!("cannot tell whether {} may be pushed to", image.place());
        in_time(self.ask_for_push(image)).await.map_err(|miss| miss.failure(&what))
    }

    async fn ask_for_push(&self, image: &ImageRef) -> Result<bool, Miss> {
        let host = self.host(&image.host)?;
        let repository = &*image.repository;
        let purpose = Purpose { repository: repository.into(), push: true, access: Access::Usual };
        let (means, begun) = (self.means()?, Instant::now());
        let pass = match host.pass(&means, &purpose).await {
            Ok(pass) => pass,
            // A realm that refuses to give a token has answered.
            Err(miss) if matches!(miss.kind, FailureKind::Denied | FailureKind::Expired) => return Ok(false),
            Err(miss) => {
                host.standing.missed(&miss, begun);
                return Err(miss);
            }
        };
        if host.scheme(&means).await? == Scheme::Open {
            return Ok(true);
        }
        if let Some(granted) = pass.authorization.as_ref().and_then(|value| granted(value, repository)) {
            return Ok(granted);
        }
        // Nothing is sent to find out: a credential that may not push is refused at the PUT, and nothing is published by that.
        Ok(pass.authorization.is_some() && !pass.words.starts_with("anonymous"))
    }
}

/// What a bearer token that is a JSON web token says about pushing; `None` when it is none or does not say.
/// It is not checked here: whoever made it up would only deceive himself until the PUT.
fn granted(authorization: &SecretString, repository: &str) -> Option<bool> {
    let token = authorization.expose_secret().strip_prefix("Bearer ")?;
    let claims = token.split('.').nth(1)?;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    let pushes = |g: &Granted| g.name == repository && g.actions.iter().any(|a| a == "push" || a == "*");
    Some(claims.access.iter().any(pushes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_token_says_what_it_grants() {
        let token = |claims: serde_json::Value| {
            let body = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims.to_string());
            SecretString::from(format!("Bearer e30.{body}.c2ln"))
        };
        let grants =
            |actions: &[&str]| token(json!({"access": [{"type": "repository", "name": "a/b", "actions": actions}]}));
        assert_eq!(granted(&grants(&["pull", "push"]), "a/b"), Some(true));
        assert_eq!(granted(&grants(&["pull"]), "a/b"), Some(false));
        assert_eq!(granted(&grants(&["push"]), "a/c"), Some(false));
        assert_eq!(granted(&token(json!({"sub": "x"})), "a/b"), None);
        assert_eq!(granted(&"Bearer opaque".into(), "a/b"), None);
        assert_eq!(granted(&"Basic YTpi".into(), "a/b"), None);
    }
}
