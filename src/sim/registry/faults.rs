//! How the registry misbehaves when a test tells it to.

use std::time::Duration;

/// Sound by default.
#[derive(Clone, Debug, Default)]
pub struct RegistryFaults {
    /// So many manifest requests are answered 429 from now on.
    pub throttled: u32,
    /// Seconds of Retry-After then.
    pub retry_after: u64,
    /// A token is refused after so many requests, though its time is not over.
    pub token_uses: Option<u32>,
    /// Every manifest request is answered 500 with this message.
    pub broken: Option<String>,
    /// People without a password get no token for this repository, e.g. `okd/scos-content`.
    pub closed: Option<String>,
    /// Every answer comes so much later.
    pub delay: Duration,
}
