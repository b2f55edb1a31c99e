//! What people call what may not be found.

/// What may not be found: what people call it, in both languages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thing(pub(super) &'static str, pub(super) &'static str);

impl Thing {
    pub(crate) const INSTANCE: Self = Self("案件", "instance");
    pub(crate) const TASK: Self = Self("任务", "task");
    pub(crate) const INTAKE: Self = Self("征集", "intake");
    pub(crate) const PAGE: Self = Self("公示页面", "page");
    pub(crate) const JOB: Self = Self("作业", "job");
    pub(crate) const PERSON: Self = Self("人员", "person");
    pub(crate) const DEFINITION: Self = Self("流程定义", "process definition");
    pub(crate) const REGISTER: Self = Self("台账", "register");
    pub(crate) const ENTRY: Self = Self("台账条目", "register entry");
    pub(crate) const FILE: Self = Self("文件", "file");
    pub(crate) const NOTICE: Self = Self("通知", "notice");
    pub(crate) const DEPUTY: Self = Self("代理", "deputy");
    pub(crate) const VERSION: Self = Self("文书版本", "document version");
}
