//! weir against a world in another process: it is lost, it is silent, it comes to no answer.

use crate::command::{Server, offline};
use crate::screens::Screens;
use std::process::Command;
use weir_testing::key;

fn against(server: &Server) -> Screens {
    Screens::at(offline(), &[], |launch| launch.env("KUBECONFIG", &server.kubeconfig))
}

#[test]
fn a_cluster_that_is_lost_is_said_and_its_rows_stay() {
    let mut server = Server::start("typical");
    let mut weir = against(&server);
    weir.see("moc ✓");
    weir.go("r", "x2g7d");
    weir.see("live");
    server.kill();
    weir.see("lost");
    // The old rows stay, dated; the keys work.
    weir.see_all(&["x2g7d", "as of", "reconnecting"]);
    weir.select("x2g7d");
    weir.go("H", "LATENCY");
    weir.see_all(&["! lost", "connection refused"]);
    weir.escape("LATENCY");
    weir.see("x2g7d");
    weir.quit();
}

#[test]
fn quitting_before_a_command_is_answered_asks_once() {
    let server = Server::start("typical");
    let mut weir = against(&server);
    weir.see("moc ✓");
    weir.go("r", "pk8wn");
    weir.select("pk8wn");
    weir.go("X", "let it end");
    weir.see("Enter cancel it");
    // From now on the server takes the request and says nothing.
    signal(&server, "STOP");
    weir.press(key::ENTER);
    weir.see_gone("let it end");
    weir.go(&key::ctrl('c'), "Quit now?");
    weir.see("answer is not there yet");
    weir.escape("Quit now?");
    weir.go(&key::ctrl('c'), "Quit now?");
    weir.press(key::ENTER);
    assert_eq!(weir.ended().code, 0);
    signal(&server, "CONT");
}

#[test]
fn an_end_that_is_asked_for_takes_the_folder_along() {
    let server = Server::start("typical");
    assert!(std::path::Path::new(&server.kubeconfig).is_file());
    let (code, home) = server.terminate();
    assert_eq!(code, Some(0));
    assert_eq!(crate::screens::worlds(&home).len(), 0);
}

fn signal(server: &Server, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &server.process().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()));
}
