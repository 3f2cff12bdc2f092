//! Where the suite runs, and what the three roles are called there.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use weir_sim::{World, WorldKind};

#[derive(Clone, Copy, Debug)]
pub enum Role {
    /// May do everything.
    Admin,
    /// Looks in `okd-coreos`, but not at logs and secrets.
    Viewer,
    /// Does all with runs, pods and logs in `okd-team`, and sees nothing else.
    Team,
}

pub struct Place {
    kubeconfig: PathBuf,
    /// `None` on a real control plane.
    world: Option<World>,
}

/// The embedded cluster behind the contexts.
const MOC: &str = "moc";

impl Place {
    pub async fn open() -> Place {
        match std::env::var_os("WEIR_E2E_KUBECONFIG").filter(|path| !path.is_empty()) {
            Some(path) => Place { kubeconfig: path.into(), world: None },
            None => {
                let world = World::start(WorldKind::Typical).await.expect("the embedded world starts");
                Place { kubeconfig: world.kubeconfig().to_path_buf(), world: Some(world) }
            }
        }
    }

    pub fn words(&self) -> String {
        match self.world {
            None => format!("the control plane of {}", self.kubeconfig.display()),
            Some(_) => "the embedded world".to_string(),
        }
    }

    /// A real control plane, not the embedded world.
    pub fn real(&self) -> bool {
        self.world.is_none()
    }

    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    pub fn context(&self, role: Role) -> &'static str {
        match (role, self.world.is_none()) {
            (Role::Admin, true) => "admin",
            (Role::Viewer, true) => "viewer",
            (Role::Team, true) => "team",
            (Role::Admin, false) => "demo-moc",
            (Role::Viewer, false) => "moc-viewer",
            (Role::Team, false) => "moc-team",
        }
    }

    /// Stops the API server and starts it again; returns when it answers. False: nobody said how.
    pub async fn interrupt(&self) -> bool {
        if let Some(world) = &self.world {
            let control = world.control();
            control.stop_cluster(MOC);
            // Long enough for a client to notice and to have tried again in vain.
            tokio::time::sleep(Duration::from_secs(3)).await;
            control.start_cluster(MOC).await.expect("it listens again");
            return true;
        }
        let Some(command) = std::env::var_os("WEIR_E2E_RESTART").filter(|command| !command.is_empty()) else {
            return false;
        };
        let mut shell = tokio::process::Command::new("sh");
        shell.arg("-c").arg(command).stdin(Stdio::null()).stdout(Stdio::null());
        let status = shell.status().await.expect("a shell can be started");
        assert!(status.success(), "WEIR_E2E_RESTART ended with {status}");
        true
    }
}
