//! Hostile and broken files: which error, and exactly where.

use std::fmt::Write;

use proptest::prelude::*;

use super::{DEPTH_MAX, FILE_BYTES_MAX, NODES_MAX, SCALAR_BYTES_MAX, parse, parse_all};

/// Checks all problems of a file as `line:column code`, in the order of the file.
fn check(bytes: impl AsRef<[u8]>, expected: &[&str]) {
    let problems = parse_all("p.yaml", bytes.as_ref()).problems;
    let found: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}:{} {}", problem.place.line, problem.place.column, problem.code))
        .collect();
    assert_eq!(found, expected, "{problems:#?}");
    assert!(problems.iter().all(|problem| problem.place.file == "p.yaml"));
}

#[test]
fn what_is_not_text_is_refused_at_its_first_bad_byte() {
    check(b"a: 1\nb: \xFFx\n", &["2:4 notUtf8"]);
    check("a: 初\nb: é\n".replace('é', "\u{1}").as_bytes(), &["2:4 controlCharacter"]);
    check(b"\xFF\xFEa\0:\0 \0", &["1:1 notUtf8"]);
    check(b"a: \xD6\xD0\nb: \xB9\xFA\n", &["1:4 notUtf8", "2:4 notUtf8"]);
    check(b"a: x\0y\nb: \x07\n", &["1:5 controlCharacter", "2:4 controlCharacter"]);
    check("a: 甲\u{202E}乙\n", &["1:5 controlCharacter"]);
    check("a: x\u{FEFF}\n", &["1:5 controlCharacter"]);
}

#[test]
fn a_byte_order_mark_and_crlf_are_fine_and_do_not_shift_places() {
    check("\u{FEFF}a: 1\r\nb: 2\r\na: 3\r\n", &["3:1 duplicateKey"]);
    check("a: 1\rb: 2\ra: 3\r", &["3:1 duplicateKey"]);
}

#[test]
fn keys_written_twice_are_refused_and_both_are_named() {
    check("a: 1\nb: {c: 1, c: 2}\na: 2\n", &["2:11 duplicateKey", "3:1 duplicateKey"]);
    let problems = parse("p.yaml", b"a: 1\nb: 2\na: 3\n").unwrap_err();
    assert_eq!(problems[0].message, "`a` is written twice here, first on line 1, column 1");
    assert_eq!(problems[0].excerpt.as_deref(), Some("a: 3"));
}

#[test]
fn anchors_aliases_merges_and_tags_are_refused() {
    check("a: &x 1\nb: *x\nc: 3\n", &["1:4 aliasNotAllowed", "2:4 aliasNotAllowed"]);
    check("a: *nowhere\n", &["1:4 aliasNotAllowed"]);
    check("a: 1\n<<: 2\n", &["2:1 mergeNotAllowed"]);
    check("a: !!python/object x\nb: !ruby [1]\n", &["1:4 tagNotAllowed", "2:4 tagNotAllowed"]);
    let mut bomb = String::from("a0: &a0 [lol, lol]\n");
    for level in 1..30 {
        let below = level - 1;
        writeln!(bomb, "a{level}: &a{level} [*a{below}, *a{below}, *a{below}]").unwrap();
    }
    let parsed = parse_all("p.yaml", bomb.as_bytes());
    assert!(parsed.problems.iter().all(|problem| problem.code == "aliasNotAllowed"));
    assert_eq!(parsed.problems.len(), super::PROBLEMS_MAX);
}

#[test]
fn what_is_no_key_is_refused() {
    check("a: {{ name }}\n", &["1:5 keyNotText"]);
    check("? [x]\n: y\nb: 1\n", &["1:3 keyNotText"]);
    check("a: 1\n: 2\n", &["2:1 keyNotText"]);
}

