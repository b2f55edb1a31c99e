//! Every code that an error of the API has beside the engine's rejections. A code never changes its
//! meaning; `docs/api-errors.md` is made from here and from `engine/src/rejection.rs`.

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $variant:ident = $code:literal, retryable: $retryable:literal;)+) => {
        /// Why the API did not answer as asked.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $($(#[doc = $meaning])+ $variant,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The code as it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What it means.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($meaning,)+).trim_ascii(),)+ }
            }

            /// Whether the same request may succeed later. A mutation is then sent again with the
            /// same `idempotencyKey`.
            pub const fn is_retryable(self) -> bool {
                match self { $(Self::$variant => $retryable,)+ }
            }
        }
    };
}

codes! {
    /// Nobody is signed in, and this needs somebody.
    NotSignedIn = "NOT_SIGNED_IN", retryable: false;
    /// Whoever asks may not see or do that; `expected` says who may.
    Denied = "DENIED", retryable: false;
    /// There is no such thing, or not for whoever asks.
    NotFound = "NOT_FOUND", retryable: false;
    /// An argument cannot be used; `field` names it.
    BadArgument = "BAD_ARGUMENT", retryable: false;
    /// An id was not given by this API, or names another kind of object; `field` names the argument.
    BadId = "BAD_ID", retryable: false;
    /// The query is no GraphQL; `locations` says where.
    GraphqlParseFailed = "GRAPHQL_PARSE_FAILED", retryable: false;
    /// The query asks for what the schema does not have; `locations` says where.
    GraphqlValidationFailed = "GRAPHQL_VALIDATION_FAILED", retryable: false;
    /// The query is nested too deep.
    QueryTooDeep = "QUERY_TOO_DEEP", retryable: false;
    /// The query asks for too much at once: ask for smaller pages or fewer fields.
    QueryTooComplex = "QUERY_TOO_COMPLEX", retryable: false;
    /// The `idempotencyKey` was given with another command before; `field` names it. Nothing was done.
    KeyReused = "KEY_REUSED", retryable: false;
    /// Whoever answers for a job does not have it: it was not fetched, failed meanwhile, or another has fetched it.
    NotLeased = "NOT_LEASED", retryable: false;
    /// The connection has as many subscriptions as it may have: end one before you begin another.
    TooManySubscriptions = "TOO_MANY_SUBSCRIPTIONS", retryable: false;
    /// More or other than is kept: a file of another type, a draft that is too long.
    Refused = "REFUSED", retryable: false;
    /// The database does not answer, or too many commands wait.
    Unavailable = "UNAVAILABLE", retryable: true;
    /// The case was set aside because of a fault in Mandate; an administrator has to look.
    SetAside = "SET_ASIDE", retryable: false;
    /// Somebody has just done what this command was for.
    DoneAlready = "DONE_ALREADY", retryable: false;
    /// The roles of whoever subscribed have changed, and the subscription ends: subscribe again.
    RolesChanged = "ROLES_CHANGED", retryable: true;
    /// The clock of a real server is not moved; only that of a demonstration is.
    NotADemonstration = "NOT_A_DEMONSTRATION", retryable: false;
    /// A fault in Mandate; it was recorded.
    Internal = "INTERNAL", retryable: false;
    /// Over HTTP: the request is larger than `requestBytesMax`, or than `deployBytesMax` of those who may publish packs.
    RequestTooLarge = "REQUEST_TOO_LARGE", retryable: false;
    /// Over HTTP: the request is no JSON with `query` and `variables`, nor a multipart request.
    RequestMalformed = "REQUEST_MALFORMED", retryable: false;
    /// Over HTTP: the token names nobody here.
    TokenUnknown = "TOKEN_UNKNOWN", retryable: false;
    /// Over HTTP: a file that is not kept: too large, without a name, or of a type that is not allowed.
    FileRefused = "FILE_REFUSED", retryable: false;
}

#[cfg(test)]
mod tests {
    use super::Code;
    use std::fmt::Write as _;

    const REJECTIONS: &str = include_str!("../../engine/src/rejection.rs");
    const REJECTION_CODES: &str = include_str!("../../engine/src/rejection/codes.rs");

    /// The engine's rejections with the sentence above each, read from where they are declared.
    fn rejections() -> Vec<(String, String)> {
        let body = REJECTIONS.split_once("pub enum Rejection {").expect("it is declared").1;
        let body = body.split_once("\n}\n").expect("it ends").0;
        let (mut found, mut meaning) = (Vec::new(), String::new());
        for line in body.lines() {
            // Fields of a variant are deeper.
            let Some(line) = line.strip_prefix("    ").filter(|line| !line.starts_with(' ')) else {
                continue;
            };
            if let Some(sentence) = line.strip_prefix("///") {
                meaning = format!("{meaning}{sentence}").trim().to_owned();
            } else if line.starts_with(char::is_uppercase) {
                let name = line.trim_end_matches(['{', ',', ' ']);
                let mut code = String::new();
                for (at, letter) in name.chars().enumerate() {
                    if letter.is_uppercase() && at > 0 {
                        code.push('_');
                    }
                    code.extend(letter.to_uppercase());
                }
                assert!(REJECTION_CODES.contains(&format!("\"{code}\"")), "{code} is no code");
                found.push((code, std::mem::take(&mut meaning)));
            }
        }
        found
    }

    fn page() -> String {
        let mut page = String::from(
            "# Errors of the API\n\n\
             Made by `UPDATE_DOCS=1 cargo test -p graphql`; a test compares it. An error has \
             `extensions.code`, stable for good, and `extensions.retryable`; where they are known \
             also `field` (the argument, or the way to the field of a form, with dots), `fields` \
             (every field of a form that does not fit, with `path`, `code` and `message`), \
             `expected` and `found`. `path` says which field of the query failed, `locations` \
             where in its text.\n\n\
             ## Of the API\n\n| code | retryable | meaning |\n| --- | --- | --- |\n",
        );
        for code in Code::ALL {
            let again = if code.is_retryable() { "yes" } else { "no" };
            let _ = writeln!(page, "| `{}` | {again} | {} |", code.as_str(), code.meaning());
        }
        page.push_str(
            "\n## Refusals of the engine\n\nThe command was understood and is not allowed; nothing \
             changed. What a refusal knows stands in `extensions` under its own name.\n\n\
             | code | meaning |\n| --- | --- |\n",
        );
        for (code, meaning) in rejections() {
            let _ = writeln!(page, "| `{code}` | {meaning} |");
        }
        page
    }

    #[test]
    fn every_code_is_in_the_documents() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/api-errors.md");
        let page = page();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, &page).expect("the page can be written");
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            kept == page,
            "docs/api-errors.md is not what the code makes; run `UPDATE_DOCS=1 cargo test -p graphql`"
        );
    }

    #[test]
    fn no_code_is_given_twice() {
        let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Code::ALL.len());
        assert!(rejections().len() > 20);
    }
}
