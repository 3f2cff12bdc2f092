//! The model with a client behind it, as the program has it: keys in, what the screens ask for answered, frames out.

use futures::StreamExt;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use weir_client::Client;
use weir_domain::{Query, Watch};
use weir_frames::{Frame, Story};
use weir_ui::{Effect, Message, Settings, Theme};

const PATIENCE: Duration = Duration::from_secs(60);

pub struct Desk {
    story: Story,
    client: Client,
    open: BTreeMap<Watch, JoinHandle<()>>,
    send: UnboundedSender<Message>,
    arrive: UnboundedReceiver<Message>,
    /// What was answered, in order.
    answered: Vec<Query>,
}

impl Desk {
    pub fn new(client: Client, size: (u16, u16)) -> Desk {
        let theme = Theme::named("dark").expect("weir's own theme");
        let story = Story::with_theme(Settings::default(), theme, jiff::Timestamp::now(), size);
        let (send, arrive) = unbounded_channel();
        Desk { story, client, open: BTreeMap::new(), send, arrive, answered: Vec::new() }
    }

    /// Who answers from now on; what is kept live stays with the one before.
    pub fn ask(&mut self, client: Client) {
        self.client = client;
    }

    pub fn press(&mut self, keys: &str) {
        self.story.press(keys);
    }

    /// Leaves one row, or the rows that hold this text.
    pub fn filter(&mut self, text: &str) {
        self.story.press("/").type_text(text).press("Enter");
    }

    pub fn frame(&self) -> Frame {
        self.story.frame()
    }

    pub fn payloads(&self) -> usize {
        self.answered.iter().filter(|query| matches!(query, Query::Payload(_))).count()
    }

    /// Opens what the screens watch and asks what they ask.
    fn settle(&mut self) {
        let wanted = self.story.watches();
        self.open.retain(|watch, task| {
            let stays = wanted.contains(watch);
            if !stays {
                task.abort();
            }
            stays
        });
        for watch in wanted {
            let (client, send) = (self.client.clone(), self.send.clone());
            self.open.entry(watch.clone()).or_insert_with(|| {
                tokio::spawn(async move {
                    let mut news = client.watch(watch);
                    while let Some(news) = news.next().await {
                        if send.send(Message::News(news)).is_err() {
                            break;
                        }
                    }
                })
            });
        }
        for effect in self.story.effects() {
            let Effect::Fetch(query) = effect else { continue };
            let (client, send) = (self.client.clone(), self.send.clone());
            tokio::spawn(async move {
                let answer = client.fetch(query.clone()).await;
                let _ = send.send(Message::Answered(query, answer));
            });
        }
    }

    /// Panics after a minute, and when a payload cannot be read.
    pub async fn until(&mut self, what: &str, wanted: impl Fn(&Desk) -> bool) {
        self.settle();
        while !wanted(self) {
            let Ok(message) = tokio::time::timeout(PATIENCE, self.arrive.recv()).await else {
                panic!("never came: {what}\n{}", self.frame().text());
            };
            let message = message.expect("its own sender keeps the channel open");
            if let Message::Answered(query, answer) = &message {
                if let (Query::Payload(_), Err(failure)) = (query, answer) {
                    panic!("{failure}");
                }
                self.answered.push(query.clone());
            }
            self.story.tell(message);
            self.settle();
        }
    }

    pub async fn see(&mut self, text: &str) {
        self.until(text, |desk| desk.frame().shows(text)).await;
    }
}
