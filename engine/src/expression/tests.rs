//! Expressions as a pack writes them: what they give, and what is refused.

use serde_json::{Value, json};

use super::{Environment, Expression, Field, Type};

fn environment() -> Environment {
    let dataset = Type::object(
        "dataset",
        [
            ("name".to_owned(), Field::optional(Type::Text)),
            ("rows".to_owned(), Field::optional(Type::Int)),
            ("price".to_owned(), Field::optional(Type::Double)),
            ("origin".to_owned(), Field::optional(Type::choice(["own", "shared"]))),
        ],
    );
    let plan = Type::object(
        "implementationPlan",
        [
            ("name".to_owned(), Field::optional(Type::Text)),
            ("mode".to_owned(), Field::optional(Type::choice(["whole", "sector", "scenario"]))),
            ("termMonths".to_owned(), Field::optional(Type::Int)),
            ("fee".to_owned(), Field::optional(Type::Double)),
            ("reviewBy".to_owned(), Field::optional(Type::Date)),
            ("datasets".to_owned(), Field::optional(dataset.list())),
            ("urgent".to_owned(), Field::optional(Type::Bool)),
        ],
    );
    Environment::new()
        .with("plan", plan.clone())
        .with("plans", plan.list())
        .with("now", Type::Timestamp)
        .with_optional("exceptionDoc", Type::Text)
        .with("any", Type::Any)
        .with("counts", Type::Map(Box::new(Type::Int)))
}

fn scope() -> serde_json::Map<String, Value> {
    let scope = json!({
        "plan": {
            "name": "普洱市方案", "mode": "sector", "termMonths": 48, "fee": 12,
            "reviewBy": "2026-03-31",
            "datasets": [
                {"name": "a", "rows": 10, "price": 0.1, "origin": "own"},
                {"name": "b", "rows": 5, "price": 0.2, "origin": "shared"},
                {"name": "a"}
            ]
        },
        "plans": [],
        "now": 1_774_800_000_000_i64,
        "any": {"x": [1, 2.5, "t"]},
        "counts": {"b": 2, "a": 1}
    });
    match scope {
        Value::Object(map) => map,
        _ => unreachable!("written just above"),
    }
}

fn check(source: &str, expected: &Value) {
    let expression = Expression::compile(source, &environment(), None)
        .unwrap_or_else(|problems| panic!("{source}: {problems:#?}"));
    assert_eq!(&expression.evaluate(&scope()).unwrap(), expected, "{source}");
}

#[test]
fn expressions_give_what_a_reader_expects() {
    for (source, expected) in [
        ("1 + 2 * 3", json!(7)),
        ("'a' + \"b\"", json!("ab")),
        ("plan.termMonths <= 60 && plan.mode == 'sector'", json!(true)),
        ("plan.termMonths * 1.5", json!(72.0)),
        ("plan.fee == 12 && plan.fee / 5 == 2.4", json!(true)),
        ("plan.mode in ['whole', 'sector']", json!(true)),
        ("size(plan.datasets)", json!(3)),
        ("plan.datasets.size() > 2 ? 'many' : 'few'", json!("many")),
        ("sum(plan.datasets.map(d, d.price)) == 0.3", json!(true)),
        ("sum(plan.datasets.map(d, d.rows))", json!(15)),
        ("plan.datasets.filter(d, d.origin == 'shared').map(d, d.name)", json!(["b"])),
        ("plan.datasets.map(d, d.rows > 5, d.name)", json!(["a"])),
        ("plan.datasets.exists(d, d.rows > 9)", json!(true)),
        ("plan.datasets.exists_one(d, d.name == 'b')", json!(true)),
        ("plan.datasets.all(d, has(d.name))", json!(true)),
        ("plan.datasets.all(d, plan.datasets.exists(e, e.name == d.name))", json!(true)),
        ("join(distinct(plan.datasets.map(d, d.name)), '、')", json!("a、b")),
        ("contains(plan.name, '方案') && plan.name.startsWith('普洱')", json!(true)),
        ("plan.name.matches('^.{5}$')", json!(true)),
        ("max(plan.datasets.map(d, d.rows))", json!(10)),
        ("min(3, 1.5, 2)", json!(1.5)),
        ("average([1, 2])", json!(1.5)),
        ("counts.map(k, k)", json!(["a", "b"])),
        ("counts['a'] + counts.b", json!(3)),
        ("counts.zzz == null", json!(true)),
        ("{'b': 1, 'a': 2}.map(k, k)", json!(["a", "b"])),
        ("any.x[1] + 1", json!(3.5)),
        ("round(1.005, 2)", json!(1.01)),
        ("quotient(7, 2)", json!(3)),
        ("7 % 4", json!(3)),
        ("int('42') + int(2.9)", json!(44)),
        ("string(plan.termMonths) + ' 个月'", json!("48 个月")),
        ("string(1500.0) + ' 元'", json!("1500 元")),
        ("string(double(plan.termMonths))", json!("48")),
        ("string(1500.50)", json!("1500.5")),
        ("string(0.1 + 0.2)", json!("0.3")),
        ("string(-2.0 * 0.0)", json!("0")),
        ("string(1000000000000000.0 * 1000000.0)", json!("1000000000000000000000")),
        ("[1, 2] + [3]", json!([1, 2, 3])),
        ("first(plan.datasets).name", json!("a")),
        ("plan['name'] == plan.name", json!(true)),
    ] {
        check(source, &expected);
    }
}

