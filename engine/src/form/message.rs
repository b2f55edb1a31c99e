//! What a person reads about a field that does not fit, in both languages, with its stable code.

use super::FieldError;
use crate::text::{Language, Text, Texts};

/// What is wrong with a value, before it is known at which path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: &'static str,
    zh: String,
    en: String,
}

impl Fault {
    pub(super) fn new(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code, zh: zh.into(), en: en.into() }
    }

    /// The fault at a path.
    pub(super) fn at(self, path: &[String]) -> FieldError {
        let texts = Texts::from([(Language::Zh, self.zh), (Language::En, self.en)]);
        FieldError { path: path.to_vec(), code: self.code.to_owned(), message: Text::Many(texts) }
    }

    /// The English sentence, for problems in YAML.
    pub(super) fn english(&self) -> &str {
        &self.en
    }

    pub(super) fn required() -> Self {
        Self::new("REQUIRED", "此项必填。", "This must be filled in.")
    }

    pub(super) fn not_accepted() -> Self {
        Self::new("NOT_ACCEPTED", "请勾选确认此声明。", "This statement must be ticked.")
    }

    pub(super) fn unknown(name: &str, near: Option<&str>) -> Self {
        let (zh, en) = near.map_or_else(Default::default, |near| {
            (format!("，是否为“{near}”"), format!("; did you mean `{near}`?"))
        });
        Self::new(
            "UNKNOWN_FIELD",
            format!("表单中没有字段“{name}”{zh}。"),
            format!("The form has no field `{name}`{en}"),
        )
    }

    pub(super) fn not_editable() -> Self {
        Self::new("NOT_EDITABLE", "本环节不能修改此项。", "This step may not change this field.")
    }

    pub(super) fn too_long(most: usize, found: usize) -> Self {
        Self::new(
            "TOO_LONG",
            format!("最多 {most} 个字符，现有 {found} 个。"),
            format!("At most {most} characters, found {found}."),
        )
    }

    pub(super) fn too_short(least: usize, found: usize) -> Self {
        Self::new(
            "TOO_SHORT",
            format!("至少 {least} 个字符，现有 {found} 个。"),
            format!("At least {least} characters, found {found}."),
        )
    }

    pub(super) fn too_many(most: usize, found: usize) -> Self {
        Self::new(
            "TOO_MANY",
            format!("最多 {most} 项，现有 {found} 项。"),
            format!("At most {most} entries, found {found}."),
        )
    }

    pub(super) fn too_few(least: usize, found: usize) -> Self {
        Self::new(
            "TOO_FEW",
            format!("至少 {least} 项，现有 {found} 项。"),
            format!("At least {least} entries, found {found}."),
        )
    }

    pub(super) fn too_small(least: &str) -> Self {
        Self::new(
            "TOO_SMALL",
            format!("不得小于（早于）{least}。"),
            format!("Must not be less than {least}."),
        )
    }

    pub(super) fn too_large(most: &str) -> Self {
        Self::new(
            "TOO_LARGE",
            format!("不得大于（晚于）{most}。"),
            format!("Must not be more than {most}."),
        )
    }

    pub(super) fn too_precise(places: u32) -> Self {
        Self::new(
            "TOO_PRECISE",
            format!("最多 {places} 位小数。"),
            format!("At most {places} decimal places."),
        )
    }

    pub(super) fn not_an_option(options: &[String]) -> Self {
        let shown = options.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
        Self::new(
            "NOT_AN_OPTION",
            format!("不是可选项，可选：{shown}。"),
            format!("Not one of the options: {shown}."),
        )
    }

    pub(super) fn must_be(value: &serde_json::Value) -> Self {
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Self::new("MUST_BE", format!("此项必须为 {shown}。"), format!("Must be {shown}."))
    }

    pub(super) fn file_type(accepted: &[String]) -> Self {
        let shown = accepted.join(", ");
        Self::new(
            "WRONG_FILE_TYPE",
            format!("不支持此文件类型，可上传：{shown}。"),
            format!("This kind of file is not accepted; accepted are {shown}."),
        )
    }

    pub(super) fn file_size(bytes_max: u64) -> Self {
        let most = super::values::shown_size(bytes_max);
        Self::new(
            "FILE_TOO_LARGE",
            format!("文件不得超过 {most}。"),
            format!("The file must not be larger than {most}."),
        )
    }

    pub(super) fn document_size(found: usize) -> Self {
        let most = super::DOCUMENT_BYTES_MAX;
        Self::new(
            "DOCUMENT_TOO_LARGE",
            format!("表单内容最多 {most} 字节，现有 {found} 字节；请改用附件。"),
            format!("A document has at most {most} bytes, found {found}; use attachments."),
        )
    }

    /// Says nothing of why: whoever reads it may not read what it was compared with.
    pub(super) fn not_comparable() -> Self {
        Self::new(
            "NOT_COMPUTABLE",
            "无法与案件中的其他材料核对。",
            "This could not be compared with the other documents of the case.",
        )
    }

    pub(super) fn not_computable(reason: &str) -> Self {
        Self::new(
            "NOT_COMPUTABLE",
            format!("无法核验：{reason}。"),
            format!("This could not be checked: {reason}."),
        )
    }
}
