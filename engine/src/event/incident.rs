//! What an incident says to the admin of an office, in both languages. It is kept as it was raised, in
//! English; here its sentence is known again, with what stood in it. Of what a service, an expression
//! or a later version says, the code has a sentence, and what was kept stands behind it.

use super::Incident;
use crate::text::Language;

/// Sentences by code: as they are kept, and in Chinese. `{}` is what stands there, in both.
const SENTENCES: [(&str, &str, &str); 23] = [
    (
        "NOBODY_FOUND",
        "expected somebody to do the task, but its expression gave nobody who is there and may do it; {}",
        "没有人可以办理本任务：表达式没有给出在册且可以办理的人员；请配置人员后重试，或在流程定义中用 nobody 写明改由谁办理",
    ),
    (
        "NOBODY_FOUND",
        "expected somebody who holds {} for a unit, which its expression did not give, and may do the task, found nobody; {}",
        "没有人可以办理本任务：应为某单位中具有角色 {} 的人员，但单位的表达式没有给出值；请补全后重试，或在流程定义中用 nobody 写明改由谁办理",
    ),
    (
        "NOBODY_FOUND",
        "expected somebody who holds {} for a unit, which its expression did not give, and may extend the deadline, found nobody",
        "没有人可以延长期限：应为某单位中具有角色 {} 的人员，但单位的表达式没有给出值；请补全后重试",
    ),
    (
        "NOBODY_FOUND",
        "expected somebody who holds {} for the unit {} and may do the task, found nobody; {}",
        "没有人可以办理本任务：没有具有角色 {}（单位 {}）且可以办理的人员；请授予角色后重试，或在流程定义中用 nobody 写明改由谁办理",
    ),
    (
        "NOBODY_FOUND",
        "expected somebody who holds {} and may do the task, found nobody; {}",
        "没有人可以办理本任务：没有具有角色 {} 且可以办理的人员；请授予角色后重试，或在流程定义中用 nobody 写明改由谁办理",
    ),
    (
        "NOBODY_FOUND",
        "expected somebody to sign, but the list of signers is empty",
        "没有签署人：签署人名单为空",
    ),
    (
        "NOBODY_FOUND",
        "expected a role of roles.yaml, found {}",
        "没有人可以办理：roles.yaml 中没有角色 {}",
    ),
    (
        "TOO_FEW_TO_DRAW",
        "expected at least {} of {} who can be drawn, found {}",
        "可抽取的人数不足：应从 {1} 中抽取至少 {0} 人，符合条件的只有 {2} 人",
    ),
    (
        "CALENDAR_MISSING",
        "expected the calendar {}, but it is not there; deploy it",
        "缺少日历 {}，请先部署该日历",
    ),
    ("CALENDAR_MISSING", "expected the calendar {}, which is gone", "日历 {} 已不存在"),
    ("CALENDAR_MISSING", "expected the deadline's calendar", "缺少计算期限所用的日历"),
    (
        "TIME_NEVER",
        "expected a time to come, but the cron expression never matches again",
        "定时表达式不会再有到期的时间",
    ),
    (
        "BAD_TIME",
        "expected a date, an instant or a time such as `10 workdays`, found {}",
        "应为日期、时刻或期限（如“10 workdays”），现为 {}",
    ),
    ("NOT_A_COUNT", "expected a whole number up to {}", "应为不超过 {} 的整数"),
    (
        "NOT_A_LIST",
        "expected a list to run over, but nothing is filled in there; fill it in, or say in the definition what is meant then, such as `.orElse([])`",
        "应为一个列表，但其中什么也没有填写：请先填写，或者在流程定义中写明没有填写时是什么意思，例如 `.orElse([])`",
    ),
    ("NOT_A_LIST", "expected a list to run over, found {}", "应为一个列表，现为 {}"),
    ("TOO_MANY_ITEMS", "expected at most {} items, found {}", "最多 {} 项，现有 {} 项"),
    ("WEIGHT_TOO_GREAT", "expected a weight up to {}, found {}", "票的权重最大为 {}，现为 {}"),
    (
        "UNKNOWN_ENTRY",
        "expected the number of an entry of {}, but its expression gave nothing",
        "台账 {} 中要变更的条目没有编号：请先填写其表达式所用的内容，再重试",
    ),
    (
        "UNKNOWN_ENTRY",
        "expected the number of an entry of {}, found {}",
        "台账 {} 中没有编号为 {} 的条目",
    ),
    (
        "BAD_KEY",
        "expected a key for the message {}, but its expression gave nothing; {}",
        "消息 {} 的关联键为空：请先填写其表达式所用的内容，再重试",
    ),
    (
        "UNCAUGHT_ERROR",
        "expected an event that catches the error {}, found none: {}; let a boundary event or an event sub-process catch it, or move on from here by hand",
        "没有事件捕获错误 {}（{}）；请在流程定义中用边界事件或事件子流程捕获，或由管理员人工调整",
    ),
    (
        "JOIN_NEVER_COMPLETE",
        "expected a token on every way into {}, but nothing is left that could come; retry to go on without",
        "汇聚 {} 还缺分支，但已没有分支会到达；重试即不再等待",
    ),
];