#[test]
fn dates_are_days_and_instants_are_instants() {
    for (source, expected) in [
        ("plan.reviewBy < date('2026-04-01')", json!(true)),
        ("plan.reviewBy < '2026-04-01'", json!(true)),
        ("addMonths(date('2026-01-31'), 1)", json!("2026-02-28")),
        ("addYears(plan.reviewBy, 5)", json!("2031-03-31")),
        ("addDays(plan.reviewBy, -31)", json!("2026-02-28")),
        ("plan.reviewBy + days(1)", json!("2026-04-01")),
        ("plan.reviewBy - date('2026-03-30') == days(1)", json!(true)),
        ("daysBetween(date('2026-03-01'), plan.reviewBy)", json!(30)),
        // 2026-03-29T16:00:00Z is already the 30th in China.
        ("date(now)", json!("2026-03-30")),
        ("year(now) == 2026 && month(plan.reviewBy) == 3 && day(plan.reviewBy) == 31", json!(true)),
        ("weekday(date('2026-03-30'))", json!(1)),
        ("now + hours(2)", json!("2026-03-29T18:00:00Z")),
        ("now - timestamp('2026-03-29T00:00:00+08:00') == days(1)", json!(true)),
        ("duration('1h30m')", json!("5400s")),
        ("now", json!("2026-03-29T16:00:00Z")),
    ] {
        check(source, &expected);
    }
}

#[test]
fn what_is_not_filled_in_is_null_and_stops_nothing() {
    for (source, expected) in [
        ("plan.urgent", Value::Null),
        ("plan.urgent == null", json!(true)),
        ("has(plan.urgent) || has(exceptionDoc)", json!(false)),
        ("has(plan.name) && !has(plan.urgent)", json!(true)),
        ("exceptionDoc != 'x'", json!(true)),
        ("exceptionDoc == 'x'", json!(false)),
        ("plan.datasets[2].rows > 1", Value::Null),
        ("plan.datasets[2].rows + 1", Value::Null),
        ("plan.datasets[2].rows > 1 || true", json!(true)),
        ("plan.urgent && false", json!(false)),
        ("!plan.urgent", Value::Null),
        ("plan.urgent ? 1 : 2", json!(2)),
        ("orElse(plan.datasets[2].rows, 0) + 1", json!(1)),
        ("size(first(plans).datasets)", json!(0)),
        ("first(plans).name.startsWith('x')", Value::Null),
        ("max([])", Value::Null),
        ("sum([])", json!(0)),
        ("'a' in first(plans).datasets.map(d, d.name)", json!(false)),
    ] {
        check(source, &expected);
    }
}

#[test]
fn every_mistake_has_a_code_and_a_place() {
    for (source, expected) in [
        ("pln.name == 'a'", vec![("unknownName", 0)]),
        ("plan.nam == 'a'", vec![("unknownField", 4)]),
        ("'通过' == plan.nam", vec![("unknownField", 12)]),
        ("plan.termMonths == 'a'", vec![("wrongType", 16)]),
        ("plan.mode == 'sektor'", vec![("unknownOption", 10)]),
        ("plan.mode in ['sector', 'holistic']", vec![("unknownOption", 10)]),
        ("pln.a && plan.bb", vec![("unknownName", 0), ("unknownField", 13)]),
        ("sise(plan.datasets)", vec![("unknownFunction", 0)]),
        ("size()", vec![("wrongArguments", 0)]),
        ("size(1)", vec![("wrongType", 5)]),
        ("addDays(plan.name, 1)", vec![("wrongType", 12)]),
        ("addMonths(plan.reviewBy)", vec![("wrongArguments", 0)]),
        ("plan.termMonths / 12", vec![("wholeDivision", 16)]),
        ("now < plan.reviewBy", vec![("wrongType", 4)]),
        ("plan.reviewBy < '31 March'", vec![("wrongType", 14)]),
        ("date('2026-02-30')", vec![("badLiteral", 5)]),
        ("plan.name.matches('(')", vec![("badPattern", 18)]),
        ("plan.datasets.name", vec![("unknownField", 13)]),
        ("plan.name && true", vec![("wrongType", 4)]),
        ("a = 1", vec![("expressionSyntax", 2)]),
        ("plan.urgent and true", vec![("expressionSyntax", 12)]),
        ("审批 == 1", vec![("expressionSyntax", 0)]),
        ("size(plan.datasets", vec![("expressionSyntax", 18)]),
        ("", vec![("expressionSyntax", usize::MAX)]),
        ("1u", vec![("unsupportedExpression", 0)]),
        (
            "plan.datasets.all(a, plan.datasets.all(b, plan.datasets.all(c, true)))",
            vec![("nestedLoops", 59)],
        ),
    ] {
        let Err(problems) = Expression::compile(source, &environment(), None) else {
            panic!("{source} was accepted")
        };
        let found: Vec<_> = problems
            .iter()
            .map(|problem| (problem.code, problem.offset.unwrap_or(usize::MAX)))
            .collect();
        assert_eq!(found, expected, "{source}: {problems:#?}");
    }
}

