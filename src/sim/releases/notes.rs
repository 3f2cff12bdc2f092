//! A changelog for people: as Markdown, and as the piece of a page that the full detail carries in base64.

use std::fmt::Write;

use super::answer::html;
use super::changelog::{ChangeLog, Changed, Commit, Versioned};

/// The moment as Go prints one.
fn moment(created: &str) -> String {
    format!("{} +0000 UTC", created.trim_end_matches('Z').replace('T', " "))
}

pub fn markdown(log: &ChangeLog) -> String {
    let mut text =
        format!("# {}\n\nCreated: {}\n\nImage Digest: `{}`\n\n", log.to.name, moment(&log.to.created), log.to.digest);
    if let Some(from) = &log.to.promoted_from {
        _ = write!(text, "Release {} was created from {from}\n\n", log.to.name);
    }
    _ = write!(text, "\n## Changes from {}\n\n### Components\n\n", log.from.name);
    for Versioned { name, version, from, .. } in &log.components {
        _ = match from {
            Some(from) => writeln!(text, "* {name} upgraded from {from} to {version}"),
            None => writeln!(text, "* {name} {version}"),
        };
    }
    text.push_str("\n\n");
    for (title, images) in sections(log) {
        _ = write!(text, "### {title}\n\n");
        for image in images {
            let Changed { name, path, short_commit, commit, image_ref, .. } = image;
            _ = match (commit, short_commit, image_ref) {
                (Some(commit), Some(short), Some(digest)) => {
                    writeln!(text, "* [{name}]({path}) git [{short}]({path}/commit/{commit}) `{digest}`")
                }
                _ => writeln!(text, "* {name}"),
            };
        }
        text.push_str("\n\n");
    }
    for image in &log.updated_images {
        _ = write!(text, "### [{}]({})\n\n", image.name, image.path);
        for Commit { issues, subject, pull, url } in &image.commits {
            let issues: Vec<_> = issues.iter().map(|(issue, address)| format!("[{issue}]({address})")).collect();
            let colon = if issues.is_empty() { "" } else { ": " };
            _ = writeln!(text, "* {}{colon}{subject} [#{pull}]({url})", issues.join(", "));
        }
        _ = write!(text, "* [Full changelog]({})\n\n\n", image.full_change_log.as_deref().unwrap_or_default());
    }
    text.push('\n');
    text
}

pub fn page(log: &ChangeLog) -> String {
    let link =
        |text: &str, address: &str| format!("<a target=\"_blank\" href=\"{}\">{}</a>", html(address), html(text));
    let tag = |name: &str| link(name, &format!("/releasetag/{name}"));
    let mut text = format!("<h2>Changes from {}</h2>\n\n", tag(&log.from.name));
    _ = write!(text, "<p>Created: {}</p>\n\n", moment(&log.to.created));
    _ = write!(text, "<p>Image Digest: <code>{}</code></p>\n\n", log.to.digest);
    if let Some(from) = &log.to.promoted_from {
        let name = from.rsplit(':').next().unwrap_or_default();
        let source = link(from, &format!("/releasetag/{name}"));
        _ = write!(text, "<p>Release {} was created from {source}</p>\n\n", html(&log.to.name));
    }
    text.push_str("<h3>Components</h3>\n\n<ul>\n");
    for Versioned { name, version, version_url, from, from_url, .. } in &log.components {
        let shown = |version: &str, url: &Option<String>| match url {
            Some(url) => link(version, url),
            None => html(version),
        };
        let name = html(name);
        let new = shown(version, version_url);
        _ = match from {
            Some(old) => writeln!(text, "<li>{name} upgraded from {} to {new}</li>", shown(old, from_url)),
            None => writeln!(text, "<li>{name} {new}</li>"),
        };
    }
    text.push_str("</ul>\n\n");
    for (title, images) in sections(log) {
        _ = write!(text, "<h3>{title}</h3>\n\n<ul>\n");
        for image in images {
            let Changed { name, path, short_commit, commit, image_ref, .. } = image;
            _ = match (commit, short_commit, image_ref) {
                (Some(commit), Some(short), Some(digest)) => {
                    let commit = link(short, &format!("{path}/commit/{commit}"));
                    writeln!(text, "<li>{} git {commit} <code>{digest}</code></li>", link(name, path))
                }
                _ => writeln!(text, "<li>{}</li>", html(name)),
            };
        }
        text.push_str("</ul>\n\n");
    }
    for image in &log.updated_images {
        _ = write!(text, "<h3>{}</h3>\n\n<ul>\n", link(&image.name, &image.path));
        for Commit { issues, subject, pull, url } in &image.commits {
            let issues: Vec<_> = issues.iter().map(|(issue, address)| link(issue, address)).collect();
            let colon = if issues.is_empty() { "" } else { ": " };
            let number = link(&format!("#{pull}"), url);
            _ = writeln!(text, "<li>{}{colon}{} {number}</li>", issues.join(", "), html(subject));
        }
        let full = image.full_change_log.as_deref().unwrap_or_default();
        _ = write!(text, "<li>{}</li>\n</ul>\n\n", link("Full changelog", full));
    }
    text
}

fn sections(log: &ChangeLog) -> impl Iterator<Item = (&'static str, &Vec<Changed>)> {
    [
        ("New images", &log.new_images),
        ("Removed images", &log.removed_images),
        ("Rebuilt images without code change", &log.rebuilt_images),
    ]
    .into_iter()
    .filter(|(_, images)| !images.is_empty())
}