impl Incident {
    /// What it says, in a language.
    pub fn said(&self, language: Language) -> String {
        match language {
            Language::En => self.message.clone(),
            Language::Zh => self.chinese(),
        }
    }

    fn chinese(&self) -> String {
        let (of, message) = apart(&self.message);
        let mut known = SENTENCES.iter().filter(|(code, ..)| *code == self.code);
        let told = known.find_map(|(_, english, chinese)| {
            let found = matched(english, message)?;
            Some(filled(chinese, &found))
        });
        let told = told.unwrap_or_else(|| format!("{}：{message}", by_code(&self.code)));
        match of {
            Some(event) => format!("“{event}”：{told}"),
            None => told,
        }
    }
}

/// The event on a boundary that a message is about, and what it says: `` `late`: … ``.
fn apart(message: &str) -> (Option<&str>, &str) {
    let named = message.strip_prefix('`').and_then(|rest| rest.split_once("`: "));
    named.map_or((None, message), |(event, message)| (Some(event), message))
}

/// What stands in a message where its sentence has `{}`; none where it is another sentence.
fn matched<'m>(sentence: &str, message: &'m str) -> Option<Vec<&'m str>> {
    let mut parts = sentence.split("{}");
    let mut rest = message.strip_prefix(parts.next()?)?;
    let (mut found, mut parts) = (Vec::new(), parts.peekable());
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        let at = match (part, is_last) {
            ("", true) => rest.len(),
            (part, true) => rest.len().checked_sub(part.len()).filter(|_| rest.ends_with(part))?,
            (part, false) => rest.find(part)?,
        };
        found.push(&rest[..at]);
        rest = &rest[at + part.len()..];
    }
    rest.is_empty().then_some(found)
}

/// A sentence with what stands in it: `{}` is the next, `{1}` the one at a place.
fn filled(sentence: &str, found: &[&str]) -> String {
    let quoted = |found: &str| {
        let names: Vec<&str> = found.split(" or ").map(|name| name.trim_matches('`')).collect();
        if found.starts_with('`') {
            format!("“{}”", names.join("”、“"))
        } else {
            found.to_owned()
        }
    };
    let mut told = sentence.to_owned();
    for (place, one) in found.iter().enumerate() {
        told = told.replace(&format!("{{{place}}}"), &quoted(one));
        told = told.replacen("{}", &quoted(one), 1);
    }
    told
}

