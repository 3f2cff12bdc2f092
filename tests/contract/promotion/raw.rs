//! A cluster as kubectl sees it: JSON sent and received. What a case does as somebody else than weir goes through this.

use http::Request;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::Value;
use std::path::Path;

#[derive(Clone)]
pub struct Raw {
    client: kube::Client,
}

impl Raw {
    pub async fn of(kubeconfig: &Path, context: &str) -> Raw {
        let file = Kubeconfig::read_from(kubeconfig).expect("the kubeconfig can be read");
        let options = KubeConfigOptions { context: Some(context.into()), ..KubeConfigOptions::default() };
        let config = Config::from_custom_kubeconfig(file, &options).await.expect("the context is there");
        Raw { client: kube::Client::try_from(config).expect("a client can be made") }
    }

    /// Any server that speaks JSON over plain HTTP.
    pub fn plain(url: &str, token: Option<&str>) -> Raw {
        let mut config = Config::new(url.parse().expect("a URL"));
        config.auth_info.token = token.map(|token| token.to_string().into());
        Raw { client: kube::Client::try_from(config).expect("a client can be made") }
    }

    async fn send(&self, method: &str, path: &str, media: &str, body: Vec<u8>) -> Result<Value, u16> {
        let request = Request::builder().method(method).uri(path).header("content-type", media).body(body);
        match self.client.request::<Value>(request.expect("a request")).await {
            Ok(value) => Ok(value),
            Err(kube::Error::Api(refusal)) => Err(refusal.code),
            Err(error) => panic!("{method} {path}: {error}"),
        }
    }

    /// The error is the server's code.
    pub async fn read(&self, path: &str) -> Result<Value, u16> {
        self.send("GET", path, "application/json", Vec::new()).await
    }

    pub async fn create(&self, path: &str, object: &Value) -> Result<Value, u16> {
        self.send("POST", path, "application/json", object.to_string().into_bytes()).await
    }

    pub async fn merge(&self, path: &str, change: &Value) -> Result<Value, u16> {
        self.send("PATCH", path, "application/merge-patch+json", change.to_string().into_bytes()).await
    }

    pub async fn delete(&self, path: &str) -> Result<Value, u16> {
        self.send("DELETE", path, "application/json", Vec::new()).await
    }

    /// The items of a list.
    pub async fn items(&self, path: &str) -> Vec<Value> {
        let mut list = self.read(path).await.unwrap_or_else(|code| panic!("GET {path}: {code}"));
        serde_json::from_value(list["items"].take()).expect("a list")
    }
}
