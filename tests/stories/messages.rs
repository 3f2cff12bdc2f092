//! Stories of weir's own messages, and of a text that could not be copied.

use crate::golden;
use crate::world::*;
use ratatui_core::layout::Rect;
use weir_ui::{Effect, LoggerKey, Message};

#[test]
fn what_was_said_stands_above_the_log_records() {
    let mut story = typical(SMALL);
    story.tell(Message::Saved(Ok("/home/jane/weir/okd-coreos-4.19.log".into()))).tell(Message::Copied(Ok(38)));
    story.command("messages");
    golden("messages__typical", &story);
    let pane = weir_ui::log_pane(story.model(), Rect::new(0, 0, 80, 24)).expect("a hole for the records");
    assert!(pane.height > 8 && pane.width == 80, "{pane:?}");
    story.effects();
    story.press("j");
    assert_eq!(story.effects(), vec![Effect::Logger(LoggerKey::Down)]);
}

#[test]
fn nothing_said_yet() {
    let mut story = blank(SMALL);
    story.command("messages");
    golden("messages__empty", &story);
}

#[test]
fn what_could_not_be_copied_is_shown() {
    let mut story = typical(SMALL);
    story.press("J").tell(Message::Copied(Err("okd-coreos-4.19-prod-pipelinerun-b7k2q".into())));
    golden("messages__uncopied", &story);
    story.press("Esc");
    assert!(!story.frame().shows("clipboard"));
}
