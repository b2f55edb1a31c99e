//! What a key or a word is called elsewhere: by other engines, by form builders, and in the offices.
//! Only for hints: nothing is taken for what it seems to mean.

use crate::problem::nearest;

/// What is written (in lower case), and what may be meant by it, the first that fits.
const ALIASES: &[(&str, &[&str])] = &[
    // Keys.
    ("candidategroups", &["role"]),
    ("candidategroup", &["role"]),
    ("角色", &["role", "roles"]),
    ("candidateusers", &["people"]),
    ("assignee", &["assign"]),
    ("办理人", &["assign"]),
    ("处理人", &["assign"]),
    ("duedate", &["due"]),
    ("deadline", &["due"]),
    ("期限", &["due"]),
    ("时限", &["due"]),
    ("formkey", &["edit"]),
    ("formref", &["edit"]),
    ("表单", &["edit", "form"]),
    ("next", &["to"]),
    ("goto", &["to"]),
    ("target", &["to"]),
    ("下一步", &["to"]),
    ("condition", &["when"]),
    ("if", &["when"]),
    ("条件", &["when"]),
    ("名称", &["name", "label"]),
    ("标题", &["title", "label", "name"]),
    ("title", &["label", "name"]),
    ("name", &["label"]),
    ("label", &["name"]),
    ("类型", &["type"]),
    ("kind", &["type"]),
    ("desc", &["description", "documentation", "help"]),
    ("description", &["documentation", "help"]),
    ("说明", &["description", "documentation", "help"]),
    ("节点", &["nodes"]),
    ("steps", &["nodes"]),
    ("tasks", &["nodes"]),
    ("users", &["people"]),
    ("人员", &["people", "person"]),
    ("departments", &["units"]),
    ("必填", &["required"]),
    ("选项", &["options", "choice"]),
    ("timezone", &["zone"]),
    ("holidays", &["off"]),
    ("workdays", &["work"]),
    ("title", &["subject"]),
    ("content", &["body"]),
    ("text", &["body", "longText"]),
    // Elements.
    ("task", &["userTask"]),
    ("approval", &["userTask"]),
    ("approve", &["userTask"]),
    ("审批", &["userTask"]),
    ("任务", &["userTask"]),
    ("用户任务", &["userTask"]),
    ("start", &["startEvent"]),
    ("开始", &["startEvent"]),
    ("end", &["endEvent"]),
    ("结束", &["endEvent"]),
    ("gateway", &["exclusiveGateway"]),
    ("网关", &["exclusiveGateway"]),
    ("排他网关", &["exclusiveGateway"]),
    ("xor", &["exclusiveGateway"]),
    ("parallel", &["parallelGateway"]),
    ("fork", &["parallelGateway"]),
    ("join", &["parallelGateway"]),
    ("并行网关", &["parallelGateway"]),
    ("script", &["scriptTask"]),
    ("service", &["serviceTask"]),
    ("call", &["callActivity"]),
    ("timer", &["intermediateCatchEvent"]),
    ("catchevent", &["intermediateCatchEvent"]),
    ("throwevent", &["intermediateThrowEvent"]),
    ("通知", &["notify"]),
    ("rule", &["businessRuleTask"]),
    ("子流程", &["subProcess"]),
    // Fields of forms and variables.
    ("string", &["text"]),
    ("str", &["text"]),
    ("文本", &["text"]),
    ("textarea", &["longText"]),
    ("多行文本", &["longText"]),
    ("int", &["integer"]),
    ("long", &["integer"]),
    ("整数", &["integer"]),
    ("number", &["decimal", "integer"]),
    ("double", &["decimal"]),
    ("float", &["decimal"]),
    ("money", &["decimal"]),
    ("金额", &["decimal"]),
    ("数字", &["decimal"]),
    ("小数", &["decimal"]),
    ("bool", &["boolean"]),
    ("checkbox", &["boolean"]),
    ("是否", &["boolean"]),
    ("select", &["choice"]),
    ("radio", &["choice"]),
    ("enum", &["choice"]),
    ("单选", &["choice"]),
    ("checkboxes", &["choices"]),
    ("multiselect", &["choices"]),
    ("多选", &["choices"]),
    ("日期", &["date"]),
    ("timestamp", &["dateTime"]),
    ("时间", &["dateTime"]),
    ("attachment", &["file"]),
    ("upload", &["file"]),
    ("附件", &["file"]),
    ("文件", &["file"]),
    ("user", &["person"]),
    ("department", &["unit"]),
    ("部门", &["unit", "units"]),
    ("表格", &["table"]),
    ("array", &["table", "texts"]),
    ("list", &["texts", "table"]),
    ("object", &["group", "any"]),
    ("邮箱", &["email"]),
    ("tel", &["phone"]),
    ("电话", &["phone"]),
    // How several sign, and what may be done with a task.
    ("或签", &["any"]),
    ("会签", &["all"]),
    ("顺序会签", &["inOrder"]),
    ("sequential", &["inOrder"]),
    ("票签", &["vote"]),
    ("投票", &["vote"]),
    ("转办", &["transfer"]),
    ("委派", &["delegate"]),
    ("加签", &["addSigner"]),
    ("减签", &["removeSigner"]),
    ("退回", &["return"]),
    ("驳回", &["return"]),
    ("back", &["return"]),
    ("拿回", &["takeBack"]),
    ("催办", &["urge"]),
    ("抄送", &["copy"]),
    ("cc", &["copy"]),
    ("撤回", &["withdraw"]),
    ("作废", &["void"]),
    ("终止", &["terminate"]),
    ("唤醒", &["reopen"]),
    // Languages.
    ("cn", &["zh"]),
    ("zh-cn", &["zh"]),
    ("zh_cn", &["zh"]),
    ("chinese", &["zh"]),
    ("中文", &["zh"]),
    ("en-us", &["en"]),
    ("english", &["en"]),
    ("英文", &["en"]),
];

/// What is meant by a word, of those that are known: the same of another tool's namespace, what it is
/// called elsewhere, or the nearest.
pub(super) fn meant<'k>(found: &str, known: &[&'k str]) -> Option<&'k str> {
    let local = found.rsplit(':').next().unwrap_or(found);
    let is_known = |name: &&&str| **name == local;
    if let Some(same) = known.iter().find(is_known) {
        return Some(same);
    }
    let lower = local.to_lowercase();
    let others = ALIASES.iter().filter(|(alias, _)| *alias == lower).flat_map(|(_, names)| *names);
    let alias = others.into_iter().find_map(|name| known.iter().find(|known| *known == name));
    alias.copied().or_else(|| nearest(found, known.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn words_of_other_tools_and_of_the_offices_are_known() {
        let task = ["role", "assign", "due", "to", "name", "edit"];
        let types = ["userTask", "endEvent", "exclusiveGateway"];
        for (found, known, expected) in [
            ("candidateGroups", &task[..], Some("role")),
            ("dueDate", &task, Some("due")),
            ("assignee", &task, Some("assign")),
            ("名称", &task, Some("name")),
            ("roel", &task, Some("role")),
            ("whatever", &task, None),
            ("bpmn:userTask", &types, Some("userTask")),
            ("审批", &types, Some("userTask")),
            ("end", &types, Some("endEvent")),
            ("cn", &["zh", "en"], Some("zh")),
        ] {
            assert_eq!(meant(found, known), expected, "{found}");
        }
    }
}
