//! The command line: every command, its help and its examples. The work itself is elsewhere.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};
use engine::text::Language;

use crate::config::Flags;
use crate::{Outcome, bench, check, deploy, export, import, journal, scenarios, schema, serve};

/// Mandate runs approval procedures that are written down in YAML.
#[derive(Debug, Parser)]
#[command(name = "mandate", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "A first look:\n  \
    mandate check workflows/mine        is the pack right?\n  \
    mandate test workflows/mine         do its scenarios pass?\n  \
    mandate serve --demo --pack workflows/mine\n\n\
    Exit codes: 0 all is well, 1 it ran and found errors, 2 it could not run.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// The language of what is told about a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// 简体中文: what each problem is called and what to do, beside the English sentence.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The language that was asked for, or the terminal's.
    pub(crate) fn of(asked: Option<Self>) -> Language {
        match asked {
            Some(Self::Zh) => Language::Zh,
            Some(Self::En) => Language::En,
            None if crate::config::is_terminal_chinese() => Language::Zh,
            None => Language::En,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server: GraphQL, timers, mail.
    #[command(after_help = "Settings come from, each over the one before: defaults, the file \
        (--config, mandate.toml where there is one), MANDATE_… variables, flags. In the file \
        they are written in lowerCamelCase: mailFrom = \"office@example.org\".\n\n\
        Examples:\n  mandate serve --demo --pack workflows/mine\n  \
        MANDATE_DATABASE=postgres://mandate@db/mandate mandate serve --log-format json\n\n\
        Ends on SIGTERM or SIGINT after it finished what it began.")]
    Serve(ServeArguments),
    /// Check a pack: every problem with file, line and column.
    #[command(after_help = "Examples:\n  mandate check workflows/mine\n  \
        mandate check workflows/mine --format json | jq '.[].message'\n  \
        mandate check workflows/mine --config /etc/mandate.toml\n\n\
        Of the settings only those of connectors count: where they are given, a host that may not be\n\
        called and a secret that is not there are warnings.\n\n\
        Exit codes: 0 no errors (perhaps warnings), 1 errors, 2 the folder cannot be read.")]
    Check {
        /// The pack's folder, the one with pack.yaml in it.
        pack: PathBuf,
        /// How the problems are printed.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// The language that they are told in; that of the terminal (`LANG`) where nothing is said.
        #[arg(long, value_enum)]
        lang: Option<Lang>,
        #[command(flatten)]
        settings: Flags,
    },
    /// Run a pack's scenarios on a virtual clock and show what none of them reached.
    #[command(after_help = "Examples:\n  mandate test workflows/mine\n  \
        mandate test workflows/mine --only renewal --format json\n\n\
        Exit codes: 0 all passed, 1 a scenario failed or the pack has errors, 2 nothing could run.")]
    Test(TestArguments),
    /// Publish a pack to a database: running cases keep the version they began with.
    #[command(after_help = "Examples:\n  \
        mandate deploy workflows/mine --database sqlite://mandate.db\n  \
        mandate deploy workflows/mine --format json | jq .version\n\n\
        A pack with errors is not published, and no database is opened or made for it.\n\n\
        Exit codes: 0 published, now or before, 1 the pack has errors, 2 it could not be published.")]
    Deploy {
        /// The pack's folder.
        pack: PathBuf,
        /// How the result is printed.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        #[command(flatten)]
        settings: Flags,
    },
    /// Measure: instances and commands a second beside the raw floor of the same database.
    #[command(after_help = "Cases of three tasks are started, claimed and completed through the \
        whole store: engine, group commit, journal hashes, tables, keys of idempotency. The floor \
        writes the same rows, as they were recorded from a case of ours, by the plainest grouped \
        statements in transactions of as many commands as are in flight: on SQLite through \
        rusqlite (WAL, synchronous FULL), on PostgreSQL with an array a column on as many \
        connections as the store has lanes. Both run in turns; each figure is the median of three. \
        A ratio is above 1 where ours is worse.\n\n\
        Nothing is written into the database itself: what is measured lies in a folder beside the \
        SQLite file, or in a schema of its own in the PostgreSQL database, and is removed.\n\n\
        Examples:\n  mandate bench\n  mandate bench --inbox --format json\n  \
        mandate bench --database postgres://mandate@127.0.0.1/bench --graphql")]
    Bench(BenchArguments),
    /// Verify the journal's hash chain.
    #[command(after_help = "Example:\n  mandate verify --database sqlite://mandate.db")]
    Verify {
        /// How the result is printed.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        #[command(flatten)]
        settings: Flags,
    },
    /// Rebuild the tables from the journal beside the real ones, and compare.
    #[command(after_help = "Example:\n  mandate rebuild --database sqlite://mandate.db")]
    Rebuild {
        /// How the result is printed.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        #[command(flatten)]
        settings: Flags,
    },
    /// Make a pack of a BPMN 2.0 file of any tool; report element by element what has no counterpart.
    #[command(after_help = "Examples:\n  mandate import order.bpmn --out workflows/order\n  \
        mandate import order.bpmn > order.yaml\n  \
        mandate import order.bpmn --format json | jq '.problems[].message'\n\n\
        The XML file is kept beside the YAML: `mandate export` puts what you change into it, and\n\
        everything else goes out as it came.\n\n\
        Exit codes: 0 imported (perhaps with warnings), 1 the file breaks a rule of BPMN or has\n\
        elements that the language does not have, 2 it cannot be read or files are in the way.")]
    Import(ImportArguments),
    /// Write processes as BPMN 2.0 XML with a diagram.
    #[command(after_help = "Examples:\n  mandate export workflows/mine --out diagrams\n  \
        mandate export workflows/mine --process renewal > renewal.bpmn\n  \
        mandate export workflows/mine/processes/renewal.yaml > renewal.bpmn\n\n\
        Exit codes: 0 written, 1 the pack has errors, 2 it cannot be read or written.")]
    Export(ExportArguments),
    /// Print the JSON Schema of the language, for editors.
    #[command(after_help = "Example:\n  mandate schema process > process.schema.json\n  \
        # yaml-language-server: $schema=process.schema.json")]
    Schema {
        /// Which kind of file: process, form, …; or `reference` for all of them as Markdown.
        #[arg(default_value = "process")]
        kind: String,
    },
}