#[test]
fn a_wrong_result_is_refused() {
    for (source, expected, fits) in [
        ("plan.termMonths > 1", Type::Bool, true),
        ("plan.urgent", Type::Bool, true),
        ("plan.termMonths", Type::Bool, false),
        ("plan.termMonths", Type::Double, true),
        ("plan.fee", Type::Int, false),
        ("'whole'", Type::choice(["whole", "part"]), true),
        ("'holy'", Type::choice(["whole", "part"]), false),
        ("plan.datasets.map(d, d.name)", Type::Text.list(), true),
        ("any.x", Type::Bool, true),
    ] {
        let compiled = Expression::compile(source, &environment(), Some(&expected));
        assert_eq!(compiled.is_ok(), fits, "{source} as {expected}");
    }
}

#[test]
fn data_that_does_not_fit_is_a_sentence() {
    for (source, expected) in [
        ("1 / (plan.fee - 12.0)", "division by zero"),
        ("9223372036854775807 + plan.termMonths", "too large"),
        ("plans[3].name", "element 3 was asked of a list of 0"),
        ("any.x && true", "expected true/false"),
        ("any < 3", "cannot be compared"),
    ] {
        let expression = Expression::compile(source, &environment(), None).unwrap();
        let error = expression.evaluate(&scope()).unwrap_err();
        assert!(error.to_string().contains(expected), "{source}: {error}");
    }
}

#[test]
fn names_that_are_read_are_known() {
    let expression =
        Expression::compile("plan.datasets.all(d, d.rows > counts.a)", &environment(), None);
    let names: Vec<_> = expression.unwrap().references().iter().cloned().collect();
    assert_eq!(names, ["counts", "plan"]);
}

#[test]
fn hostile_expressions_end_on_a_small_stack() {
    let many = |part: &str, count: usize| part.repeat(count);
    let sources = vec![
        format!("{}1{}", many("(", 96), many(")", 96)),
        format!("{}1{}", many("[", 96), many("]", 96)),
        format!("{}1{}", many("[", 90), many("]", 90)),
        format!("{}1{}", many("[", 2000), many("]", 2000)),
        vec!["'a'"; 1000].join("+"),
        vec!["1"; 90].join("+"),
        vec!["true"; 600].join("&&"),
        format!("any{}", many(".x", 2000)),
        format!("any{}", many(".x", 90)),
        format!("any{}", many("[0]", 90)),
        format!("{}true", many("!", 4000)),
        format!("{}1", many("- ", 2000)),
        format!("{}1", many("true?1:", 500)),
        format!("{}1{}", many("size([", 40), many("])", 40)),
        many("(", 4096),
        many("'", 4095),
        many("a", 5000),
        "has(".repeat(800),
    ];
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let run = move || {
        for source in sources {
            if let Ok(expression) = Expression::compile(&source, &environment(), None) {
                let _ = expression.evaluate(&scope());
            }
        }
    };
    thread.spawn(run).unwrap().join().unwrap();
}

#[test]
fn five_hundred_rows_compare_with_one_another() {
    let rows: Vec<Value> = (0..500).map(|row| json!({ "rows": row })).collect();
    let mut scope = scope();
    scope.insert("plan".to_owned(), json!({ "datasets": rows }));
    for source in [
        "plan.datasets.all(a, plan.datasets.exists_one(b, b.rows == a.rows))",
        "size(distinct(plan.datasets.map(a, a.rows))) == size(plan.datasets)",
    ] {
        let expression = Expression::compile(source, &environment(), None).unwrap();
        assert_eq!(expression.evaluate(&scope), Ok(json!(true)), "{source}");
    }
}

