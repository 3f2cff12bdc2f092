//! From a NAME on the command line to one run or Pipeline. A name that is found twice is the caller's to settle.

pub(crate) mod release;

use crate::code::{self, End};
use crate::desk::Desk;
use crate::list::{self, Listed};
use weir_domain::{Endpoint, Failure, FailureKind, PipelineId, RunId};

/// What was found, and which clusters could not be asked whether they have one of that name too.
pub(crate) struct Found<T> {
    pub id: T,
    pub silent: Vec<Failure>,
}

/// `NAME`, `NAMESPACE/NAME` or `CLUSTER/NAMESPACE/NAME`; a cluster's name may hold slashes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Name<'a> {
    pub cluster: Option<&'a str>,
    pub namespace: Option<&'a str>,
    pub name: &'a str,
}

impl<'a> Name<'a> {
    pub fn parse(text: &'a str) -> Result<Name<'a>, Failure> {
        let mut parts = text.rsplitn(3, '/');
        let (name, namespace, cluster) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        if name.is_empty() || namespace == Some("") || cluster == Some("") {
            return Err(Failure::new(
                FailureKind::Usage,
                format!("`{text}` is no name"),
                "a part of it is empty",
                "write NAME, NAMESPACE/NAME or CLUSTER/NAMESPACE/NAME",
            ));
        }
        Ok(Name { cluster, namespace, name })
    }

    fn fits(&self, namespace: &str, name: &str) -> bool {
        self.name == name && self.namespace.is_none_or(|n| n == namespace)
    }
}

/// Where a name certainly is, if it is anywhere: no list has to be read to find it.
enum Place {
    /// Cluster and namespace.
    At(String, String),
    Among(Vec<Endpoint>),
}

fn place(desk: &Desk<'_>, name: &Name<'_>) -> Result<Place, End> {
    let clusters = match name.cluster {
        Some(cluster) => vec![desk.cluster(cluster)?],
        None => desk.clusters()?,
    };
    let only = match desk.global.namespaces.as_slice() {
        [one] => Some(one.as_str()),
        _ => None,
    };
    Ok(match (clusters.as_slice(), name.namespace.or(only)) {
        ([cluster], Some(namespace)) if list::unusable(cluster).is_none() => {
            Place::At(cluster.name.clone(), namespace.to_string())
        }
        _ => Place::Among(clusters),
    })
}

/// `sure`: a cluster that is silent might have the name too, so nothing is found.
pub(crate) async fn run(desk: &mut Desk<'_>, text: &str, sure: bool) -> Result<Found<RunId>, End> {
    let name = Name::parse(text)?;
    let clusters = match place(desk, &name)? {
        Place::At(cluster, namespace) => {
            return Ok(Found { id: RunId::new(cluster, namespace, name.name), silent: Vec::new() });
        }
        Place::Among(clusters) => clusters,
    };
    let Listed { rows, silent } = list::runs(desk.client, &clusters).await;
    let ids = rows.into_iter().map(|run| run.id).filter(|id| name.fits(id.namespace.as_str(), &id.name)).collect();
    one(desk, "run", text, ids, silent, sure)
}

pub(crate) async fn pipeline(desk: &mut Desk<'_>, text: &str) -> Result<Found<PipelineId>, End> {
    let name = Name::parse(text)?;
    let clusters = match place(desk, &name)? {
        Place::At(cluster, namespace) => {
            return Ok(Found { id: PipelineId::new(cluster, namespace, name.name), silent: Vec::new() });
        }
        Place::Among(clusters) => clusters,
    };
    let Listed { rows, silent } = list::pipelines(desk.client, &clusters).await;
    let ids = rows.into_iter().map(|p| p.id).filter(|id| name.fits(id.namespace.as_str(), &id.name)).collect();
    one(desk, "Pipeline", text, ids, silent, true)
}

fn one<T: std::fmt::Display + Ord>(
    desk: &mut Desk<'_>,
    noun: &str,
    text: &str,
    mut ids: Vec<T>,
    silent: Vec<Failure>,
    sure: bool,
) -> Result<Found<T>, End> {
    ids.sort();
    if ids.len() > 1 {
        let names: Vec<String> = ids.iter().map(T::to_string).collect();
        return Err(Failure::new(
            FailureKind::Usage,
            format!("there are {} of the name `{text}`", names.len()),
            names.join(", "),
            "give one of these names whole",
        )
        .into());
    }
    match ids.pop() {
        Some(id) if silent.is_empty() || !sure => Ok(Found { id, silent }),
        Some(id) => {
            silent.iter().for_each(|failure| desk.paper.fail(failure));
            desk.paper.note(&format!("there may be another {noun} `{text}` where nobody answered: name it `{id}`"));
            Err(End::Code(code::of_silence(&silent)))
        }
        None if silent.is_empty() => Err(Failure::new(
            FailureKind::Missing,
            format!("there is no {noun} `{text}`"),
            "",
            format!("see `weir {}`", if noun == "run" { "runs" } else { "pipelines" }),
        )
        .into()),
        None => {
            silent.iter().for_each(|failure| desk.paper.fail(failure));
            let code = code::of_silence(&silent);
            if code == code::UNREACHABLE {
                desk.paper.note(&format!("no {noun} `{text}` where there was an answer"));
            }
            Err(End::Code(code))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_from_its_end_because_a_contexts_name_may_hold_slashes() {
        let whole = Name::parse("okd/api-moc:6443/me/okd-coreos/build-x1").expect("a name");
        assert_eq!(
            whole,
            Name { cluster: Some("okd/api-moc:6443/me"), namespace: Some("okd-coreos"), name: "build-x1" }
        );
        assert_eq!(Name::parse("a/b").expect("a name").namespace, Some("a"));
        assert!(Name::parse("a/").is_err());
        assert!(Name::parse("/b").is_err());
        assert!(Name::parse("").is_err());
    }
}
