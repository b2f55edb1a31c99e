//! A small pack for tests of the server itself: three tasks in a row, and a permit with a form, a
//! review and a hearing. Procedures of a city are in `workflows/`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::places::Place;
use crate::server::Server;

/// A server on a database, with this pack and its demonstration; its files are at the place. `more`
/// are further arguments of `serve`.
pub fn serve(place: &Place, database: &str, more: &[&str]) -> Result<Server> {
    let office = place.folder().join("office");
    write(&office)?;
    let office = office.display().to_string();
    let own = ["--demo", "--pack", &office, "--blobs", &place.files()];
    Server::start(database, &[&own, more].concat())
}

/// People who work on cases: `clerk0` and so on.
pub const CLERKS: usize = 16;

const FILES: [(&str, &str); 6] = [
    ("pack.yaml", "pack: office\nname: Office\nversion: '1'\ncalendar: cn\n"),
    (
        "roles.yaml",
        "roles:\n  clerk: { name: Clerk }\n  reviewer: { name: Reviewer }\n  admin: { name: Admin }\n  \
         auditor: { name: Auditor }\n  worker: { name: Worker }\n",
    ),
    ("calendars/cn.yaml", "calendar: cn\nzone: Asia/Shanghai\n"),
    (
        "processes/three.yaml",
        "process: three
name: Three tasks
startedBy: [clerk]
nodes:
  one: { type: userTask, role: clerk }
  two: { type: userTask, role: clerk }
  three: { type: userTask, role: clerk }
",
    ),
    (
        "forms/application.yaml",
        "form: application
name: Application
fields:
  name: { type: text, label: Name, required: true }
  seats: { type: integer, label: Seats, min: 1, max: 20 }
",
    ),
    (
        "processes/permit.yaml",
        "process: permit
name: Permit
number: 'P{year}-{number:04}'
startedBy: [clerk]
documents:
  application: { form: application }
  comments: { form: application, list: true }
nodes:
  apply: { type: userTask, assign: initiator, edit: application }
  review:
    type: userTask
    role: reviewer
    separate: [apply]
    show: application
    outcomes:
      accept: Accept
      correct: { label: Correct, to: apply, comment: required }
  hearing: { type: intake, from: public, into: comments, closes: 5 days }
  file: { type: userTask, role: clerk }
",
    ),
];

/// Writes the pack into a folder.
///
/// # Errors
/// Where it cannot be written.
pub fn write(folder: &Path) -> Result<()> {
    for (path, text) in files() {
        put(folder, path, &text)?;
    }
    Ok(())
}

/// The pack's files: paths and texts.
pub fn files() -> impl Iterator<Item = (&'static str, String)> {
    let own = FILES.into_iter().map(|(path, text)| (path, text.to_owned()));
    own.chain([("people.yaml", people())])
}

fn people() -> String {
    let mut people = String::from("people:\n");
    let clerks = (0..CLERKS).map(|number| (format!("clerk{number}"), "clerk"));
    let others = ["reviewer", "admin", "auditor", "worker"].map(|role| (role.to_owned(), role));
    for (id, role) in clerks.chain(others) {
        let _infallible = writeln!(people, "  {id}: {{ name: {id}, roles: [{role}] }}");
    }
    people
}

fn put(folder: &Path, path: &str, text: &str) -> Result<()> {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().context("it is in the folder")?)?;
    std::fs::write(&path, text).with_context(|| path.display().to_string())
}