/// What `mandate serve` takes.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Serve a demonstration: loads the pack's demonstration accounts, prints how to sign in as
    /// each, implies --development, and its clock can be moved (mutation `passTime`). Never for
    /// real cases.
    #[arg(long)]
    pub(crate) demo: bool,
    /// Publish this pack's folder before serving, where it differs from what is published.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) pack: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) settings: Flags,
}

/// What `mandate test` takes.
#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// The pack's folder.
    pub(crate) pack: PathBuf,
    /// Only scenarios whose file or name contains this.
    #[arg(long)]
    pub(crate) only: Option<String>,
    /// List every node, flow and outcome that no scenario reached.
    #[arg(long)]
    pub(crate) coverage: bool,
    /// How the results are printed.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// The language that they are told in; that of the terminal (`LANG`) where nothing is said.
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Lang>,
}

/// What `mandate import` takes.
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The file of BPMN 2.0 XML.
    pub(crate) file: PathBuf,
    /// The pack's folder: made where it is not there. Without it the YAML is printed.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Replace files that are there and differ.
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
    /// How the result is printed.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// What `mandate export` takes.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// A pack's folder, or the YAML file of a process.
    pub(crate) from: PathBuf,
    /// Only this process.
    #[arg(long)]
    pub(crate) process: Option<String>,
    /// The folder that the files go to. Without it a single file is printed.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

/// What `mandate bench` takes.
#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// Measure a page of an inbox among 10,000, 1,000,000 and 5,000,000 tasks instead.
    #[arg(long)]
    pub(crate) inbox: bool,
    /// Measure idle memory and the time to the first answer instead.
    #[arg(long)]
    pub(crate) start: bool,
    /// The pack that --start measures with [default: the first one in workflows/].
    #[arg(long, value_name = "FOLDER", requires = "start")]
    pub(crate) pack: Option<PathBuf>,
    /// Measure over HTTP as well: the share that the API adds.
    #[arg(long)]
    pub(crate) graphql: bool,
    /// Commands in flight [default: 1, 32 and 256].
    #[arg(long, value_name = "COUNT", value_delimiter = ',')]
    pub(crate) in_flight: Vec<usize>,
    /// How long each turn of ours and of the floor lasts; with --start, how long a server is left
    /// alone before its memory is read.
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    pub(crate) seconds: u64,
    /// How the figures are printed.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) settings: Flags,
}

impl Arguments {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Outcome> {
        match self.command {
            Command::Serve(arguments) => serve::serve(&arguments),
            Command::Check { pack, format, lang, settings } => {
                check::check(&pack, format, Lang::of(lang), &settings)
            }
            Command::Test(arguments) => scenarios::test(&arguments),
            Command::Deploy { pack, format, settings } => deploy::deploy(&pack, format, &settings),
            Command::Bench(arguments) => bench::bench(&arguments),
            Command::Verify { format, settings } => journal::verify(&settings, format),
            Command::Rebuild { format, settings } => journal::rebuild(&settings, format),
            Command::Import(arguments) => import::import(&arguments),
            Command::Export(arguments) => export::export(&arguments),
            Command::Schema { kind } => schema::schema(&kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Arguments;
    use crate::config::SETTINGS;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_setting_is_in_the_help_with_its_default_and_its_variable() {
        let mut command = Arguments::command();
        let serve = command.find_subcommand_mut("serve").expect("serve");
        let help = serve.render_long_help().to_string();
        for setting in SETTINGS {
            for part in [setting.variable, &format!("[default: {}]", setting.default)] {
                assert!(help.contains(part), "`{part}` is missing in\n{help}");
            }
        }
    }
}
