//! Keeps the open streams equal to the watches the model names, as a controller reconciles.

use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use weir_client::Client;
use weir_domain::Watch;
use weir_ui::Message;

pub struct Streams {
    open: BTreeMap<Watch, JoinHandle<()>>,
    inbox: mpsc::Sender<Message>,
}

impl Streams {
    pub fn new(inbox: mpsc::Sender<Message>) -> Streams {
        Streams { open: BTreeMap::new(), inbox }
    }

    pub fn reconcile(&mut self, client: &Client, wanted: &BTreeSet<Watch>) {
        self.open.retain(|watch, task| {
            let keep = wanted.contains(watch);
            if !keep {
                task.abort();
            }
            keep
        });
        for watch in wanted {
            if !self.open.contains_key(watch) {
                let task = self.follow(client, watch.clone());
                self.open.insert(watch.clone(), task);
            }
        }
    }

    /// Closes these; the next turn opens them anew.
    pub fn close(&mut self, watches: &[Watch]) {
        for watch in watches {
            if let Some(task) = self.open.remove(watch) {
                task.abort();
            }
        }
    }

    fn follow(&self, client: &Client, watch: Watch) -> JoinHandle<()> {
        let (client, inbox) = (client.clone(), self.inbox.clone());
        tokio::spawn(async move {
            let mut news = client.watch(watch);
            while let Some(news) = news.next().await {
                if inbox.send(Message::News(news)).await.is_err() {
                    return;
                }
            }
        })
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        for task in self.open.values() {
            task.abort();
        }
    }
}
