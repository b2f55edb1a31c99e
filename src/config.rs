//! Every setting: its name, unit, default and where it may come from. Nothing else reads settings.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, ensure};
use connectors::{Hosts, Secrets};
use figment::Figment;
use figment::providers::{Format as _, Serialized, Toml};
use serde::{Deserialize, Serialize};
use store::attachments::{Files, S3};

/// The file that is read where there is one and no other is named.
const FILE_DEFAULT: &str = "mandate.toml";
const PREFIX: &str = "MANDATE_";
/// Variables that are not settings of the server.
const NOT_SETTINGS: [&str; 3] = ["TEST_", "CONFIG", SECRETS];
/// How secrets of connectors are called in the environment, behind the prefix.
const SECRETS: &str = "SECRET_";

/// A setting, for its help and its tests.
#[derive(Debug)]
#[cfg_attr(not(test), expect(dead_code, reason = "the help is tested against it"))]
pub(crate) struct Setting {
    pub(crate) variable: &'static str,
    pub(crate) default: &'static str,
}

macro_rules! settings {
    ($($variable:literal $name:ident: $type:ty = $default:literal, $unit:literal, $help:literal;)*) => {
        /// The settings of one run, complete.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub(crate) struct Config {
            $(pub(crate) $name: $type,)*
        }

        impl Default for Config {
            fn default() -> Self {
                Self { $($name: $default.parse().expect("a default is of its type"),)* }
            }
        }

        /// The settings that were given as flags.
        #[derive(Debug, Clone, Default, Serialize, clap::Args)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct Flags {
            /// A TOML file with settings [default: mandate.toml where there is one]
            /// [env: `MANDATE_CONFIG`].
            #[arg(long, env = "MANDATE_CONFIG", hide_env = true, value_name = "FILE")]
            #[serde(skip)]
            config: Option<std::path::PathBuf>,
            $(
                #[arg(
                    long,
                    value_name = $unit,
                    help = concat!($help, " [default: ", $default, "] [env: ", $variable, "]")
                )]
                #[serde(skip_serializing_if = "Option::is_none")]
                pub(crate) $name: Option<$type>,
            )*
        }

        impl Flags {
            /// Takes the setting that a variable of the environment names; whether there is one.
            fn take(&mut self, variable: &str, value: &str) -> Result<bool> {
                match variable {
                    $($variable => {
                        self.$name = Some(value.parse().map_err(|error| {
                            anyhow!("{variable}: expected {}, found `{value}`: {error}", $unit)
                        })?);
                    })*
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }

        /// All settings.
        #[cfg_attr(not(test), expect(dead_code, reason = "the help is tested against it"))]
        pub(crate) const SETTINGS: &[Setting] =
            &[$(Setting { variable: $variable, default: $default },)*];
    };
}

settings! {
    "MANDATE_DATABASE" database: String = "sqlite://mandate.db", "URL",
        "The database: sqlite://file or postgres://user:password@host/database";
    "MANDATE_LANES" lanes: usize = "2", "COUNT",
        "Writers of this node on PostgreSQL, one for each processor or so; SQLite has one";
    "MANDATE_READERS" readers: u32 = "4", "COUNT",
        "Connections for reading";
    "MANDATE_BLOBS" blobs: String = "blobs", "FOLDER|s3://BUCKET",
        "Where uploaded files are kept: a folder, or a bucket of an S3-compatible store";
    "MANDATE_S3_ENDPOINT" s3_endpoint: String = "", "URL",
        "Where the bucket is, such as https://oss.example.cn; only for s3://";
    "MANDATE_S3_REGION" s3_region: String = "us-east-1", "NAME",
        "The bucket's region";
    "MANDATE_S3_KEY" s3_key: String = "", "TEXT",
        "The id of the bucket's access key";
    "MANDATE_S3_SECRET" s3_secret: String = "", "TEXT",
        "The secret of the bucket's access key; in the file or the environment, where other users do not see it";
    "MANDATE_LISTEN" listen: String = "127.0.0.1:8080", "ADDRESS:PORT",
        "Where the HTTP server listens";
    "MANDATE_PUBLIC_URL" public_url: String = "", "URL",
        "The address that people use, for links in mail; empty: where the server listens";
    "MANDATE_REQUEST_BYTES_MAX" request_bytes_max: usize = "1048576", "BYTES",
        "The largest request that is not an upload";
    "MANDATE_DEPLOY_BYTES_MAX" deploy_bytes_max: usize = "33554432", "BYTES",
        "The largest request of those who may publish packs, where that is more";
    "MANDATE_ATTACHMENT_BYTES_MAX" attachment_bytes_max: u64 = "52428800", "BYTES",
        "The largest file that may be uploaded";
    "MANDATE_ATTACHMENT_TYPES" attachment_types: String = "application/pdf,image/png,image/jpeg,application/ofd,application/zip,application/vnd.openxmlformats-officedocument.wordprocessingml.document,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet,application/msword,application/vnd.ms-excel,text/plain,text/csv,application/json", "TYPES",
        "Media types that may be uploaded, with commas between them; a file of one of the default's has to begin as such files do";
    "MANDATE_DEVELOPMENT" development: bool = "false", "true|false",
        "GraphiQL at /graphiql and demonstration tokens: never where real cases run";
    "MANDATE_SMTP" smtp: String = "", "URL",
        "The mail server: smtp://host:25 or smtps://user:password@host:465; empty: no mail is sent and notices wait";
    "MANDATE_MAIL_FROM" mail_from: String = "mandate@localhost", "ADDRESS",
        "The sender of mail";
    "MANDATE_RECEIPTS_MAX" receipts_max: u32 = "10", "COUNT",
        "Receipts that one mail address gets in 24 hours for what is handed in without signing in; what is handed in beyond that is taken, but no mail goes out; 0: none";
    "MANDATE_CONNECTOR_HOSTS" connector_hosts: Hosts = "", "HOST[:PORT],…",
        "Where service tasks may call to: exactly these hosts and ports (80 or 443 where none is said); empty: nowhere";
    "MANDATE_CONNECTOR_SECRETS" connector_secrets: String = "", "FOLDER",
        "Secrets that calls may send, a file each, called as the secret; MANDATE_SECRET_NAME in the environment is the other way";
    "MANDATE_CONNECTOR_ANSWER_BYTES_MAX" connector_answer_bytes_max: usize = "262144", "BYTES",
        "The largest answer that a call takes; it is journalled";
    "MANDATE_CONNECTOR_CALLS_MAX" connector_calls_max: usize = "8", "COUNT",
        "Calls at once, on this node; 0: none, and a worker of your own may fetch the topic mandate:http";
    "MANDATE_LOG" log: String = "info,poem=warn", "FILTER",
        "What is logged: error, warn, info, debug, trace, or per module such as info,store=debug";
    "MANDATE_LOG_FORMAT" log_format: LogFormat = "text", "text|json",
        "How it is logged, on standard error";
    "MANDATE_SHUTDOWN_S" shutdown_s: u64 = "30", "SECONDS",
        "How long an ending server may take to finish what it began";
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl std::str::FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        clap::ValueEnum::from_str(text, false)
    }
}

