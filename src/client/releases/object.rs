//! The ReleasePayload of a release on the release-controller's cluster: who decided by hand and why, and the live jobs.
//!
//! Most operators may at best read it. What cannot be read is said in words, and the HTTP answer stands alone.

mod wire;

use crate::cluster::{Cluster, Session};
use crate::http::{self, Trouble};
use crate::reflect::{Feed, Seen, Target, reflect};
use crate::{Client, queries};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use weir_domain::release::detail::Insight;
use weir_domain::{ClusterName, Failure, FailureKind};

/// How often the object is read where it may be read but not watched.
const EVERY: Duration = Duration::from_secs(10);
/// How long to wait where it cannot be read at all.
const LATER: Duration = Duration::from_secs(60);

/// Where ReleasePayloads are.
#[derive(Clone)]
struct Place {
    cluster: Arc<Cluster>,
    namespace: String,
}

impl Place {
    fn of(client: &Client) -> Result<Place, String> {
        let (cluster, namespace) =
            client.inner.settings.payloads.clone().ok_or("the config names no cluster for them")?;
        let cluster = client.inner.clusters.find(&ClusterName::new(&cluster)).map_err(|failure| failure.what)?;
        Ok(Place { cluster, namespace })
    }

    fn path(&self) -> String {
        format!("/apis/release.openshift.io/v1alpha1/namespaces/{}/releasepayloads", http::encoded(&self.namespace))
    }

    /// `None`: there is no such object.
    async fn read(&self, session: &Arc<Session>, tag: &str) -> Result<Option<wire::Object>, Failure> {
        let path = format!("{}/{}", self.path(), http::encoded(tag));
        let what = format!("cannot read the ReleasePayload on `{}`", self.cluster.name);
        let body = match http::unary(&session.client, http::get(&path)).await {
            Ok(body) => body,
            Err(Trouble::Refused(refusal)) if refusal.code == 404 && refusal.reason == "NotFound" => return Ok(None),
            Err(Trouble::Refused(refusal)) if refusal.code == 404 => {
                let why = format!("`{}` has no ReleasePayload API", self.cluster.name);
                return Err(Failure::new(FailureKind::Missing, what, why, ""));
            }
            Err(trouble) => return Err(self.cluster.note(session, &trouble, &what).await),
        };
        self.cluster.good(None);
        serde_json::from_slice(&body)
            .map(Some)
            .map_err(|error| Trouble::Refused(http::not_json(&body, &error)).failure(&what))
    }

    /// Whether the current user may decide; `None`: the server does not say.
    async fn may_decide(&self, session: &Arc<Session>) -> Option<bool> {
        let (group, resource) = ("release.openshift.io", "releasepayloads");
        queries::may(&self.cluster, session, &self.namespace, "patch", group, resource, "").await.ok()
    }

    fn insight(&self, object: Option<wire::Object>, may_decide: Option<bool>) -> Insight {
        match object {
            Some(object) => Insight::Object(Box::new(object.payload(&self.cluster.name, &self.namespace, may_decide))),
            None => Insight::None { cluster: self.cluster.name.clone() },
        }
    }

    async fn once(&self, tag: &str) -> Result<Insight, Failure> {
        let session = self.cluster.session().await?;
        let (object, may) = tokio::join!(self.read(&session, tag), self.may_decide(&session));
        Ok(self.insight(object?, may))
    }
}

/// A server's no names what it is about; a cluster that is lost must be named.
fn unseen(failure: &Failure) -> Insight {
    let said = matches!(failure.kind, FailureKind::Denied | FailureKind::Missing) && !failure.why.is_empty();
    Insight::Unseen { why: if said { failure.why.clone() } else { failure.sentence() } }
}

/// Read once, now.
pub async fn payload_object(client: &Client, tag: &str) -> Insight {
    match Place::of(client) {
        Ok(place) => place.once(tag).await.unwrap_or_else(|failure| unseen(&failure)),
        Err(why) => Insight::Unseen { why },
    }
}

