//! Broken and hostile XML: which error, exactly where, in bounded time, and never a panic.

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::{FILE_BYTES_MAX, import};

/// Every one of these takes far less; a machine under load may take more.
const TIME_MAX: Duration = Duration::from_mins(1);

fn check(text: impl AsRef<[u8]>, expected: &str) {
    let begun = Instant::now();
    let imported = import("a.bpmn", text.as_ref());
    let found: Vec<String> = imported
        .problems
        .iter()
        .map(|one| format!("{}:{} {}", one.place.line, one.place.column, one.code))
        .collect();
    assert_eq!(found, [expected]);
    assert!(imported.processes.is_empty());
    assert!(begun.elapsed() < TIME_MAX, "{:?}", begun.elapsed());
}

#[test]
fn nothing_expands_and_nothing_is_fetched() {
    let mut bomb = String::from("<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [<!ENTITY lol \"lol\">");
    for level in 1..20 {
        write!(bomb, "<!ENTITY l{level} \"&l{0};&l{0};&l{0};&l{0};\">", level - 1).unwrap();
    }
    check(format!("{bomb}]>\n<a>&l19;</a>"), "2:1 dtdNotAllowed");
    check(
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
        "1:1 dtdNotAllowed",
    );
    check("<!DOCTYPE a SYSTEM \"http://example.org/a.dtd\"><a/>", "1:1 dtdNotAllowed");
    check("<a>\n &x;</a>", "2:2 entityNotAllowed");
    check("<a b=\"&x;\"/>", "1:4 entityNotAllowed");
    check("<a>&#0;</a>", "1:4 entityNotAllowed");
    check("<a>&#xFFFFFFFFF;</a>", "1:4 entityNotAllowed");
}

#[test]
fn depths_and_counts_have_limits() {
    check("<a>".repeat(10_000), "1:193 tooDeep");
    let mut many = String::from("<a");
    for number in 0..1_000_000 {
        write!(many, " a{number}=\"\"").unwrap();
    }
    check(format!("{many}/>"), "1:1 tooManyAttributes");
    check(format!("<a>{}</a>", "<b/>".repeat(300_000)), "1:800000 tooManyElements");
    let mut spaces = String::new();
    for number in 0..99 {
        write!(spaces, " xmlns:n{number}=\"urn:{number}\"").unwrap();
    }
    check(format!("<a{spaces}><b{spaces}/></a>"), "1:1 tooManyNamespaces");
    let large = vec![b' '; FILE_BYTES_MAX + 1];
    check(large, "1:1 fileTooLarge");
}

#[test]
fn what_is_not_utf8_is_refused_at_its_first_byte() {
    check(b"<a>\n\xFF</a>", "2:1 notUtf8");
    check(b"\xFF\xFE<\0a\0/\0>\0", "1:1 notUtf8");
    check("<?xml version=\"1.0\" encoding=\"GBK\"?><a b=\"批\"/>", "1:1 notUtf8");
    check("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>", "1:1 notUtf8");
    check("<a>\u{1}</a>", "1:4 controlCharacter");
    check("<a>\u{202E}</a>", "1:4 controlCharacter");
    check("<a b='\u{2066}'/>", "1:4 controlCharacter");
    check("<a b=\"\u{1}\"/>", "1:4 controlCharacter");
}

#[test]
fn broken_xml_says_where() {
    for (text, expected) in [
        ("", "1:1 xmlSyntax"),
        ("text", "1:1 xmlSyntax"),
        ("<a>\n<b></a>", "2:4 xmlSyntax"),
        ("<a>", "1:1 xmlSyntax"),
        ("<a/>\n<b/>", "2:1 xmlSyntax"),
        ("<a b='1' b='2'/>", "1:10 duplicateAttribute"),
        ("<a b/>", "1:1 xmlSyntax"),
        ("<a:b/>", "1:1 unboundPrefix"),
        ("<a\n b:c=\"\"/>", "2:2 unboundPrefix"),
        ("<1/>", "1:1 xmlSyntax"),
        ("<a b=\"a & b\"/>", "1:4 xmlSyntax"),
        ("<a><![CDATA[x</a>", "1:4 xmlSyntax"),
        ("<a/><!-- ", "1:5 xmlSyntax"),
        ("<a/> x", "1:6 xmlSyntax"),
        ("\n<?xml version=\"1.0\"?><a/>", "2:1 xmlSyntax"),
    ] {
        check(text, expected);
    }
}

#[test]
fn a_byte_order_mark_comments_and_instructions_are_fine() {
    let text = "\u{FEFF}<?xml version=\"1.0\"?><!-- x --><?y z?>\n<a/>";
    check(text, "2:1 notBpmn");
}

#[test]
fn many_nodes_and_flows_take_bounded_time() {
    let around = |inside: &str| {
        format!(
            "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\">\n\
             <process id=\"p\">\n{inside}</process></definitions>"
        )
    };
    let mut nodes = String::new();
    for number in 0..60_000 {
        writeln!(nodes, "<userTask id=\"t{number}\"/>").unwrap();
    }
    check(around(&nodes), "2003:1 tooManyNodes");
    let mut flows = String::from("<startEvent id=\"s\"/><userTask id=\"t\"/>\n");
    for number in 0..60_000 {
        writeln!(flows, "<sequenceFlow id=\"f{number}\" sourceRef=\"s\" targetRef=\"t\"/>")
            .unwrap();
    }
    check(around(&flows), "10004:1 tooManyFlows");
    // On one line, so that finding a column is work; the number of problems is bounded.
    let same = "<userTask id=\"t\"/>".repeat(60_000);
    let begun = Instant::now();
    let imported = import("a.bpmn", around(&same).as_bytes());
    let (rest, listed) = imported.problems.split_last().unwrap();
    assert_eq!(listed.len(), super::model::ERRORS_MAX);
    assert_eq!((rest.code, rest.is_error()), ("moreProblems", false));
    assert!(begun.elapsed() < TIME_MAX, "{:?}", begun.elapsed());
}

#[test]
fn more_processes_than_a_file_may_have_are_refused() {
    let mut text =
        String::from("<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\">\n");
    for number in 0..200 {
        writeln!(text, "<process id=\"p{number}\"><userTask id=\"t{number}\"/></process>").unwrap();
    }
    check(text + "</definitions>", "102:1 tooManyProcesses");
}