impl Config {
    /// The settings, each from the last place that gives it: default, file, environment, flag.
    pub(crate) fn load(flags: &Flags) -> Result<Self> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = &flags.config {
            ensure!(file.is_file(), "--config names {}, where no file is", file.display());
            figment = figment.merge(Toml::file_exact(file));
        } else if Path::new(FILE_DEFAULT).is_file() {
            figment = figment.merge(Toml::file_exact(FILE_DEFAULT));
        }
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        figment
            .merge(Serialized::globals(Self::variables(variables)?))
            .merge(Serialized::globals(flags))
            .extract()
            .context("a setting is wrong; `mandate serve --help` lists them all")
    }

    /// The settings that the environment gives.
    fn variables(all: impl IntoIterator<Item = (String, String)>) -> Result<Flags> {
        let mut given = Flags::default();
        for (name, value) in all {
            let Some(own) = name.strip_prefix(PREFIX) else { continue };
            if !NOT_SETTINGS.iter().any(|other| own.starts_with(other)) {
                let known = given.take(&name, &value)?;
                ensure!(known, "{name} in the environment: expected the name of a setting");
            }
        }
        Ok(given)
    }

    /// What connectors may do.
    pub(crate) fn connectors(&self) -> connectors::Settings {
        let folder = Some(&self.connector_secrets).filter(|folder| !folder.is_empty());
        let ours = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            let name = name.into_string().ok()?;
            let secret = name.strip_prefix(PREFIX)?.strip_prefix(SECRETS)?;
            Some((secret.to_owned(), value.into_string().ok()?))
        };
        let environment: BTreeMap<_, _> = std::env::vars_os().filter_map(ours).collect();
        connectors::Settings {
            hosts: self.connector_hosts.clone(),
            secrets: Secrets::new(folder.map(Into::into), environment),
            answer_bytes_max: self.connector_answer_bytes_max,
            calls_max: self.connector_calls_max,
        }
    }

    /// The media types that may be uploaded.
    pub(crate) fn media_types(&self) -> Result<Vec<String>> {
        let all = self.attachment_types.split(',').map(str::trim).filter(|one| !one.is_empty());
        let all: Vec<String> = all.map(str::to_ascii_lowercase).collect();
        for one in &all {
            let is_part = |part: &str| {
                !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && b != b'*')
            };
            let is_type = one.split_once('/').is_some_and(|(kind, rest)| {
                is_part(kind) && is_part(rest) && !rest.contains(['/', ';'])
            });
            ensure!(
                is_type,
                "attachmentTypes: expected media types such as `application/pdf`, found `{one}`"
            );
        }
        Ok(all)
    }

    /// Where uploaded files are kept.
    pub(crate) fn files(&self) -> Result<Files> {
        let Some(bucket) = self.blobs.strip_prefix("s3://") else {
            return Ok(Files::Folder(self.blobs.clone().into()));
        };
        let needed = [
            ("the bucket's name after s3://", bucket),
            ("s3Endpoint", &self.s3_endpoint),
            ("s3Key", &self.s3_key),
            ("s3Secret", &self.s3_secret),
        ];
        for (name, value) in needed {
            ensure!(
                !value.is_empty(),
                "blobs is `{}`: expected {name} too, found none",
                self.blobs
            );
        }
        Ok(Files::S3(S3 {
            endpoint: self.s3_endpoint.clone(),
            bucket: bucket.trim_end_matches('/').to_owned(),
            region: self.s3_region.clone(),
            key: self.s3_key.clone(),
            secret: self.s3_secret.clone(),
        }))
    }
}

