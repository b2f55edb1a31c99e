//! What stands behind an address in mail, to be asked of this API. The ids are worked out from the
//! address alone: whether there is such a case or task is not known here.

use crate::ids::GlobalId;

/// Something to send to the API, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What it is for, in Chinese.
    pub zh: &'static str,
    /// The same in English.
    pub en: &'static str,
    /// The GraphQL.
    pub query: String,
}

/// To see a task, and to decide it.
pub fn task(instance: i64, key: i64) -> [Asked; 2] {
    let id = GlobalId::Task(instance, key).to_id().0;
    let see = format!(
        "query Task {{
  task(id: \"{id}\") {{
    label item {{ number count label }} state dueAt
    instance {{ id number title results {{ label {{ zh }} text {{ zh }} }} }}
    documents {{ name label content editable }}
    outcomes {{ name label commentRequired requiredFields {{ document path }} }}
    allowedOperations {{ label allowed reason }}
  }}
}}
"
    );
    let decide = format!(
        "mutation Decide {{
  completeTask(input: {{
    task: \"{id}\"
    outcome: \"\"
    comment: \"\"
  }}) {{ task {{ state outcome }} }}
}}
"
    );
    [
        Asked { zh: "查看", en: "See it", query: see },
        Asked {
            zh: "办理：填写 outcomes 中的一个结果",
            en: "Decide it: fill in one of the outcomes",
            query: decide,
        },
    ]
}

/// To see a case.
pub fn case(instance: i64) -> [Asked; 1] {
    let id = GlobalId::Instance(instance).to_id().0;
    let query = format!(
        "query Case {{
  instance(id: \"{id}\") {{
    number title processLabel status outcome
    currentNodes {{ label since }}
    documents {{ name label content }}
    intakes {{ label open closesAt received {{ nodes {{ number receivedAt content }} }} }}
    timeLimits {{ label clock {{ until paused {{ since ground }} }} }}
    tasks(first: 50) {{ nodes {{ id label item {{ number count label }} state }} }}
  }}
}}
"
    );
    [Asked { zh: "查看", en: "See it", query }]
}
