//! The screens: builds the model, shows its first frame, and only then starts what the client needs.

use crate::{UNREACHABLE, USAGE, settings, tell, world};
use futures::FutureExt;
use weir_cli::{Arguments, ColorChoice, Config, Surroundings};
use weir_client::Client;
use weir_domain::{Failure, FailureKind};
use weir_runtime::backend::{ColorLevel, color_level};
use weir_runtime::{Ending, Options};
use weir_ui::{Keymap, Model, Settings, Theme};

pub async fn show(arguments: &Arguments, config: Config, surroundings: &Surroundings) -> i32 {
    let terminal = &surroundings.terminal;
    if !terminal.stdin || !terminal.stdout {
        let hint = "use a verb such as `weir runs`, or start it in a terminal";
        tell(&Failure::new(FailureKind::Usage, "the screens need a terminal", "there is none", hint));
        return USAGE;
    }
    let color = color_level(level(arguments.global.color), |name| std::env::var(name).ok());
    let theme = arguments.global.theme.clone().or(config.theme.clone()).unwrap_or_else(|| usual_theme(color).into());
    let theme = match Theme::named(&theme) {
        Ok(theme) => theme,
        Err(why) => {
            tell(&Failure::new(FailureKind::Usage, "cannot use the theme", why, ""));
            return USAGE;
        }
    };
    let (keymap, conflicts) = Keymap::from_config(&config.keys);
    if !conflicts.is_empty() {
        for conflict in conflicts {
            tell(&Failure::new(FailureKind::Usage, "cannot use the keys of the config", conflict, "mend [keys]"));
        }
        return USAGE;
    }
    let demo = arguments.world();
    let (client, trouble) = match demo {
        Some(_) => (None, None),
        None => {
            let client = Client::new(settings(&config, arguments));
            let trouble = client.trouble();
            (Some(client), trouble)
        }
    };
    // A kubeconfig that is there and broken, or a wrong --context, is told at once; none at all has a screen of its own.
    let settings = Settings {
        read_only: arguments.global.read_only || config.read_only,
        demo: demo.is_some(),
        ascii: arguments.global.ascii || plain_signs(terminal),
        thresholds: config.thresholds,
        also: config.streams.clone(),
        channels: if demo.is_some() { world::channels() } else { config.channels.clone() },
        zone: jiff::tz::TimeZone::system(),
        no_clusters: trouble.map(|failure| failure.to_string()),
        favourites: arguments.global.namespaces.clone(),
        log_budget: config.log_budget,
        config: surroundings.config.as_ref().map(|path| path.display().to_string()).unwrap_or_default(),
    };
    let model = Model::new(settings, theme, keymap, terminal.size.unwrap_or((80, 24)));
    let options = Options {
        color,
        synchronized: terminal.multiplexer.is_none() && color == ColorLevel::True,
        folder: std::env::current_dir().unwrap_or_else(|_| std::env::temp_dir()),
    };
    // The world lives until the screens are gone; it is made after their first frame.
    let (keep, kept) = tokio::sync::oneshot::channel();
    let arguments = arguments.clone();
    let making = async move {
        match (client, demo) {
            (Some(client), _) => Ok(client),
            (None, Some(kind)) => {
                let world = world::start(kind).await?;
                let client = Client::new(world::settings(&world, &arguments));
                keep.send(world).map_err(|_| "weir is ending".to_string())?;
                Ok(client)
            }
            (None, None) => Err("there is no cluster".to_string()),
        }
    };
    let ended = weir_runtime::run(model, making.boxed(), options).await;
    drop(kept);
    match ended {
        Ok(Ending::Quit) => 0,
        Ok(Ending::Ended(why)) => {
            eprintln!("weir: {why}");
            0
        }
        Ok(Ending::Unready(why)) => {
            eprintln!("weir: {why}");
            UNREACHABLE
        }
        Err(error) => {
            eprintln!("weir: the terminal cannot be used: {error}");
            USAGE
        }
    }
}

fn level(choice: ColorChoice) -> Option<ColorLevel> {
    match choice {
        ColorChoice::Auto => None,
        ColorChoice::Never => Some(ColorLevel::Mono),
        ColorChoice::Sixteen => Some(ColorLevel::Ansi16),
        ColorChoice::TwoHundredFiftySix => Some(ColorLevel::Indexed256),
        ColorChoice::Always | ColorChoice::True => Some(ColorLevel::True),
    }
}

/// A theme of RGB colours where they can be shown, else the terminal's own sixteen.
fn usual_theme(color: ColorLevel) -> &'static str {
    match color {
        ColorLevel::True | ColorLevel::Indexed256 => "dark",
        ColorLevel::Ansi16 | ColorLevel::Mono => "16-colour",
    }
}

/// Terminals and locales that cannot show the signs, or show them twice as wide.
fn plain_signs(terminal: &weir_cli::Terminal) -> bool {
    let locale = terminal.locale.to_ascii_lowercase();
    let utf8 = locale.contains("utf-8") || locale.contains("utf8");
    let wide = ["zh", "ja", "ko"].iter().any(|language| locale.starts_with(language));
    let old = ["linux", "vt100", "dumb"].contains(&terminal.term.as_str());
    !utf8 || wide || old
}
