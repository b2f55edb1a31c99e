//! The binary from outside: what it prints, how it ends, what it answers before anybody signs in.

use std::path::Path;
use std::process::{Command, Output};

use tests::server::Server;

/// Runs the binary in a folder.
pub(crate) fn mandate(folder: &Path, arguments: &[&str]) -> Output {
    let binary = testkit::binary::mandate().expect("the built binary");
    let mut command = Command::new(binary);
    command.args(arguments).current_dir(folder).output().expect("it runs")
}

/// A folder with these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("in the folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    folder
}

#[test]
fn check_shows_file_line_column_and_the_text_and_exits_with_1() {
    let pack = folder(&[("pack.yaml", "pack: mine\n"), ("processes/a.yaml", "a: 1\na: 2\n")]);
    let checked = mandate(pack.path(), &["check", "."]);
    let text = String::from_utf8(checked.stdout).expect("UTF-8");
    assert_eq!(checked.status.code(), Some(1), "{text}");
    assert!(text.contains("processes/a.yaml:2:1: error: "), "{text}");
    assert!(text.contains("2 | a: 2\n  | ^"), "{text}");

    let checked = mandate(pack.path(), &["check", ".", "--format", "json"]);
    let problems: serde_json::Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    let twice = |problem: &&serde_json::Value| problem["code"] == "duplicateKey";
    let problem = problems.as_array().expect("a list").iter().find(twice).expect("listed");
    assert_eq!(problem["place"]["file"], "processes/a.yaml");
    assert_eq!((&problem["place"]["line"], &problem["place"]["column"]), (&2.into(), &1.into()));
}

#[test]
fn a_folder_that_is_none_and_a_setting_that_is_none_exit_with_2() {
    let here = folder(&[("mandate.toml", "lisen = \"127.0.0.1:0\"\n")]);
    let cases: [(&[&str], &str); 3] = [
        (&["check", "nowhere"], "nowhere"),
        (&["serve"], "lisen"),
        (&["serve", "--config", "none.toml"], "none.toml"),
    ];
    for (arguments, says) in cases {
        let ended = mandate(here.path(), arguments);
        let text = String::from_utf8(ended.stderr).expect("UTF-8");
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(says), "{arguments:?}: {text}");
    }
}

/// Also of a server that does not come up: its log is read by a program.
#[test]
fn a_log_of_json_has_nothing_else() {
    let pack = folder(&[("pack.yaml", "pack: mine\n"), ("processes/a.yaml", "a: 1\na: 2\n")]);
    let arguments = ["serve", "--log-format", "json", "--database", "sqlite://x.db", "--pack", "."];
    let ended = mandate(pack.path(), &arguments);
    let text = String::from_utf8(ended.stderr).expect("UTF-8");
    assert_eq!(ended.status.code(), Some(2), "{text}");
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let says = |word: &str| lines.iter().any(|line| line["message"].to_string().contains(word));
    assert!(says("duplicateKey") && says("was not published"), "{text}");
}

#[tokio::test]
async fn a_server_on_sqlite_says_how_it_is_and_ends_when_told() {
    let data = folder(&[]);
    let database = format!("sqlite://{}", data.path().join("m.db").display());
    says_how_it_is_and_ends(&database).await;
}

#[tokio::test]
async fn a_server_on_postgresql_says_how_it_is_and_ends_when_told() {
    let database = testkit::postgres::Database::create().expect("a database");
    says_how_it_is_and_ends(&database.url()).await;
}

async fn says_how_it_is_and_ends(database: &str) {
    let server = Server::start(database, &["--blobs", "target/test-blobs"]).expect("it starts");
    for (path, says) in [("healthz", "ok"), ("readyz", "ready"), ("metrics", "process_resident")] {
        let url = format!("{}/{path}", server.address());
        let answer = tests::client().get(url).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        let text = answer.text().await.expect("text");
        assert!(text.contains(says), "{path}: {text}");
    }
    let url = format!("{}/metrics", server.address());
    let scraped = tests::client().get(url).send().await.expect("an answer").text().await;
    let scraped = scraped.expect("text");
    for line in [
        "mandate_http_requests_total{route=\"/readyz\",status=\"200\"} 1",
        "mandate_queue_depth 0",
        "mandate_lag_seconds{of=\"timers\"} 0",
    ] {
        assert!(scraped.lines().any(|own| own == line), "`{line}` is not in\n{scraped}");
    }
    assert!(server.end().expect("it ends").success());
}

#[test]
fn a_second_server_on_the_same_file_is_refused() {
    let data = folder(&[]);
    let database = format!("sqlite://{}", data.path().join("m.db").display());
    let _first = Server::start(&database, &["--blobs", "target/test-blobs"]).expect("it starts");
    let error = Server::start(&database, &["--blobs", "target/test-blobs"])
        .expect_err("the file is in use");
    assert!(format!("{error:#}").contains("only Mandate"), "{error:#}");
}
