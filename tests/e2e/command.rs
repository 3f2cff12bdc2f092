//! weir as a script calls it: arguments in, exit code, stdout and stderr out.

use crate::screens::worlds;
use crate::{PATIENCE, WEIR, secrets};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use weir_testing::{Home, clean_home};

#[derive(Debug)]
pub struct Told {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Told {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("no JSON: {error}\n{self:?}"))
    }

    #[track_caller]
    pub fn list(&self) -> Vec<Value> {
        match self.json() {
            Value::Array(rows) => rows,
            other => panic!("no array: {other}"),
        }
    }

    /// The code, and words on stderr in which every text stands.
    #[track_caller]
    pub fn ends(self, code: i32, texts: &[&str]) -> Told {
        assert_eq!(self.code, code, "{self:?}");
        for text in texts {
            assert!(self.err.contains(text), "stderr does not say `{text}`: {self:?}");
        }
        self
    }
}

/// On an embedded world: `--demo` stands before the arguments.
pub fn demo(arguments: &[&str]) -> Told {
    told(&clean_home(), &[&["--demo"], arguments].concat())
}

/// No run of the program may take long, leave a folder, or show a secret.
pub fn told(home: &Home, arguments: &[&str]) -> Told {
    let mut command = home.command(WEIR);
    command.args(arguments);
    let told = finished(command);
    assert_eq!(worlds(home), Vec::<PathBuf>::new(), "{arguments:?} left a folder");
    told
}

pub fn finished(command: Command) -> Told {
    let words = format!("{command:?}");
    let told = ran(command);
    for text in [&told.out, &told.err] {
        assert_eq!(secrets::found(text), None, "{words} shows a secret");
    }
    told
}

/// As [`finished`], for whoever searches what was printed himself.
pub fn ran(mut command: Command) -> Told {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("weir can be started");
    let (out, err) = (reading(child.stdout.take()), reading(child.stderr.take()));
    let (Ok(out), Ok(err)) = (out.recv_timeout(PATIENCE), err.recv_timeout(PATIENCE)) else {
        let _ = child.kill();
        panic!("{command:?} does not end");
    };
    let status = child.wait().expect("a child can be waited for");
    for text in [&out, &err] {
        assert!(!text.contains("panicked"), "{command:?}: {text}");
    }
    Told { code: status.code().unwrap_or(-1), out, err }
}

fn reading(from: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.map(|mut from| from.read_to_end(&mut bytes));
        let _ = send.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receive
}

/// A home whose config names a release-controller that is not there, so that nobody asks the real one.
pub fn offline() -> Home {
    let home = clean_home();
    let folder = home.config().join("weir");
    std::fs::create_dir_all(&folder).expect("a new home can be written");
    std::fs::write(folder.join("config.toml"), "releases = \"http://127.0.0.1:9\"\n")
        .expect("a new home can be written");
    home
}

/// `weir demo serve`; dropped, it is killed.
pub struct Server {
    child: Child,
    pub kubeconfig: String,
    pub home: Home,
}

impl Server {
    pub fn start(world: &str) -> Server {
        let home = offline();
        let mut command = home.command(WEIR);
        command.args(["demo", "serve", "--world", world]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().expect("weir can be started");
        let mut first = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut first).expect("the path is printed");
        Server { child, kubeconfig: first.trim_end().to_string(), home }
    }

    /// A verb of another process against it.
    pub fn told(&self, arguments: &[&str]) -> Told {
        let mut command = self.home.command(WEIR);
        command.args(arguments).env("KUBECONFIG", &self.kubeconfig);
        finished(command)
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    pub fn kill(&mut self) {
        self.child.kill().expect("the server was there");
        self.child.wait().expect("it can be waited for");
    }

    /// Asks it to end; its exit code.
    pub fn terminate(mut self) -> (Option<i32>, Home) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().expect("kill can be started");
        assert!(sent.success());
        let code = self.child.wait().expect("it can be waited for").code();
        let home = std::mem::replace(&mut self.home, clean_home());
        (code, home)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
