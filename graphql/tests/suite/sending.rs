//! Requests with files: what is read into memory is bounded, and the files arrive.

use std::fmt::Write as _;

use graphql::multipart::{Limits, Unreadable, receive};
use serde_json::json;

use crate::harness::on_both;

const UPLOAD: &str = "mutation($file: Upload!) { uploadAttachment(input: { file: $file }) { \
    attachment { name size } } }";
const LIMITS: Limits = Limits { text_bytes: 1_000, file_bytes: 5_000, files: 2 };

/// A request of parts: name, the rest of its header, content.
async fn request(parts: &[(&str, &str, String)]) -> Result<async_graphql::Request, Unreadable> {
    let mut body = String::new();
    for (name, more, content) in parts {
        let _ = write!(
            body,
            "--XX\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{content}\r\n"
        );
    }
    body += "--XX--\r\n";
    let pieces: Vec<_> = body.into_bytes().chunks(700).map(|piece| Ok(piece.to_vec())).collect();
    let body = futures_util::stream::iter(pieces);
    receive("multipart/form-data; boundary=XX", body, LIMITS).await
}

/// `operations` with this much beside the query.
fn operations(more: usize) -> (&'static str, &'static str, String) {
    let variables = json!({ "file": null, "more": "x".repeat(more) });
    ("operations", "", json!({ "query": UPLOAD, "variables": variables }).to_string())
}

fn file(bytes: usize) -> (&'static str, &'static str, String) {
    let more = "; filename=\"plan.pdf\"\r\nContent-Type: application/pdf";
    ("0", more, format!("%PDF-1.7 {}", "x".repeat(bytes)))
}

fn map(places: &[&str]) -> (&'static str, &'static str, String) {
    ("map", "", json!({ "0": places }).to_string())
}

#[tokio::test]
async fn only_files_may_be_as_large_as_files() {
    let place = || map(&["variables.file"]);
    assert!(request(&[operations(0), place(), file(4_000)]).await.is_ok());
    let padded = ("map", "", format!("{}{}", " ".repeat(2_000), place().2));
    for large in [
        vec![operations(2_000), place(), file(10)],
        vec![operations(0), padded, file(10)],
        vec![operations(0), place(), file(6_000)],
    ] {
        let refused = request(&large).await.err();
        assert!(matches!(refused, Some(Unreadable::TooLarge)), "{refused:?}");
    }
    for malformed in [
        vec![],
        vec![operations(0)],
        vec![operations(0), place()],
        vec![place(), operations(0), file(10)],
        vec![operations(0), map(&["variables.file"; 3]), file(10)],
        vec![("operations", "", "7".to_owned()), place(), file(10)],
    ] {
        let refused = request(&malformed).await.err();
        assert!(matches!(refused, Some(Unreadable::Malformed(_))), "{malformed:?}: {refused:?}");
    }
}

#[test]
fn a_file_of_a_request_is_kept() {
    on_both(|api| async move {
        let asked = request(&[operations(0), map(&["variables.file"]), file(2_000)]).await;
        let asked = asked.expect("it is well formed").data(api.viewing(Some("li")).await);
        let answer = async_graphql::Executor::execute(&api.schema, asked).await;
        let answer = serde_json::to_value(answer).expect("plain data");
        let kept = &answer["data"]["uploadAttachment"]["attachment"];
        assert_eq!(kept, &json!({ "name": "plan.pdf", "size": 2_009 }), "{answer}");
    });
}

#[test]
fn a_type_is_taken_with_its_parameters_and_kept_without() {
    on_both(|api| async move {
        let upload = UPLOAD.replace("{ name size }", "{ mediaType }");
        for (given, kept) in [
            ("text/plain", "text/plain"),
            ("text/plain; charset=utf-8", "text/plain"),
            ("Text/CSV;charset=\"gb18030\"; header=present", "text/csv"),
            ("application/pdf;x=text/plain", "REFUSED"),
            ("application/x-sh; charset=utf-8", "REFUSED"),
        ] {
            let more = format!("; filename=\"a.txt\"\r\nContent-Type: {given}");
            let operations = json!({ "query": upload, "variables": { "file": null } }).to_string();
            let parts = [
                ("operations", "", operations),
                map(&["variables.file"]),
                ("0", more.as_str(), "plain".to_owned()),
            ];
            let asked = request(&parts).await.expect("it is well formed");
            let asked = asked.data(api.viewing(Some("li")).await);
            let answer = async_graphql::Executor::execute(&api.schema, asked).await;
            let answer = serde_json::to_value(answer).expect("plain data");
            let code = &answer["errors"][0]["extensions"]["code"];
            let found = &answer["data"]["uploadAttachment"]["attachment"]["mediaType"];
            assert_eq!(code.as_str().or(found.as_str()), Some(kept), "{given}: {answer}");
        }
    });
}