#[test]
fn broken_yaml_is_explained_where_it_breaks() {
    check("a:\n\tb: 2\n", &["2:1 tabIndent"]);
    check("a: 1\n\tb: 2\n", &["2:1 tabIndent"]);
    check("a:\n  - x\n  \t- y\n", &["3:3 tabIndent"]);
    check("a: b: c\n", &["1:5 yamlSyntax"]);
    check("a: 'abc\nb: 3\n", &["1:4 yamlSyntax"]);
    check("a: [1, 2\nb: 3\n", &["1:4 yamlSyntax"]);
    check("a: [a]]\n", &["1:7 yamlSyntax"]);
    check("a: @role\n", &["1:4 yamlSyntax"]);
    check("a: 80%\nb: %x\n", &["2:4 yamlSyntax"]);
    check("a:\n   b: 1\n  c: 2\n", &["3:3 yamlSyntax"]);
    check("a: \"x\" y\n", &["1:8 yamlSyntax"]);
    check("---\na: 1\n---\nb: 2\n", &["3:1 severalDocuments"]);
    check("", &["1:1 emptyFile"]);
    check("# nothing\n", &["1:1 emptyFile"]);
}

#[test]
fn several_mistakes_of_syntax_are_found_at_once() {
    check(
        "a: b: c\nb: 0755\nc:\n\td: 1\ne: @x\nf: 'x' y\nb: 2\n",
        &[
            "1:5 yamlSyntax",
            "2:4 ambiguousNumber",
            "4:1 tabIndent",
            "5:4 yamlSyntax",
            "6:8 yamlSyntax",
            "7:1 duplicateKey",
        ],
    );
    // A bracket that is not closed is told where it opens, and what comes after is read on.
    check("a: @x\nb: [1\nc: 2\nd: @x\n", &["1:4 yamlSyntax", "2:4 yamlSyntax", "4:4 yamlSyntax"]);
    check("b: [1\nc: 2\nd: 3\n", &["1:4 yamlSyntax"]);
    check("a: { b: [1, { c: 2\nd: 3\n", &["1:13 yamlSyntax"]);
}

#[test]
fn numbers_that_read_two_ways_are_refused_all_at_once() {
    check(
        "a: 0755\nb: no\nc: .inf\nd: [0x1F, 2026-03-31, 99999999999999999999]\n",
        &["1:4 ambiguousNumber", "3:4 notANumber", "4:5 ambiguousNumber", "4:23 numberTooLarge"],
    );
}