/// What a code alone says.
fn by_code(code: &str) -> &'static str {
    match code {
        "EXPRESSION_FAILED" => "表达式无法求值",
        "CONDITION_FAILED" => "所等待的条件无法判断",
        "DECISION_FAILED" => "决策表无法得出结果",
        "NOT_A_LIST" => "应为一个列表",
        "NOT_A_COUNT" => "应为一个整数",
        "TOO_MANY_ITEMS" => "列表的项数过多",
        "TOO_MANY_ANSWERS" => "案件之间的消息或信号一个引出一个，没有停下",
        "TOO_MANY_TRANSITIONS" => "流程定义不停循环而没有等待",
        "NOBODY_FOUND" => "没有人可以办理",
        "NOBODY_TOLD" => "没有人会收到通知",
        "UNKNOWN_ENTRY" => "台账中没有这个编号的条目",
        "WRONG_TYPE" => "值与变量的类型不符",
        "LOOP_TOO_LONG" => "循环次数过多",
        "BAD_WEIGHT" => "票的权重不对",
        "BAD_PAYLOAD" => "收到的内容与要写入之处不符",
        "BAD_KEY" => "消息的关联键不对",
        "TOO_FEW_TO_DRAW" => "可抽取的人数不足",
        "WEIGHT_TOO_GREAT" => "票的权重过大",
        "BAD_SCORE" => "评分不是数字",
        "BAD_TIME" => "期限或时间不对",
        "TIME_NEVER" => "所定的时间不会到来",
        "CALENDAR_MISSING" => "缺少日历",
        "JOB_FAILED" => "系统任务多次失败",
        "BAD_REQUEST" => "无法发出调用请求",
        "BAD_ANSWER" => "无法读取对方的应答",
        "UNCAUGHT_ERROR" => "错误没有被捕获",
        "JOIN_NEVER_COMPLETE" => "汇聚所等的分支不会到达",
        _ => "流程停在这里，须由管理员处理",
    }
}

#[cfg(test)]
mod tests {
    use super::{Incident, SENTENCES, by_code};
    use crate::text::Language;

    fn said(code: &str, message: &str) -> String {
        let incident = Incident::new(code, message.to_owned());
        assert_eq!(incident.said(Language::En), message);
        incident.said(Language::Zh)
    }

    #[test]
    fn what_stands_in_a_sentence_stands_in_the_other_language() {
        let hint = "give somebody the role and try again";
        for (code, message, expected) in [
            (
                "NOBODY_FOUND",
                format!(
                    "expected somebody who holds `co` or `head` for the unit `acme` and may do the task, found nobody; {hint}"
                ),
                "没有人可以办理本任务：没有具有角色 “co”、“head”（单位 “acme”）且可以办理的人员；请授予角色后重试，或在流程定义中用 nobody 写明改由谁办理",
            ),
            (
                "TOO_FEW_TO_DRAW",
                "expected at least 5 of `expert` who can be drawn, found 3".to_owned(),
                "可抽取的人数不足：应从 “expert” 中抽取至少 5 人，符合条件的只有 3 人",
            ),
            (
                "TIME_NEVER",
                "`late`: expected a time to come, but the cron expression never matches again"
                    .to_owned(),
                "“late”：定时表达式不会再有到期的时间",
            ),
            (
                "EXPRESSION_FAILED",
                "1 / 0: division by zero".to_owned(),
                "表达式无法求值：1 / 0: division by zero",
            ),
            ("FROM_LATER", "x".to_owned(), "流程停在这里，须由管理员处理：x"),
        ] {
            assert_eq!(said(code, &message), expected);
        }
    }

    #[test]
    fn every_code_of_the_page_has_its_words() {
        let page = include_str!("../../../docs/language/expressions.md");
        let (_, section) = page.split_once("## Incidents").expect("the page has them");
        let (section, _) = section.split_once("\n## ").expect("another follows");
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
        let codes = rows.flat_map(|row| row.split(" | ").next().unwrap_or_default().split("`, `"));
        let codes: Vec<&str> = codes.map(|code| code.trim_end_matches('`')).collect();
        assert!(codes.len() >= 20, "{codes:?}");
        for code in codes {
            assert_ne!(by_code(code), by_code("NO_CODE"), "{code}");
        }
        for (code, english, _) in SENTENCES {
            assert!(!said(code, english).contains("expected"), "{code}: {english}");
        }
    }
}