/// Whether the terminal that a command runs in speaks Chinese.
pub(crate) fn is_terminal_chinese() -> bool {
    std::env::var_os("LANG").is_some_and(|own| own.to_string_lossy().starts_with("zh"))
}

#[cfg(test)]
mod tests {
    use figment::providers::{Format as _, Serialized, Toml};

    use super::{Config, LogFormat, SETTINGS};

    fn read(toml: &str) -> Result<Config, String> {
        let figment = figment::Figment::from(Serialized::defaults(Config::default()));
        figment.merge(Toml::string(toml)).extract().map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_changes_what_it_names_and_nothing_else() {
        let config = read("logFormat = \"json\"\nshutdownS = 5").expect("right");
        assert_eq!((config.log_format, config.shutdown_s), (LogFormat::Json, 5));
        assert_eq!(config.listen, Config::default().listen);
    }

    #[test]
    fn a_misspelt_setting_is_refused_by_name() {
        let message = read("lisen = \"127.0.0.1:1\"").expect_err("misspelt");
        assert!(message.contains("lisen") && message.contains("listen"), "{message}");
    }

    #[test]
    fn a_bucket_needs_its_endpoint_and_its_key() {
        let config = read("blobs = \"s3://files\"\ns3Endpoint = \"https://oss.example.cn\"");
        let message = config.expect("right").files().expect_err("no key").to_string();
        assert!(message.contains("s3Key"), "{message}");
        let all =
            "blobs = \"s3://files\"\ns3Endpoint = \"https://x\"\ns3Key = \"k\"\ns3Secret = \"s\"";
        let files = read(all).expect("right").files().expect("complete");
        assert!(matches!(files, super::Files::S3(s3) if s3.bucket == "files" && s3.key == "k"));
        let folder = Config::default().files().expect("a folder");
        assert_eq!(folder, super::Files::Folder("blobs".into()));
    }

    #[test]
    fn types_of_files_are_a_list_and_by_default_those_the_store_knows() {
        let known: Vec<_> = store::attachments::MEDIA_TYPES.iter().map(|(one, _)| *one).collect();
        assert_eq!(Config::default().media_types().expect("right"), known);
        let size = Config::default().attachment_bytes_max;
        assert_eq!(size, store::attachments::ATTACHMENT_BYTES_MAX);
        let config = read("attachmentTypes = \"application/PDF, image/webp\"").expect("right");
        assert_eq!(config.media_types().expect("right"), ["application/pdf", "image/webp"]);
        for wrong in ["pdf", "image/*", "/x", "image/", "text/plain;charset=utf-8"] {
            let config = read(&format!("attachmentTypes = \"{wrong}\"")).expect("right");
            let message = config.media_types().expect_err(wrong).to_string();
            assert!(message.contains("attachmentTypes") && message.contains(wrong), "{message}");
        }
    }

    fn given(variables: &[(&str, &str)]) -> Result<Config, String> {
        let all = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let given = Config::variables(all).map_err(|error| error.to_string())?;
        let figment = figment::Figment::from(Serialized::defaults(Config::default()));
        let figment = figment.merge(Serialized::globals(given));
        figment.extract().map_err(|error| error.to_string())
    }

    #[test]
    fn every_setting_is_read_from_its_variable() {
        for setting in SETTINGS {
            let config = given(&[(setting.variable, setting.default)]).expect(setting.variable);
            let [config, default] = [&config, &Config::default()]
                .map(|one| serde_json::to_value(one).expect("settings are JSON"));
            assert_eq!(config, default, "{}", setting.variable);
        }
        let config = given(&[
            ("MANDATE_SHUTDOWN_S", "5"),
            ("MANDATE_S3_SECRET", "0123"),
            ("MANDATE_TEST_SEED", "7"),
            ("MANDATE_SECRET_TOKEN", "t"),
            ("HOME", "/root"),
        ]);
        let config = config.expect("right");
        assert_eq!((config.shutdown_s, config.s3_secret.as_str()), (5, "0123"));
    }

    #[test]
    fn a_wrong_variable_is_refused_by_its_name() {
        let message = given(&[("MANDATE_LISEN", "127.0.0.1:1")]).expect_err("misspelt");
        assert!(message.contains("MANDATE_LISEN"), "{message}");
        let message = given(&[("MANDATE_LANES", "two")]).expect_err("no count");
        assert!(message.contains("MANDATE_LANES: expected COUNT, found `two`"), "{message}");
    }
}
