//! Looks: a style for each role. Screens name roles, never colours; a theme names colours, never features.

use ratatui_core::style::{Color, Modifier, Style};
use serde::Deserialize;
use std::collections::BTreeMap;

macro_rules! roles {
    ($($role:ident $name:literal $letter:literal),+ $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Role { $($role),+ }

        impl Role {
            pub const ALL: &[Role] = &[$(Role::$role),+];

            /// As a theme names it.
            pub fn name(self) -> &'static str {
                match self { $(Role::$role => $name),+ }
            }

            /// As the second plane of a golden frame shows it.
            pub fn letter(self) -> char {
                match self { $(Role::$role => $letter),+ }
            }
        }
    };
}

roles! {
    Normal "normal" '.', Dim "dim" 'd', Strong "strong" 'S', Ok "ok" 'o', Failed "failed" 'F', Running "running" 'r',
    Pending "pending" 'p', Cancelled "cancelled" 'c', Skipped "skipped" 's', Warning "warning" 'w', Lost "lost" 'l',
    Accent "accent" 'a', Selected "selected" '#', Marked "marked" '=', Header "header" 'h', Column "column" 'C',
    Footer "footer" 'f', Key "key" 'k', Match "match" 'm', CurrentMatch "current-match" 'M', Danger "danger" 'D',
    Rule "rule" '-', Border "border" 'b', Input "input" 'i', Added "added" '+', Removed "removed" 'x',
}

#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    name: String,
    styles: Vec<Style>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    roles: BTreeMap<String, Look>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Look {
    fg: Option<String>,
    bg: Option<String>,
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    dim: bool,
    #[serde(default)]
    italic: bool,
    #[serde(default)]
    underline: bool,
    #[serde(default)]
    reverse: bool,
}

const FILES: [(&str, &str); 4] = [
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("16-colour", include_str!("../../themes/16-colour.toml")),
];

impl Default for Theme {
    fn default() -> Self {
        Theme::named("dark").expect("the dark theme is compiled in and a test parses it")
    }
}

impl Theme {
    pub fn names() -> impl Iterator<Item = &'static str> {
        FILES.iter().map(|(name, _)| *name)
    }

    /// One of the compiled-in themes.
    pub fn named(name: &str) -> Result<Theme, String> {
        match FILES.iter().find(|(known, _)| *known == name) {
            Some((name, text)) => Theme::parse(name, text),
            None => {
                Err(format!("there is no theme `{name}`; there are {}", Theme::names().collect::<Vec<_>>().join(", ")))
            }
        }
    }

    /// A theme file: `[roles]`, each role with `fg`, `bg` (a name, a number of the 256 or `#rrggbb`) and `bold`, `dim`,
    /// `italic`, `underline`, `reverse`. A role that is missing looks like `normal`.
    pub fn parse(name: &str, text: &str) -> Result<Theme, String> {
        let file: File = toml::from_str(text).map_err(|error| format!("theme `{name}`: {}", error.message()))?;
        let mut styles = vec![Style::new(); Role::ALL.len()];
        for (role, look) in &file.roles {
            let index = Role::ALL.iter().position(|known| known.name() == role).ok_or_else(|| {
                let known: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
                format!("theme `{name}`: there is no role `{role}`; there are {}", known.join(", "))
            })?;
            styles[index] = look.style().map_err(|why| format!("theme `{name}`, role `{role}`: {why}"))?;
        }
        let normal = styles[Role::Normal as usize];
        for style in &mut styles {
            *style = normal.patch(*style);
        }
        Ok(Theme { name: name.to_string(), styles })
    }

    /// For tests: each role has a colour of its own that says which role it is.
    pub fn probe() -> Theme {
        let style = |role: &Role| Style::new().fg(Color::Indexed(*role as u8));
        Theme { name: "probe".into(), styles: Role::ALL.iter().map(style).collect() }
    }

    /// The inverse of [`Theme::probe`].
    pub fn probed(colour: Color) -> Option<Role> {
        match colour {
            Color::Indexed(index) => Role::ALL.get(usize::from(index)).copied(),
            _ => None,
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }
}

impl Look {
    fn style(&self) -> Result<Style, String> {
        let colour = |text: &Option<String>| -> Result<Option<Color>, String> {
            text.as_deref()
                .map(|text| text.parse().map_err(|_| format!("`{text}` is no colour such as `red`, `12` or `#d0d0d0`")))
                .transpose()
        };
        let mut style = Style::new();
        style.fg = colour(&self.fg)?;
        style.bg = colour(&self.bg)?;
        for (on, modifier) in [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underline, Modifier::UNDERLINED),
            (self.reverse, Modifier::REVERSED),
        ] {
            if on {
                style = style.add_modifier(modifier);
            }
        }
        Ok(style)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_of_the_folder_parses_and_tells_a_failure_from_a_success() {
        for name in Theme::names() {
            let theme = Theme::named(name).expect(name);
            assert_ne!(theme.style(Role::Ok), theme.style(Role::Failed), "{name}");
            assert_ne!(theme.style(Role::Normal), theme.style(Role::Danger), "{name}");
        }
    }

    #[test]
    fn a_wrong_theme_is_told_in_one_sentence() {
        let role = Theme::parse("mine", "[roles]\nfrob = { fg = \"red\" }").expect_err("no such role");
        assert!(role.starts_with("theme `mine`: there is no role `frob`"), "{role}");
        let colour = Theme::parse("mine", "[roles]\nok = { fg = \"reddish\" }").expect_err("no such colour");
        assert!(colour.contains("`reddish` is no colour"), "{colour}");
    }

    #[test]
    fn letters_tell_roles_apart() {
        let mut letters: Vec<char> = Role::ALL.iter().map(|role| role.letter()).collect();
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), Role::ALL.len());
    }
}
