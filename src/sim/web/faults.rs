//! How the web misbehaves when a test tells it to.

use std::time::Duration;

#[derive(Clone, Debug)]
pub struct WebFaults {
    /// Every signature there is comes as a gigabyte.
    pub huge_signatures: bool,
    /// The signature store answers with this status.
    pub signatures_status: Option<u16>,
    /// Requests to GitHub that are answered before the limit is reached, where nobody names himself.
    pub github_limit: u32,
    /// Every answer comes so much later.
    pub delay: Duration,
}

impl Default for WebFaults {
    fn default() -> WebFaults {
        WebFaults { huge_signatures: false, signatures_status: None, github_limit: 60, delay: Duration::ZERO }
    }
}
