//! What the verbs about releases, payloads and promotions take.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use weir_domain::{GateId, Way};

#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Payload {
    /// HOST/REPOSITORY:TAG, HOST/REPOSITORY@sha256:…, or a release's name
    pub image: String,
    /// Also read each component's size and architectures, without credentials: one request each
    #[arg(long)]
    pub sizes: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Diff {
    /// The older one: an image, or a release's name
    pub from: String,
    /// The newer one: an image, or a release's name
    pub to: String,
    /// Also ask the release-controller for the merged changes; may take a minute
    #[arg(long)]
    pub changelog: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Promote {
    /// The release to promote, TAG or STREAM/TAG, see `weir releases`
    #[arg(value_name = "TAG")]
    pub release: String,
    /// The channel it goes to, as the config names it
    #[arg(long, value_name = "CHANNEL", value_parser = NonEmptyStringValueParser::new())]
    pub to: String,
    /// Another way than the channel's own: pinned, imagestream-tag or registry-tag
    #[arg(long, value_name = "WAY", value_parser = way)]
    pub way: Option<Way>,
    /// Only print the plan: 0 when it could be promoted, 3 when a gate blocks
    #[arg(long, conflicts_with_all = ["confirm", "plan_id"])]
    pub plan: bool,
    /// Do it; NEW-NAME is the name the plan gives the release
    #[arg(long, value_name = "NEW-NAME", requires = "plan_id")]
    pub confirm: Option<String>,
    /// The plan that was seen; another one is refused
    #[arg(long, value_name = "ID", requires = "confirm")]
    pub plan_id: Option<String>,
    /// Let this gate pass all the same; each needs a --reason of its own, in the same order
    #[arg(long = "waive", value_name = "GATE")]
    pub waive: Vec<GateId>,
    /// Why: of each waived gate; without --waive, of the promotion. Part of the plan and its id
    #[arg(long = "reason", value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub reasons: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Decide {
    /// The release, TAG or STREAM/TAG
    #[arg(value_name = "TAG")]
    pub release: String,
    /// Why; stands on the ReleasePayload and in the journal
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub reason: String,
    /// Do it; TAG is typed once more
    #[arg(long, value_name = "TAG")]
    pub confirm: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct TakeBack {
    /// The release, TAG or STREAM/TAG
    #[arg(value_name = "TAG")]
    pub release: String,
    /// Why; kept in the journal
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub reason: Option<String>,
    /// Do it; TAG is typed once more
    #[arg(long, value_name = "TAG")]
    pub confirm: Option<String>,
}

fn way(text: &str) -> Result<Way, String> {
    [Way::Pinned, Way::ImagestreamTag, Way::RegistryTag]
        .into_iter()
        .find(|way| way.word() == text)
        .ok_or_else(|| "write pinned, imagestream-tag or registry-tag".into())
}
