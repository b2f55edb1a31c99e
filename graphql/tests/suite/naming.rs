//! What a visitor of the portal reads of a page and of a register: labels, words of choices, names.

use serde_json::{Map, json};
use store::directory::Unit;

use crate::harness::{Api, COMPLETE, on_both, pack};

const PROCESS: &str = "process: award
name: Award
startedBy: [clerk]
documents: { chosen: { form: chosen, name: { zh: 结果, en: Result } } }
nodes:
  choose: { type: userTask, assign: initiator, edit: chosen }
  enter: { type: record, register: awards, columns: { company: =chosen.company, field: =chosen.field, sum: =chosen.sum } }
  announce: { type: publish, title: \"='公示：' + name(chosen.company)\", show: { document: chosen, fields: { secret: hidden } } }
";

const FORM: &str = "form: chosen
name: Chosen
fields:
  company: { type: unit, label: { zh: 单位, en: Company } }
  field: { type: choice, label: 领域, options: { health: { zh: 医疗健康, en: Health } } }
  sum: { type: integer, label: 金额, unit: { zh: 元, en: yuan } }
  fit: { type: boolean, label: Fit }
  rows: { type: table, label: Rows, columns: { who: { type: person, label: Who } } }
  secret: { type: text, label: Secret }
";

const REGISTER: &str = "register: awards
name: Awards
series: '{year}-{number}'
public: true
columns: { company: { zh: 单位, en: Company }, field: Field, sum: Sum }
";

async fn awarded(api: &Api) {
    let mut files = pack();
    for (path, text) in [
        ("processes/award.yaml", PROCESS),
        ("forms/chosen.yaml", FORM),
        ("registers/awards.yaml", REGISTER),
    ] {
        files.push((path.to_owned(), text.to_owned()));
    }
    let files = files.into_iter().map(|(path, text)| (path, text.into_bytes()));
    api.store.deploy(files.collect(), "deployer").await.expect("it is right");
    let fields: Map<_, _> = [("nameEn".to_owned(), json!("Zhi Shu Ltd"))].into_iter().collect();
    let unit = Unit { id: "zhiShu".into(), name: "智数公司".into(), parent: None, fields };
    api.store.load_people(&[unit], &[]).await.expect("a unit");
    let start = "mutation { startInstance(input: { process: \"award\" }) { instance { id } } }";
    api.ask("wu", start, json!({})).await;
    let task = api.own_task("wu").await;
    let content = json!({ "company": "zhiShu", "field": "health", "sum": 12, "fit": true,
        "rows": [{ "who": "li" }], "secret": "s" });
    let documents = json!([{ "document": "chosen", "content": content }]);
    api.ask("wu", COMPLETE, json!({ "input": { "task": task, "documents": documents } })).await;
}

#[test]
fn a_visitor_reads_a_page_and_an_entry_in_words() {
    on_both(|api| async move {
        awarded(&api).await;
        let words = "label { zh en } text { zh en }";
        let query = format!(
            "{{ pages {{ nodes {{ title documents {{ name list label {{ zh en }} entries {{ fields {{ \
             name kind {words} unit {{ zh en }} rows {{ fields {{ name {words} }} }} }} }} }} }} }} \
             register(name: \"awards\") {{ entries {{ nodes {{ cells {{ name value {words} }} }} }} }} }}"
        );
        let told = api.raw(None, &query, json!({})).await;
        assert_eq!(told.get("errors"), None, "{told:#}");
        let page = &told["data"]["pages"]["nodes"][0];
        assert_eq!(page["title"], "公示：智数公司");
        let document = &page["documents"][0];
        assert_eq!(document["label"], json!({ "zh": "结果", "en": "Result" }));
        let fields = document["entries"][0]["fields"].as_array().expect("fields");
        let texts: Vec<_> = fields
            .iter()
            .map(|it| (it["name"].as_str().unwrap_or_default(), &it["text"]))
            .collect();
        let both = |zh: &str, en: &str| json!({ "zh": zh, "en": en });
        let company = both("智数公司", "Zhi Shu Ltd");
        let health = both("医疗健康", "Health");
        assert_eq!(
            texts,
            [
                ("company", &company),
                ("field", &health),
                ("sum", &both("12", "12")),
                ("fit", &both("是", "Yes")),
                ("rows", &json!(null)),
            ]
        );
        assert_eq!(fields[0]["label"], both("单位", "Company"));
        assert_eq!(fields[2]["unit"], both("元", "yuan"));
        let who = &fields[4]["rows"][0]["fields"][0];
        assert_eq!(who["text"], both("li the person", "li the person"));
        let cells = &told["data"]["register"]["entries"]["nodes"][0]["cells"];
        assert_eq!(cells[0]["value"], "zhiShu");
        assert_eq!((&cells[0]["text"], &cells[1]["text"]), (&company, &health));
        assert_eq!(
            (&cells[2]["text"], &cells[0]["label"]),
            (&both("12", "12"), &both("单位", "Company"))
        );
    });
}
