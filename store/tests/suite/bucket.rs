//! Files in an S3-compatible bucket: a server of a few lines that keeps objects in memory and speaks
//! as much of the protocol as an upload and a download need.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use futures_util::{TryStreamExt as _, stream};
use store::attachments::{Files, S3};
use store::{Settings, Store, StoreError};

use crate::harness::Place;

type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A request, as far as it matters.
struct Request {
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// Listens until the test's process ends.
fn bucket() -> (String, Objects) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let objects = Objects::default();
    let shared = Arc::clone(&objects);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let objects = Arc::clone(&shared);
            std::thread::spawn(move || serve(connection, &objects));
        }
    });
    (address, objects)
}

fn serve(connection: TcpStream, objects: &Objects) {
    let mut reader = BufReader::new(connection);
    while let Some(request) = read(&mut reader) {
        let (status, body) = answer(&request, objects);
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nETag: \"e\"\r\n\
             Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n",
            body.len()
        );
        let stream = reader.get_mut();
        if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|own| own.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path, query, headers, body })
}

fn answer(request: &Request, objects: &Objects) -> (&'static str, Vec<u8>) {
    let signed = request.headers.get("authorization");
    if !signed.is_some_and(|own| own.starts_with("AWS4-HMAC-SHA256 Credential=the-key/")) {
        return ("403 Forbidden", Vec::new());
    }
    let mut objects = objects.lock().expect("nobody panics while holding it");
    let text = String::from_utf8_lossy(&request.body).into_owned();
    let xml = |text: &str| ("200 OK", text.as_bytes().to_vec());
    let part = |query: &str| query.contains("partNumber=");
    match (request.method.as_str(), request.query.as_str()) {
        ("POST", query) if query.starts_with("uploads") => {
            objects.insert(request.path.clone(), Vec::new());
            xml("<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key>\
                 <UploadId>1</UploadId></InitiateMultipartUploadResult>")
        }
        ("POST", query) if query.starts_with("delete") => {
            let mut deleted = String::new();
            for key in text.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next()) {
                objects.remove(&format!("/files/{key}"));
                deleted.extend(["<Deleted><Key>", key, "</Key></Deleted>"]);
            }
            xml(&format!("<DeleteResult>{deleted}</DeleteResult>"))
        }
        ("POST", _) => xml("<CompleteMultipartUploadResult><ETag>\"e\"</ETag>\
             </CompleteMultipartUploadResult>"),
        ("PUT", query) if part(query) => {
            objects.entry(request.path.clone()).or_default().extend_from_slice(&request.body);
            xml("")
        }
        ("PUT", _) => {
            let from = request.headers.get("x-amz-copy-source").cloned().unwrap_or_default();
            let from = format!("/{}", from.trim_start_matches('/'));
            let Some(copied) = objects.get(&from).cloned() else {
                return ("404 Not Found", Vec::new());
            };
            objects.insert(request.path.clone(), copied);
            xml("<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>")
        }
        ("DELETE", _) => {
            objects.remove(&request.path);
            ("204 No Content", Vec::new())
        }
        ("GET", _) => match objects.get(&request.path) {
            Some(body) => ("200 OK", body.clone()),
            None => ("404 Not Found", Vec::new()),
        },
        _ => ("400 Bad Request", Vec::new()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_kept_in_a_bucket_and_come_back_whole() {
    let (endpoint, objects) = bucket();
    let place = Place::sqlite();
    let files = Files::S3(S3 {
        endpoint,
        bucket: "files".into(),
        region: "cn-yunnan".into(),
        key: "the-key".into(),
        secret: "the-secret".into(),
    });
    let store = Store::open(Settings { files, ..place.settings() }).await.expect("it opens");
    let parts = || [b"%PDF-1.7 ".to_vec(), vec![7; 200_000]];
    let bytes = stream::iter(parts().map(Ok));
    let kept = store.upload("方案.pdf", "application/pdf", "li", bytes).await.expect("kept");
    assert_eq!(kept.size, 200_009);
    let back: Vec<Vec<u8>> = store
        .download(&kept.hash)
        .await
        .expect("it is there")
        .try_collect()
        .await
        .expect("it can be read");
    assert_eq!(back.concat(), parts().concat());
    let names: Vec<String> = objects.lock().expect("it is free").keys().cloned().collect();
    let expected = format!("/files/{}/{}", &kept.hash[..2], kept.hash);
    assert_eq!(names, [expected], "under its hash, and nothing is left over");

    let wrong = stream::iter([Ok(b"<html>".to_vec())]);
    let refused = store.upload("a.pdf", "application/pdf", "li", wrong).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    let missing = store.download(&"0".repeat(64)).await.err();
    assert!(matches!(missing, Some(StoreError::NotFound(_))), "{missing:?}");
}

#[test]
fn the_secret_of_a_bucket_is_never_printed() {
    let s3 = S3 {
        endpoint: "https://oss.example.cn".into(),
        bucket: "files".into(),
        region: "cn".into(),
        key: "the-key".into(),
        secret: "the-secret".into(),
    };
    let shown = format!("{:?}", Files::S3(s3));
    assert!(shown.contains("oss.example.cn"), "{shown}");
    assert!(!shown.contains("the-secret") && !shown.contains("the-key"), "{shown}");
}
