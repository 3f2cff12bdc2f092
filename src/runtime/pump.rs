//! The loop: one turn takes what has happened, changes the model, runs effects, reconciles streams, and draws if needed.

use crate::backend::{ColorLevel, Lean};
use crate::effects::Effects;
use crate::streams::Streams;
use crate::terminal::{self, Taken};
use crate::{editor, keys, logger};
use crossterm::event::EventStream;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use jiff::Timestamp;
use ratatui::backend::Backend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::widgets::Widget;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tui_logger::{TuiLoggerSmartWidget, TuiWidgetEvent, TuiWidgetState};
use weir_client::Client;
use weir_domain::{FailureKind, Tree};
use weir_ui::{Effect, Input, LoggerKey, Message, Model};

/// News is drawn at most this often; keys at once.
const FRAME: Duration = Duration::from_millis(33);
/// Messages taken in one turn.
const BATCH: usize = 256;

pub struct Options {
    pub color: ColorLevel,
    /// Frames between the marks of a synchronized update.
    pub synchronized: bool,
    /// Where files are saved.
    pub folder: PathBuf,
}

/// Why the program ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    Quit,
    /// A signal, or the terminal is gone.
    Ended(&'static str),
    /// The client could not be made.
    Unready(String),
}

/// Shows the model's first frame, then waits for the client and pumps until the end. The terminal is given back before it returns.
pub async fn run(
    mut model: Model,
    client: BoxFuture<'static, Result<Client, String>>,
    options: Options,
) -> io::Result<Ending> {
    // Made once and before anything else: a signal that comes between must not be lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut resumed = signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?;
    let (inbox, mut messages) = mpsc::channel::<Message>(BATCH);
    let taken = Taken::take()?;
    let (width, height) = crossterm::terminal::size().unwrap_or(model.size());
    let lean = Lean::new(io::stdout(), Size::new(width, height), options.color).synchronized(options.synchronized);
    let mut pump = Pump {
        screen: Screen { lean, buffer: Buffer::empty(Rect::new(0, 0, width, height)), logger: TuiWidgetState::new() },
        streams: Streams::new(inbox.clone()),
        effects: Effects::new(inbox, options.folder),
        client: None,
        waiting: Vec::new(),
        ending: None,
        edit: None,
        records: 0,
    };
    pump.take(&mut model, Message::Tick(Timestamp::now()));
    pump.take(&mut model, Message::Input(Input::Resize(width, height)));
    pump.screen.draw(&model)?;
    let mut client = client.fuse();
    let mut events = EventStream::new();
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut drawn = Instant::now();
    let mut dirty = false;
    while pump.ending.is_none() {
        let mut urgent = false;
        let frame = tokio::time::sleep_until((drawn + FRAME).into());
        tokio::select! {
            biased;
            _ = terminate.recv() => pump.ending = Some(Ending::Ended("terminated")),
            _ = hangup.recv() => pump.ending = Some(Ending::Ended("the terminal is gone")),
            _ = interrupt.recv() => pump.ending = Some(Ending::Ended("interrupted")),
            _ = resumed.recv() => {
                terminal::again()?;
                pump.screen.lean.repaint();
                pump.take(&mut model, Message::Resumed);
                urgent = true;
            }
            event = events.next() => match event {
                Some(Ok(event)) => {
                    if let Some(input) = keys::input(event) {
                        pump.take(&mut model, Message::Input(input));
                        urgent = true;
                    }
                }
                // Closed or broken standard input: nobody can say anything any more.
                Some(Err(_)) | None => pump.ending = Some(Ending::Ended("standard input is closed")),
            },
            Some(message) = messages.recv() => {
                pump.take(&mut model, message);
                for _ in 0..BATCH {
                    match messages.try_recv() {
                        Ok(message) => pump.take(&mut model, message),
                        Err(_) => break,
                    }
                }
                dirty = true;
            }
            made = &mut client => match made {
                Ok(client) => {
                    for effect in std::mem::take(&mut pump.waiting) {
                        pump.run(&model, &client, effect);
                    }
                    pump.client = Some(client);
                    dirty = true;
                }
                Err(why) => pump.ending = Some(Ending::Unready(why)),
            },
            _ = tick.tick() => {
                pump.take(&mut model, Message::Tick(Timestamp::now()));
                let records = logger::records();
                if records != pump.records {
                    pump.records = records;
                    pump.take(&mut model, Message::Logged(records));
                }
                dirty = true;
            }
            () = frame, if dirty => urgent = true,
        }
        if let Some(tree) = pump.edit.take() {
            // The editor reads the same keyboard: weir's reader must be gone meanwhile.
            drop(events);
            terminal::leave();
            let edited = tokio::task::spawn_blocking(move || editor::edit(&tree)).await;
            terminal::enter()?;
            events = EventStream::new();
            pump.screen.lean.repaint();
            let stopped = || weir_domain::Failure::new(FailureKind::Broken, "the editor's task stopped", "", "");
            pump.take(&mut model, Message::Edited(edited.unwrap_or_else(|_| Err(stopped()))));
            urgent = true;
        }
        if let Some(client) = &pump.client {
            pump.streams.reconcile(client, &weir_ui::watches(&model));
        }
        if urgent || (dirty && drawn.elapsed() >= FRAME) {
            pump.screen.fit(model.size());
            pump.screen.draw(&model)?;
            drawn = Instant::now();
            dirty = false;
        }
    }
    // What is typed from here on is the shell's: nobody reads it once the terminal is given back.
    drop(events);
    drop(taken);
    Ok(pump.ending.unwrap_or(Ending::Quit))
}

