//! `cerebro ledger`: whether the ledger is what it was, what is in it, putting a backup back, and the roles of a team.

use std::io::{self, BufWriter, Write, stdout};

use clap::ValueEnum;
use serde::Serialize;
use strum::IntoEnumIterator as _;

use super::{Exit, Global, Outcome, agreement};
use crate::evidence::indicator::Kind;
use crate::ledger::{Body, Event, Facet, Ledger, What};
use crate::text::{escape, json_ascii, many, write_json_line};

/// Arguments of `cerebro ledger`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: Wanted,
}

#[derive(Debug, clap::Subcommand)]
enum Wanted {
    /// Check every event of the ledger, and that none is missing.
    Verify,
    /// Print every event, oldest first.
    Log {
        /// jsonl: one object per event (schema cerebro-event/1); table: for people.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Print one event in full, by its number.
    Show {
        /// The number, as log prints it.
        #[arg(value_name = "NUMBER")]
        number: i64,
    },
    /// Say how far the analysts agree beyond chance, label by label, and how long they take.
    Agreement {
        /// json: one object (schema cerebro-agreement/1); table: for people.
        #[arg(long, value_enum, default_value = "table")]
        format: AgreementFormat,
    },
    /// Put the newest sound backup in the place of a ledger that is damaged, gone or shorter than it was; the file that was
    /// there is kept.
    Restore,
    /// Make the tables and the roles of a team on a server: cerebro_reader, cerebro_analyst, cerebro_reviewer.
    Roles {
        /// Only print the script of the roles.
        #[arg(long)]
        print: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Jsonl,
    Table,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AgreementFormat {
    Json,
    Table,
}

/// An event with its place in the chain.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    number: i64,
    previous: &'a str,
    hash: &'a str,
    #[serde(flatten)]
    body: &'a Body,
}

impl<'a> Document<'a> {
    fn new(event: &'a Event) -> Self {
        let Event { number, previous, hash, body } = event;
        Self { schema: "cerebro-event/1", number: *number, previous, hash, body }
    }
}

/// Runs the subcommand.
///
/// # Errors
/// When the ledger is not what it was, or no backup can be put back.
pub fn run(args: &Args, global: &Global) -> Outcome {
    match args.what {
        Wanted::Verify => {
            let verified = global.existing_ledger()?.verify()?;
            writeln!(stdout(), "{}, head {}", many(verified.events, "event", "events"), verified.head)?;
        }
        Wanted::Log { format } => {
            let ledger = global.existing_ledger()?;
            let mut out = BufWriter::new(stdout().lock());
            let mut written: io::Result<()> = Ok(());
            ledger.events(|event| {
                if written.is_ok() {
                    written = match format {
                        Format::Jsonl => write_json_line(&mut out, &Document::new(&event)),
                        Format::Table => write_row(&mut out, &event),
                    };
                }
            })?;
            written?;
            out.flush()?;
        }
        Wanted::Show { number } => {
            let ledger = global.existing_ledger()?;
            let events = ledger.verify()?.events;
            if !(1..=events).contains(&number) {
                let events = many(events, "event", "events");
                return Err(format!("there is no event {number}: the ledger has {events}").into());
            }
            let document = serde_json::to_value(Document::new(&ledger.event(number)?))?;
            write!(stdout(), "{}", json_ascii(&document))?;
        }
        Wanted::Agreement { format } => {
            let report = global.existing_ledger()?.agreement();
            match format {
                AgreementFormat::Json => write!(stdout(), "{}", json_ascii(&agreement::document(&report)?))?,
                AgreementFormat::Table => write!(stdout(), "{}", agreement::table(&report))?,
            }
        }
        Wanted::Roles { print: true } => write!(stdout(), "{}", Ledger::roles_script())?,
        Wanted::Roles { print: false } => {
            let server = Ledger::make_roles(&global.ledger_path()?)?;
            writeln!(stdout(), "the roles are made on {server}; let people in with: GRANT cerebro_analyst TO ann;")?;
        }
        Wanted::Restore => {
            let path = global.ledger_path()?;
            let restored = Ledger::restore(&path)?;
            let shown = |path: &std::path::Path| escape(&path.to_string_lossy()).into_owned();
            let events = many(restored.verified.events, "event", "events");
            writeln!(stdout(), "restored {} with {events}, head {}", shown(&path), restored.verified.head)?;
            let lost = restored.known - restored.verified.events;
            if lost > 0 {
                let lost = many(lost, "event is", "events are");
                writeln!(stdout(), "{lost} newer than the backup and may still be in the file that was there")?;
            }
            if let Some(aside) = restored.aside {
                writeln!(stdout(), "the file that was there is now {}", shown(&aside))?;
            }
        }
    }
    Ok(Exit::Done)
}

fn write_row(out: &mut impl Write, event: &Event) -> io::Result<()> {
    let Event { number, body, .. } = event;
    let time = body.time.strftime("%Y-%m-%d %H:%M:%S");
    writeln!(out, "{number:>6}  {time}  {}  {}", escape(&body.actor), escape(&told(&body.what)))
}

/// What happened, in a few words; quotes untrusted text.
fn told(what: &What) -> String {
    match what {
        What::Labelled(labelled) => {
            let named = format!("{} {}", labelled.name, labelled.version);
            let named = if named.trim().is_empty() { format!("sha256 {}", labelled.sha256) } else { named };
            let words: Vec<&str> =
                Facet::iter().flat_map(|facet| labelled.taxonomy.words(facet)).map(String::as_str).collect();
            let words = if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) };
            format!("label {} for {}{words}", labelled.label, named.trim_end())
        }
        What::Adjudicated(labelled) => {
            let between = labelled.given.adjudicates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            format!("decided {} for {} {} between events {between}", labelled.label, labelled.name, labelled.version)
        }
        What::Suppressed(hidden) => format!("hide {} in {}: {}", hidden.rule, hidden.path, hidden.reason),
        What::SuppressionLifted { event } => format!("suppression of event {event} lifted"),
        What::SpanMarked(marked) => {
            let line = marked.place.map(|place| format!(":{}", place.line_start)).unwrap_or_default();
            let layer = if marked.layer.is_some() { " of a decoded text in " } else { " at " };
            format!("mark {}{layer}{}{line}", marked.role, marked.path)
        }
        What::SpanRemoved { event } => format!("mark of event {event} removed"),
        What::RoleSet(set) => {
            let kind = Kind::ALL.into_iter().find(|kind| kind.word() == set.indicator);
            let value = kind.map_or_else(|| set.value.clone(), |kind| kind.defang(&set.value));
            let role = set.role.map_or_else(|| "no role".to_owned(), |role| format!("role {role}"));
            format!("{role} for {} {value}", set.indicator)
        }
        What::Undone { event } => format!("event {event} taken back"),
        What::Redone { event } => format!("event {event} taken back no more"),
        What::PassedOver { sha256, .. } => format!("passed over sha256 {sha256}"),
        What::Unknown => "written by a later version".to_owned(),
    }
}
