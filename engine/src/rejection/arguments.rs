//! What is told in Chinese of an argument that is not usable. Its message is made in English where it is
//! found out; the table has the same for each, with `{}` where something of the case stands.

/// English beside Chinese.
#[rustfmt::skip] // A table.
const MESSAGES: &[(&str, &str)] = &[
    ("expected a reason, found nothing", "请填写理由"),
    ("expected a text, found nothing", "请填写内容"),
    ("expected another person, found yourself", "请选择本人以外的人员"),
    ("expected another person than who leaves", "请选择离职者以外的人员"),
    ("expected a new case, found one that runs", "该操作用于发起新案件，而此案件已在办理"),
    ("expected 1 to {} people, found {}", "请选择 1 至 {} 人，现有 {} 人"),
    ("expected 1 to {} nodes, found {}", "请选择 1 至 {} 个环节，现有 {} 个"),
    ("expected 1 to {} changes, found {}", "须有 1 至 {} 项改动，现有 {} 项"),
    ("expected 0 to {}, found {}", "须在 0 至 {} 之间，现为 {}"),
    ("expected at most {} submissions", "最多接收 {} 份材料"),
    ("expected at most {} nodes and tokens, found {}", "最多 {} 个环节和令牌，现有 {}"),
    ("expected at most {}, found {}", "最多 {} 项，现有 {}"),
    ("expected one of {}, found `{}`", "可选：{}，没有“{}”"),
    ("expected a node of version {}, found `{}`", "第 {} 版没有“{}”这一环节"),
    ("expected a node of the process, found `{}`", "流程中没有“{}”这一环节"),
    ("expected an active node, found that {} is not active", "第 {} 号环节未在办理"),
    ("expected `to` for `{}`, which begins anew", "“{}”重新开始，须写明去向（to）"),
    ("expected `{}` once, found it twice", "“{}”只能出现一次"),
    ("expected a document of the process, found `{}`", "流程中没有“{}”这一材料"),
    ("expected documents or variables to correct, found neither", "请给出要更正的材料或变量"),
    ("expected one of the process's variables", "流程中没有这一变量"),
    ("expected the whole list, found one entry", "请给出整个列表，而非其中一项"),
    ("expected something that goes on, found nothing left; to end the case, {}", "改动后案件再无可办理的环节；如要结束案件，请终止"),
    ("expected {}, as it is declared, found {}", "须为声明的类型（{}），现为 {}"),
    ("expected a list that nothing fills now, but the intake `{}` is open; correct it once it has closed", "列表正由“{}”环节接收材料，请在其截止后再更正"),
    ("expected a period such as {}, found {}", "请填写期间，例如 10 workdays（工作日）、20 days（日），现为 {1}"),
];

/// A message in Chinese; as it is where the table does not know it.
pub(super) fn chinese(message: &str) -> String {
    let known = MESSAGES.iter().find_map(|(english, chinese)| {
        let holes = holes(english, message)?;
        Some(filled(chinese, &holes))
    });
    known.unwrap_or_else(|| message.to_owned())
}

/// What stands in a message where its pattern has `{}`; none where it is another message.
fn holes<'a>(pattern: &str, message: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = pattern.split("{}");
    let mut rest = message.strip_prefix(parts.next().unwrap_or_default())?;
    let mut holes = Vec::new();
    for part in parts {
        let end = if part.is_empty() { rest.len() } else { rest.find(part)? };
        holes.push(&rest[..end]);
        rest = &rest[end + part.len()..];
    }
    rest.is_empty().then_some(holes)
}

/// The Chinese with what stood in the English: `{}` in order, `{1}` the second.
fn filled(chinese: &str, holes: &[&str]) -> String {
    if let Some(second) = holes.get(1)
        && chinese.contains("{1}")
    {
        return chinese.replace("{1}", second);
    }
    let mut text = chinese.to_owned();
    for hole in holes {
        text = text.replacen("{}", hole, 1);
    }
    text
}

/// An argument as a form calls it; as it is where it is none of a person's.
pub(super) fn named(field: &str) -> &str {
    match field {
        "reason" => "理由",
        "text" => "内容",
        "people" => "人员",
        "by" => "延长",
        "comment" => "意见",
        "to" => "去向",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{MESSAGES, chinese};
    use crate::rejection::Rejection;
    use crate::text::Language;

    #[test]
    fn what_a_clerk_forgets_is_told_in_chinese() {
        let told = |field: &str, message: &str| {
            let rejection = Rejection::BadArgument { field: field.into(), message: message.into() };
            rejection.message(Language::Zh)
        };
        assert_eq!(told("reason", "expected a reason, found nothing"), "理由：请填写理由");
        assert_eq!(
            told("people", "expected 1 to 50 people, found 0"),
            "人员：请选择 1 至 50 人，现有 0 人"
        );
        assert_eq!(
            told("by", "expected a period such as `10 workdays`, `20 days`, found `foo`"),
            "延长：请填写期间，例如 10 workdays（工作日）、20 days（日），现为 `foo`"
        );
        assert_eq!(told("x", "something new"), "x：something new");
    }

    #[test]
    fn each_pattern_of_the_table_means_its_own_message() {
        for (english, expected) in MESSAGES {
            let message = english.replace("{}", "7");
            assert_eq!(
                chinese(&message),
                expected.replace("{}", "7").replace("{1}", "7"),
                "{english}"
            );
        }
    }
}