struct Pump {
    screen: Screen,
    streams: Streams,
    effects: Effects,
    client: Option<Client>,
    /// Effects that wait for the client.
    waiting: Vec<Effect>,
    ending: Option<Ending>,
    edit: Option<Tree>,
    records: u64,
}

impl Pump {
    fn take(&mut self, model: &mut Model, message: Message) {
        for effect in weir_ui::update(model, message) {
            match self.client.clone() {
                Some(client) => self.run(model, &client, effect),
                None => self.before(model, effect),
            }
        }
    }

    /// What needs no client is done; the rest waits for it.
    fn before(&mut self, model: &Model, effect: Effect) {
        match effect {
            Effect::Fetch(_) | Effect::Execute(_) | Effect::SaveLog(_) | Effect::SaveLogThen(..) => {
                self.waiting.push(effect);
            }
            other => self.local(model, other),
        }
    }

    fn run(&mut self, model: &Model, client: &Client, effect: Effect) {
        match effect {
            Effect::Fetch(query) => self.effects.fetch(client, query),
            Effect::Execute(confirmed) => self.effects.execute(client, confirmed),
            Effect::SaveLog(id) => {
                let dropped = model.world().logs.get(&id).is_some_and(|slice| slice.log.dropped() > 0);
                self.effects.save_log(client, id.clone(), model.log_snapshot(&id), dropped);
            }
            Effect::SaveLogThen(run, confirmed) => self.effects.save_then(client, run, *confirmed),
            other => self.local(model, other),
        }
    }

    fn local(&mut self, model: &Model, effect: Effect) {
        match effect {
            // A bastion has no browser: the address goes to the clipboard, or on the screen.
            Effect::Copy(text) | Effect::Open(text) => {
                let lean = &mut self.screen.lean;
                self.effects.copy(text, |sequence| lean.queue(sequence));
            }
            Effect::SaveText { name, text } => self.effects.save_text(name, text),
            Effect::Search(id, pattern) => self.effects.search(id.clone(), model.log_snapshot(&id), pattern),
            Effect::Sift(id, pattern) => self.effects.sift(id.clone(), model.log_snapshot(&id), pattern),
            Effect::Edit(tree) => self.edit = Some(tree),
            Effect::Refresh(watches) => self.streams.close(&watches),
            Effect::Redraw => self.screen.lean.repaint(),
            Effect::Suspend => self.suspend(),
            Effect::Quit => self.ending = Some(Ending::Quit),
            Effect::Logger(key) => self.screen.logger.transition(logger_event(key)),
            Effect::Fetch(_) | Effect::Execute(_) | Effect::SaveLog(_) | Effect::SaveLogThen(..) => {}
        }
    }

    /// Stops like any program; SIGCONT takes the terminal again.
    fn suspend(&mut self) {
        terminal::leave();
        if rustix::process::kill_current_process_group(rustix::process::Signal::TSTP).is_err() {
            tracing::warn!("cannot suspend here");
        }
        if let Err(error) = terminal::enter() {
            tracing::error!("cannot take the terminal again: {error}");
            self.ending = Some(Ending::Ended("the terminal is gone"));
        }
        self.screen.lean.repaint();
    }
}

fn logger_event(key: LoggerKey) -> TuiWidgetEvent {
    match key {
        LoggerKey::Up => TuiWidgetEvent::UpKey,
        LoggerKey::Down => TuiWidgetEvent::DownKey,
        LoggerKey::PageUp => TuiWidgetEvent::PrevPageKey,
        LoggerKey::PageDown => TuiWidgetEvent::NextPageKey,
        LoggerKey::Newest => TuiWidgetEvent::EscapeKey,
        LoggerKey::Less => TuiWidgetEvent::MinusKey,
        LoggerKey::More => TuiWidgetEvent::PlusKey,
        LoggerKey::Targets => TuiWidgetEvent::HideKey,
    }
}

struct Screen {
    lean: Lean<io::Stdout>,
    buffer: Buffer,
    logger: TuiWidgetState,
}

impl Screen {
    fn fit(&mut self, (width, height): (u16, u16)) {
        if (self.buffer.area.width, self.buffer.area.height) != (width, height) {
            self.buffer = Buffer::empty(Rect::new(0, 0, width, height));
            self.lean.resize(Size::new(width, height));
        }
    }

    fn draw(&mut self, model: &Model) -> io::Result<()> {
        let area = self.buffer.area;
        if area.width == 0 || area.height == 0 {
            return Ok(());
        }
        self.buffer.reset();
        let mut cursor = weir_ui::page(model, area, &mut self.buffer);
        if let Some(hole) = weir_ui::log_pane(model, area) {
            tui_logger::move_events();
            let style = model.theme().style(weir_ui::Role::Normal);
            TuiLoggerSmartWidget::default()
                .style(style)
                .output_file(false)
                .output_line(false)
                .state(&self.logger)
                .render(hole, &mut self.buffer);
        }
        cursor = weir_ui::overlays(model, area, &mut self.buffer).or(cursor);
        self.lean.present(&self.buffer);
        match cursor {
            Some(position) => {
                self.lean.set_cursor_position(position)?;
                self.lean.show_cursor()?;
            }
            None => self.lean.hide_cursor()?,
        }
        self.lean.flush()
    }
}
