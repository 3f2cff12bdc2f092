//! The lines above a payload's components: what it is, who signed it, what it ships, and what is odd about it.

use super::Payload;
use crate::parts::text::{joined, wrap};
use crate::screen::Ctx;
use crate::theme::Role;
use crate::world::Remote;
use ratatui_core::layout::Rect;
use weir_domain::signature::Signed;
use weir_domain::{ImageRef, Payload as Known, age_text};

/// From this height on, all of it is said.
const ROOM: u16 = 16;

pub(super) fn lines(screen: &Payload, ctx: &Ctx<'_>, area: Rect) -> Vec<(String, Role)> {
    let Some(payload) = screen.payload(ctx.world) else {
        return vec![(screen.image.to_string(), Role::Normal)];
    };
    let wide = usize::from(area.width.saturating_sub(2)).max(1);
    let mut lines = Vec::new();
    let mut say = |text: String, role: Role, most: usize| {
        lines.extend(wrap(&text, wide).into_iter().take(most).map(|line| (line, role)));
    };
    let built = payload.created.map(|at| format!("built {} ago", age_text(at, ctx.now)));
    let place: Vec<String> =
        [Some(payload.digest.short()), built, Some(screen.image.place())].into_iter().flatten().collect();
    say(joined(&place, ctx.glyphs.dot, wide).swap_remove(0), Role::Normal, 1);
    let (words, role) = verdict(ctx.world.signed.get(&screen.image), &screen.image, ctx);
    say(words, role, 2);
    say(joined(&made_of(payload), ctx.glyphs.dot, wide).join("\n"), Role::Normal, 2);
    let several = |count: usize| if count == 1 { String::new() } else { format!(" ({count} keys)") };
    let rings: Vec<String> =
        payload.rings.iter().map(|ring| format!("{}{}", ring.name, several(ring.fingerprints.len()))).collect();
    say(
        match rings.is_empty() {
            true => "it ships no key ring: a cluster could not check the next release".into(),
            false => format!("key rings {}", rings.join(", ")),
        },
        if rings.is_empty() { Role::Warning } else { Role::Dim },
        2,
    );
    for oddity in payload.oddities.iter().take(3) {
        say(format!("{} {oddity}", ctx.glyphs.lost), Role::Warning, 2);
    }
    if payload.oddities.len() > 3 {
        say(format!("{} {} more oddities", ctx.glyphs.lost, payload.oddities.len() - 3), Role::Warning, 1);
    }
    if area.height < ROOM {
        lines.truncate(2);
    }
    lines
}

fn made_of(payload: &Known) -> Vec<String> {
    let mut said = vec![format!("{} components", payload.components.len())];
    said.extend(payload.coreos().map(|version| format!("CoreOS {version}")));
    for (name, word) in [("kernel", "kernel"), ("kubernetes", "Kubernetes")] {
        said.extend(payload.versions.get(name).map(|version| format!("{word} {version}")));
    }
    if !payload.architectures.is_empty() {
        said.push(payload.architectures.join(" "));
    }
    said.extend(payload.from_release.as_ref().map(|from| format!("made from {}", short(from))));
    said
}

/// What tells an image from others of its repository: its tag, else its digest in short.
fn short(image: &str) -> String {
    let parsed = image.parse::<ImageRef>().ok();
    let told = parsed.and_then(|image| {
        let digest = image.digest.map(|digest| digest.short());
        image.tag.map(|tag| tag.to_string()).or(digest)
    });
    told.unwrap_or_else(|| image.to_string())
}

/// Who signed it, in one sentence, with what the signature names when that is another place.
fn verdict(signed: Option<&Remote<Box<Signed>>>, image: &ImageRef, ctx: &Ctx<'_>) -> (String, Role) {
    match signed {
        None | Some(Remote::Asking) => (format!("asking for its signature{}", ctx.glyphs.cut), Role::Dim),
        Some(Remote::Failed(failure)) => {
            (format!("{} its signature is not known: {}", ctx.glyphs.unknown, failure.sentence()), Role::Warning)
        }
        Some(Remote::Known(signed)) => match signed.good() {
            Some((_, reference)) => {
                let own = reference.parse::<ImageRef>().is_ok_and(|named| named.place() == image.place());
                let words = format!("{} {}", ctx.glyphs.ok, signed.sentence());
                match own {
                    true => (words, Role::Ok),
                    false => (format!("{words}, but as {reference}"), Role::Warning),
                }
            }
            None => (format!("{} {}", ctx.glyphs.failed, signed.sentence()), Role::Failed),
        },
    }
}
