//! `info`: versions, paths, terminal, endpoints. Asks nobody; holds no secret.

use crate::code::{self, End};
use crate::desk::Desk;
use crate::shapes::endpoint::{Endpoint as Shape, Info, Terminal, state};
use weir_domain::{EndpointKind, EndpointState};

pub(super) fn info(desk: &mut Desk<'_>) -> Result<i32, End> {
    let around = desk.surroundings;
    let endpoints = desk.client.endpoints();
    let trouble = desk.client.trouble();
    let terminal = &around.terminal;
    let kubeconfig = match (&around.demo, std::env::var_os("KUBECONFIG")) {
        (Some(demo), _) => vec![demo.kubeconfig.display().to_string()],
        (None, Some(paths)) => std::env::split_paths(&paths).map(|path| path.display().to_string()).collect(),
        (None, None) => Vec::new(),
    };
    let filled = |text: &'_ str| (!text.is_empty()).then(|| text.to_string());
    let (term, colorterm, locale) = (filled(&terminal.term), filled(&terminal.colorterm), filled(&terminal.locale));
    let info = Info {
        version: &around.version,
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        config: around.config.as_ref().map(|path| path.display().to_string()),
        config_found: around.config.as_ref().is_some_and(|path| path.exists()),
        journal: desk.client.journal_path().display().to_string(),
        log_file: around.log_file.as_ref().map(|path| path.display().to_string()),
        kubeconfig,
        demo: around.demo.as_ref().map(|demo| demo.world.name()),
        terminal: Terminal {
            stdin: terminal.stdin,
            stdout: terminal.stdout,
            stderr: terminal.stderr,
            columns: terminal.size.map(|(columns, _)| columns),
            rows: terminal.size.map(|(_, rows)| rows),
            term: term.as_deref(),
            colorterm: colorterm.as_deref(),
            locale: locale.as_deref(),
            no_color: terminal.no_color,
            ssh: terminal.ssh,
            multiplexer: terminal.multiplexer,
        },
        endpoints: endpoints.iter().map(|endpoint| Shape::of(endpoint, None)).collect(),
        trouble: trouble.map(|failure| failure.to_string()),
    };
    if desk.paper.json {
        desk.paper.object(&info)?;
    } else {
        for (label, value) in lines(&info) {
            desk.paper.line(format!("{label:<12}{value}").trim_end())?;
        }
        for endpoint in &endpoints {
            let contexts = endpoint.contexts.join(", ");
            // Nobody is asked here: what would be connected is not connecting.
            let registry = endpoint.kind == EndpointKind::Registry;
            let asked = endpoint.state != EndpointState::Connecting && !registry;
            let state = if asked { state(&endpoint.state) } else { "not asked" };
            let line = format!("{:<12}{}  {state}  {}  {contexts}", "", endpoint.name, endpoint.server);
            desk.paper.line(line.trim_end())?;
        }
    }
    Ok(code::YES)
}

fn lines(info: &Info<'_>) -> Vec<(&'static str, String)> {
    let terminal = &info.terminal;
    let yes = |is: bool, word: &str| if is { word.to_string() } else { format!("no {word}") };
    let mut lines = vec![
        ("weir", format!("{} ({})", info.version, info.system)),
        (
            "config",
            match &info.config {
                Some(path) if info.config_found => path.clone(),
                Some(path) => format!("{path} (not there)"),
                None => "none: the embedded world reads none".into(),
            },
        ),
        ("journal", info.journal.clone()),
        ("log file", info.log_file.clone().unwrap_or_else(|| "none".into())),
        ("kubeconfig", if info.kubeconfig.is_empty() { "the usual one".into() } else { info.kubeconfig.join(", ") }),
    ];
    if let Some(world) = info.demo {
        lines.push(("demo", world.to_string()));
    }
    let size = match (terminal.columns, terminal.rows) {
        (Some(columns), Some(rows)) => format!("{columns}x{rows}"),
        _ => "no size".into(),
    };
    let words = [
        Some(yes(terminal.stdin && terminal.stdout, "terminal")),
        Some(size),
        terminal.term.map(|term| format!("TERM={term}")),
        terminal.colorterm.map(|color| format!("COLORTERM={color}")),
        terminal.locale.map(str::to_string),
        terminal.no_color.then(|| "NO_COLOR".into()),
        terminal.ssh.then(|| "over ssh".into()),
        terminal.multiplexer.map(|name| format!("in {name}")),
    ];
    lines.push(("terminal", words.into_iter().flatten().collect::<Vec<String>>().join(", ")));
    if let Some(trouble) = &info.trouble {
        lines.push(("trouble", trouble.clone()));
    }
    lines.push(("endpoints", info.endpoints.len().to_string()));
    lines
}