/// What there is to say of an object that is followed.
pub(super) enum Sight {
    Seen(Insight),
    /// It is known and may be out of date.
    Stale(Failure),
}

/// Follows the object of a release for as long as somebody listens: by a watch of that one object, else by reading it again.
pub(super) async fn follow(client: Client, tag: Arc<str>, out: mpsc::Sender<Sight>) {
    let place = match Place::of(&client) {
        Ok(place) => place,
        Err(why) => {
            if out.send(Sight::Seen(Insight::Unseen { why })).await.is_ok() {
                out.closed().await;
            }
            return;
        }
    };
    loop {
        let first = place.once(&tag).await;
        let (sight, rest) = match first {
            Ok(insight) => {
                let may = match &insight {
                    Insight::Object(object) => object.may_decide,
                    _ => None,
                };
                if out.send(Sight::Seen(insight)).await.is_err() {
                    return;
                }
                watched(&place, &tag, may, &out).await;
                // A list is denied where only single objects may be read.
                reread(&place, &tag, &out).await
            }
            Err(failure) => {
                let rest = if failure.kind == FailureKind::Offline { EVERY } else { LATER };
                (Sight::Seen(unseen(&failure)), rest)
            }
        };
        if out.send(sight).await.is_err() {
            return;
        }
        tokio::select! {
            () = place.cluster.rest(rest) => {}
            () = out.closed() => return,
        }
    }
}

/// Until the list is denied or nobody listens.
async fn watched(place: &Place, tag: &str, mut may: Option<bool>, out: &mpsc::Sender<Sight>) {
    let path = place.path();
    let target = Target {
        cluster: place.cluster.clone(),
        path: Arc::new(move |_| Some(path.clone())),
        select: format!("fieldSelector={}", http::encoded(&format!("metadata.name={tag}"))),
        what: format!("watch the ReleasePayload on `{}`", place.cluster.name),
    };
    let mut feed: Feed<wire::Object> = reflect(target, Arc::new(|raw: &str| serde_json::from_str(raw)));
    loop {
        let seen = tokio::select! {
            seen = feed.next() => seen,
            () = out.closed() => return,
        };
        let sight = match seen {
            None | Some(Seen::Denied(_)) => return,
            Some(Seen::Page { items, more, .. }) => {
                let found = items.into_iter().find(|o| o.name() == tag);
                if found.is_none() && more {
                    continue;
                }
                Sight::Seen(insight(place, found, &mut may).await)
            }
            Some(Seen::Set(items)) => match items.into_iter().rfind(|o| o.name() == tag) {
                Some(object) => Sight::Seen(insight(place, Some(object), &mut may).await),
                None => continue,
            },
            Some(Seen::Gone(object)) if object.name() == tag => Sight::Seen(place.insight(None, None)),
            Some(Seen::Lost { failure, .. }) => Sight::Stale(failure),
            Some(_) => continue,
        };
        if out.send(sight).await.is_err() {
            return;
        }
    }
}

/// Asks for the right once more where it is not known.
async fn insight(place: &Place, object: Option<wire::Object>, may: &mut Option<bool>) -> Insight {
    if may.is_none()
        && let Ok(session) = place.cluster.session().await
    {
        *may = place.may_decide(&session).await;
    }
    place.insight(object, *may)
}

/// Reads again and again until a read fails; gives what that failure means and how long to wait.
async fn reread(place: &Place, tag: &str, out: &mpsc::Sender<Sight>) -> (Sight, Duration) {
    loop {
        tokio::select! {
            () = place.cluster.rest(EVERY) => {}
            () = out.closed() => {}
        }
        match place.once(tag).await {
            Ok(insight) => {
                if out.send(Sight::Seen(insight)).await.is_err() {
                    return (Sight::Seen(Insight::Unseen { why: String::new() }), EVERY);
                }
            }
            Err(failure) if failure.kind == FailureKind::Offline => return (Sight::Stale(failure), EVERY),
            Err(failure) => return (Sight::Seen(unseen(&failure)), LATER),
        }
    }
}
