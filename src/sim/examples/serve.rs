//! Serves one world until Ctrl-C: `cargo run -p weir-sim --example serve -- [typical|broken|huge]`.
//!
//! The first line printed is the path of its kubeconfig: `KUBECONFIG=that kubectl get pipelineruns -A`.

use weir_sim::{World, WorldKind};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let kind = match std::env::args().nth(1) {
        Some(name) => name.parse()?,
        None => WorldKind::default(),
    };
    let world = World::start(kind).await?;
    println!("{}", world.kubeconfig().display());
    println!("release-controller: {}", world.releases_url());
    println!("registry: {}", world.registry_url());
    println!("web: {}", world.web_url());
    for cluster in world.clusters() {
        println!("{}: {} (context {})", cluster.name, cluster.server, cluster.context);
    }
    tokio::signal::ctrl_c().await?;
    Ok(())
}
