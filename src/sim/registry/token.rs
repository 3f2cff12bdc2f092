//! Bearer tokens: anybody may pull what is public, `demo` with the password `demo` may do all.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::held::path_of;
use super::reply::Reply;
use crate::payload::{PRIVATE, hex_digest};

/// Who may push and read what is private.
const USER: &str = "demo:demo";
/// Seconds.
const LIFE: u64 = 300;
pub(super) const SERVICE: &str = "weir-demo-registry";

#[derive(Default)]
pub(super) struct Tokens {
    granted: HashMap<String, Grant>,
    count: u64,
}

struct Grant {
    /// Repository and whether it may be written.
    rights: Vec<(String, bool)>,
    until: Instant,
    uses: u32,
}

/// Why a token does not do.
pub(super) enum Refused {
    /// None, unknown or over.
    Token,
    Scope,
}

impl Tokens {
    /// `scopes` as `repository:okd/scos-release:pull,push`; the error is the answer to give. `closed` is one more private
    /// repository.
    pub(super) fn grant(
        &mut self,
        scopes: &[String],
        basic: Option<&str>,
        closed: Option<&str>,
    ) -> Result<String, Reply> {
        let user = match basic.map(|text| STANDARD.decode(text).unwrap_or_default()) {
            None => false,
            Some(given) if given == USER.as_bytes() => true,
            Some(_) => return Err(Reply::refused(401, "UNAUTHORIZED", "invalid username or password")),
        };
        let mut rights = Vec::new();
        for scope in scopes {
            let mut parts = scope.split(':');
            let (Some("repository"), Some(name), Some(actions)) = (parts.next(), parts.next(), parts.next()) else {
                continue;
            };
            if user || (name != path_of(PRIVATE) && Some(name) != closed) {
                rights.push((
                    name.to_owned(),
                    user && actions.split(',').any(|action| action == "push" || action == "*"),
                ));
            }
        }
        self.count += 1;
        let token = format!("demo.{}", hex_digest(format!("token {} {rights:?}", self.count).as_bytes()));
        self.granted.retain(|_, grant| grant.until > Instant::now());
        let until = Instant::now() + Duration::from_secs(LIFE);
        self.granted.insert(token.clone(), Grant { rights, until, uses: 0 });
        Ok(token)
    }

    /// `need` is a repository and whether it is written; nothing for the root.
    pub(super) fn check(
        &mut self,
        token: Option<&str>,
        need: Option<(&str, bool)>,
        most_uses: Option<u32>,
    ) -> Result<(), Refused> {
        let grant = token.and_then(|token| self.granted.get_mut(token)).ok_or(Refused::Token)?;
        grant.uses += 1;
        if grant.until <= Instant::now() || most_uses.is_some_and(|most| grant.uses > most) {
            return Err(Refused::Token);
        }
        let Some((repository, write)) = need else { return Ok(()) };
        let has = grant.rights.iter().any(|(name, may_write)| name == repository && (*may_write || !write));
        if has { Ok(()) } else { Err(Refused::Scope) }
    }
}

pub(super) fn answer(token: &str) -> Reply {
    Reply::json(200, &json!({ "token": token, "access_token": token, "expires_in": LIFE }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> Vec<String> {
        vec![text.to_owned()]
    }

    #[test]
    fn an_anonymous_token_reads_what_is_public_and_writes_nothing() {
        let mut tokens = Tokens::default();
        let token = tokens.grant(&scope("repository:okd/scos-release:pull,push"), None, None).ok();
        let token = token.as_deref();
        assert!(tokens.check(token, Some(("okd/scos-release", false)), None).is_ok());
        assert!(tokens.check(token, Some(("okd/scos-release", true)), None).is_err());
        assert!(tokens.check(token, Some(("okd/scos-content", false)), None).is_err());
        let private = tokens.grant(&scope("repository:origin/scos-private:pull"), None, None).ok();
        assert!(tokens.check(private.as_deref(), Some(("origin/scos-private", false)), None).is_err());
    }

    #[test]
    fn a_password_gives_more_and_a_wrong_one_nothing() {
        let mut tokens = Tokens::default();
        let (right, wrong) = (STANDARD.encode("demo:demo"), STANDARD.encode("demo:guess"));
        let token = tokens.grant(&scope("repository:origin/scos-private:pull,push"), Some(&right), None).ok();
        assert!(tokens.check(token.as_deref(), Some(("origin/scos-private", true)), None).is_ok());
        assert!(tokens.grant(&scope("repository:a:pull"), Some(&wrong), None).is_err());
    }

    #[test]
    fn a_token_may_end_after_some_requests() {
        let mut tokens = Tokens::default();
        let token = tokens.grant(&[], None, None).ok();
        let good: Vec<bool> = (0..3).map(|_| tokens.check(token.as_deref(), None, Some(2)).is_ok()).collect();
        assert_eq!(good, [true, true, false]);
    }
}