#[test]
fn too_much_work_is_stopped() {
    let rows: Vec<Value> = (0..1500).map(|row| json!({ "rows": row })).collect();
    let mut scope = scope();
    scope.insert("plan".to_owned(), json!({ "datasets": rows }));
    let source = "plan.datasets.all(a, plan.datasets.exists(b, b.rows == -1) || a.rows >= 0)";
    let expression = Expression::compile(source, &environment(), None).unwrap();
    let error = expression.evaluate(&scope).unwrap_err();
    assert!(error.message.contains("steps"), "{error}");
}

/// Where we do not differ on purpose, the crate's own interpreter gives the same.
#[test]
fn the_crate_agrees_on_plain_cel() {
    for source in [
        "1 + 2 * 3 - -4 % 3",
        "1.5 * 2.0 + 0.25 / 0.5",
        "1 < 2.5 && 3 == 3.0 && 'a' < 'b'",
        "[1, 2, 3].map(x, x * 2)",
        "[1, 2, 3].filter(x, x > 1)",
        "[1, 2, 3].map(x, x > 1, x + 10)",
        "[1, 2, 3].all(x, x > 0) && [1].exists(x, x == 1) && [1, 2].exists_one(x, x == 2)",
        "[[1, 2], [3]].map(l, l.map(x, x + 1))",
        "{'a': 1}['a'] + {'b': 2}.b",
        "2 in [1, 2] && 'a' in {'a': 1} && !(3 in [1])",
        "size('普洱') + size([1, 2])",
        "'abc'.startsWith('ab') && 'abc'.endsWith('bc') && 'abc'.contains('b')",
        "'abc'.matches('^a.c$')",
        "true ? 'x' : 'y'",
        "[1, 2] + [3] == [1, 2, 3]",
        "1 / 0.5 > 0.0 || true",
        "[0, 1].exists(x, 10 % x == 0)",
        "false && (1 % 0 == 0)",
        "(1 % 0 == 0) || true",
    ] {
        let theirs = {
            let parsed = cel::parser::PrattParser::new().parse(source).unwrap();
            cel::Value::resolve(&parsed, &cel::Context::default()).unwrap().json().unwrap()
        };
        let ours = Expression::compile(source, &Environment::new(), None).unwrap();
        let empty: serde_json::Map<String, Value> = serde_json::Map::new();
        assert_eq!(ours.evaluate(&empty).unwrap(), theirs, "{source}");
    }
}

mod random {
    use proptest::prelude::*;

    use super::{Expression, environment, scope};

    /// Texts that look like expressions often enough to get past the parser.
    fn source() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec![
            "plan",
            ".name",
            ".datasets",
            ".fee",
            "any",
            "now",
            "counts",
            "'a'",
            "1",
            "2.5",
            "null",
            "true",
            "+",
            "-",
            "*",
            "/",
            "%",
            "==",
            "<",
            "&&",
            "||",
            "!",
            "?",
            ":",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ",",
            "has(",
            "size(",
            ".map(x, ",
            ".all(x, ",
            "x",
            ".filter(y, ",
            "y",
            " in ",
            "date(",
            "addMonths(",
            "sum(",
            "审",
            "\\",
            "\"",
            "\n",
            "9223372036854775807",
            "join(",
        ]);
        prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn no_text_panics(source in source()) {
            match Expression::compile(&source, &environment(), None) {
                Ok(expression) => {
                    let first = expression.evaluate(&scope());
                    prop_assert_eq!(first, expression.evaluate(&scope()), "the same twice");
                }
                Err(problems) => {
                    prop_assert!(!problems.is_empty());
                    let length = source.chars().count();
                    for problem in problems {
                        prop_assert!(problem.offset.is_none_or(|offset| offset <= length));
                    }
                }
            }
        }
    }
}

#[test]
fn the_number_of_a_run_is_read_though_cel_keeps_its_name_for_itself() {
    let loops = Type::object("loop", [("index".to_owned(), Field::required(Type::Int))]);
    let environment = Environment::new().with("loop", loops).with("loops", Type::Int);
    let Value::Object(scope) = json!({ "loop": { "index": 2 }, "loops": 7 }) else {
        unreachable!("written just above")
    };
    for (source, expected) in [
        ("loop.index", json!(2)),
        ("[1, 2, 3][loop.index] + loops", json!(10)),
        ("'loop' + \" loop \"", json!("loop loop ")),
        ("{'loop': 1}", json!({ "loop": 1 })),
    ] {
        let compiled = Expression::compile(source, &environment, None);
        let expression = compiled.unwrap_or_else(|problems| panic!("{source}: {problems:?}"));
        assert_eq!(expression.evaluate(&scope), Ok(expected), "{source}");
    }
}