#[test]
fn no_is_a_country() {
    let tree = parse("p.yaml", b"country: no\nno: yes\ndate: 2026-03-31\nopen: true\n").unwrap();
    let value = serde_json::to_string(&tree.value()).unwrap();
    assert_eq!(value, r#"{"country":"no","no":"yes","date":"2026-03-31","open":true}"#);
}

#[test]
fn sizes_are_bounded() {
    check(vec![b'#'; FILE_BYTES_MAX + 1], &["1:1 fileTooLarge"]);
    let scalar = "x".repeat(SCALAR_BYTES_MAX + 1);
    check(format!("a: 1\nb: {scalar}\nc: 0755\n"), &["2:4 scalarTooLarge", "3:4 ambiguousNumber"]);
    check(format!("a: |\n  {scalar}\n"), &["2:3 scalarTooLarge"]);
    check(format!("a: \"{}\"\n", "初".repeat(SCALAR_BYTES_MAX / 2)), &["1:4 scalarTooLarge"]);
    let problems = parse("p.yaml", format!("b: {scalar}\n").as_bytes()).unwrap_err();
    assert!(problems[0].excerpt.as_ref().unwrap().chars().count() <= super::EXCERPT_CHARS_MAX + 1);
    let many = format!("a: [{}]\n", "1,".repeat(NODES_MAX + 10));
    let problems = parse("p.yaml", many.as_bytes()).unwrap_err();
    assert_eq!((problems[0].code, problems[0].place.line), ("tooManyValues", 1));
}

#[test]
fn what_the_parser_must_hold_in_memory_is_bounded() {
    // A list at the beginning might be a key: the parser reads on to its end before it says a word.
    check(format!("[{}]", "1,".repeat(1 << 20)), &["1:1 scalarTooLarge"]);
    check(format!("a: 1\n[{}]: 2\n", "1,".repeat(1 << 20)), &["1:5 scalarTooLarge"]);
    check(format!("a: \"{}\"\n", "x".repeat(1 << 20)), &["1:2 scalarTooLarge"]);
}

#[test]
fn depth_is_bounded_and_the_stack_is_not_used_up() {
    let deep = |open: &str, count: usize| format!("a: {}", open.repeat(count));
    let run = move || {
        for (open, count) in [("[", 100_000), ("{a: ", 100_000), ("- ", 100_000), ("? ", 100_000)] {
            let start = if open.starts_with(['-', '?']) {
                deep(open, count)[3..].to_owned()
            } else {
                deep(open, count)
            };
            let problems = parse("p.yaml", start.as_bytes()).unwrap_err();
            assert_eq!(problems[0].code, "tooDeep", "{open}: {problems:?}");
        }
        let mut lines = String::new();
        for depth in 0..1_500 {
            writeln!(lines, "{}a:", " ".repeat(depth)).unwrap();
        }
        let problems = parse("p.yaml", lines.as_bytes()).unwrap_err();
        assert_eq!((problems[0].code, problems[0].place.line), ("tooDeep", 65));
        let well = format!("a: {}{}", "[".repeat(DEPTH_MAX - 1), "]".repeat(DEPTH_MAX - 1));
        let tree = parse("p.yaml", well.as_bytes()).unwrap();
        drop(serde_json::to_string(&tree.value()).unwrap());
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap();
    thread.join().unwrap();
}

#[test]
fn places_inside_scalars_are_exact() {
    let text = "a: =plan.x\nb: '=it''s ? y'\nc: \"=\\\"q\\\" + z\"\nd: |\n  one\n  two = 3\ne: one\n  two\n";
    let tree = parse("p.yaml", text.as_bytes()).unwrap();
    let check = |key: &str, word: &str, line: u32, column: u32| {
        let value = tree.scalar(&[key]).unwrap();
        let offset = value[..value.find(word).unwrap()].chars().count();
        let place = tree.place_in(&[key], offset, None);
        let length = u32::try_from(word.len()).unwrap();
        assert_eq!(
            (place.line, place.column, place.length),
            (line, column, length),
            "{key} {word}"
        );
    };
    check("a", "plan", 1, 5);
    check("a", "x", 1, 10);
    check("b", "y", 2, 14);
    check("c", "z", 3, 14);
    check("d", "3", 6, 9);
    check("e", "two", 8, 3);
}

#[test]
fn places_of_keys_and_values() {
    let text = "a:\n  b: [1, {c: 二}]\n  d:\ne: {f: 1}\n";
    let tree = parse("p.yaml", text.as_bytes()).unwrap();
    let check = |path: &[&str], value: (u32, u32, u32), key: (u32, u32, u32)| {
        let place = tree.place(path);
        assert_eq!((place.line, place.column, place.length), value, "value {path:?}");
        let place = tree.place_key(path);
        assert_eq!((place.line, place.column, place.length), key, "key {path:?}");
    };
    check(&["a", "b", "1", "c"], (2, 14, 1), (2, 11, 1));
    check(&["a", "b", "0"], (2, 7, 1), (2, 7, 1));
    check(&["a", "b"], (2, 6, 11), (2, 3, 1));
    check(&["a", "d"], (3, 3, 1), (3, 3, 1));
    check(&["a"], (2, 3, 1), (1, 1, 1));
    check(&["e"], (4, 4, 6), (4, 1, 1));
    check(&["e", "missing"], (4, 1, 1), (4, 1, 1));
}

/// Text that looks like YAML, so that random files get past the first character.
fn fragments() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a", ": ", "- ", "\n", "  ", "[", "]", "{", "}", ",", "\"", "'", "|", ">", "&x", "*x",
        "!t", "#", "\t", "?", "\r", "---\n", "...\n", "%YAML", "0x1", "初审", "\\", "<<", "@",
        "\u{85}", "=",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        parse_all("p.yaml", &bytes);
    }

    #[test]
    fn nothing_that_looks_like_yaml_makes_it_panic(text in fragments()) {
        let parsed = parse_all("p.yaml", text.as_bytes());
        prop_assert!(parsed.tree.is_some() || !parsed.problems.is_empty());
        for problem in &parsed.problems {
            problem.render();
        }
        if let Some(tree) = parsed.tree {
            for (index, _) in tree.nodes.iter().enumerate() {
                let node = u32::try_from(index).unwrap();
                tree.place_of(node);
                tree.place_above(node);
                super::offset::spot(&tree.source, tree.node(node), 7);
            }
            let _ = super::read::<std::collections::BTreeMap<String, Vec<u8>>>(&tree, &[]);
        }
    }
}
