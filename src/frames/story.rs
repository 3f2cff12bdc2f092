//! A story: a model that is told news and pressed keys, one after another.

use crate::frame::Frame;
use jiff::Timestamp;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use std::collections::BTreeSet;
use weir_domain::{News, Watch};
use weir_ui::{Effect, Input, Key, KeyCode, Keymap, Message, Model, Route, Settings, Theme};

pub struct Story {
    model: Model,
    effects: Vec<Effect>,
}

impl Story {
    /// Begins at a time, with the probe theme, so that frames show roles.
    pub fn new(settings: Settings, now: Timestamp, size: (u16, u16)) -> Story {
        Story::with_theme(settings, Theme::probe(), now, size)
    }

    pub fn with_theme(settings: Settings, theme: Theme, now: Timestamp, size: (u16, u16)) -> Story {
        let mut story = Story { model: Model::new(settings, theme, Keymap::default(), size), effects: Vec::new() };
        story.tell(Message::Tick(now));
        story
    }

    pub fn tell(&mut self, message: Message) -> &mut Story {
        self.effects.extend(weir_ui::update(&mut self.model, message));
        self
    }

    pub fn news(&mut self, news: impl IntoIterator<Item = News>) -> &mut Story {
        for news in news {
            self.tell(Message::News(news));
        }
        self
    }

    /// Keys as help writes them, separated by blanks: `"j j Enter Ctrl-R"`. Panics at what is no key: the story is wrong then.
    pub fn press(&mut self, keys: &str) -> &mut Story {
        for text in keys.split_whitespace() {
            let key = Key::parse(text).unwrap_or_else(|| panic!("`{text}` is no key"));
            self.key(key);
        }
        self
    }

    pub fn key(&mut self, key: Key) -> &mut Story {
        self.tell(Message::Input(Input::Key(key)))
    }

    /// Types a text character by character.
    pub fn type_text(&mut self, text: &str) -> &mut Story {
        for c in text.chars() {
            self.key(Key::char(c));
        }
        self
    }

    /// Types a command into the palette and chooses it.
    pub fn command(&mut self, text: &str) -> &mut Story {
        self.key(Key::char(':')).type_text(text).key(Key::plain(KeyCode::Enter))
    }

    pub fn resize(&mut self, width: u16, height: u16) -> &mut Story {
        self.tell(Message::Input(Input::Resize(width, height)))
    }

    pub fn model(&self) -> &Model {
        &self.model
    }

    pub fn route(&self) -> &Route {
        self.model.route()
    }

    pub fn watches(&self) -> BTreeSet<Watch> {
        weir_ui::watches(&self.model)
    }

    /// The effects since the last call, in order.
    pub fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// What is on screen now.
    pub fn frame(&self) -> Frame {
        let (width, height) = self.model.size();
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let page = weir_ui::page(&self.model, area, &mut buffer);
        let over = weir_ui::overlays(&self.model, area, &mut buffer);
        Frame::new(buffer, over.or(page))
    }
}
