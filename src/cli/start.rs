//! `cerebro` alone: the start screen, or where there is no terminal, the same in words.

use std::io::{self, IsTerminal as _, Write};

use super::{Exit, Global, Outcome, cut, fit, open};
use crate::config::Settings;
use crate::ledger::Order;
use crate::queue::Queue;
use crate::session::{Recent, Session};
use crate::text::escape;

/// Columns of what can be done, and of the name of a package.
const WHAT: usize = 18;
const NAME: usize = 34;

/// Whether the workbench has something to be shown on and keys to be told by.
pub(super) fn has_terminal() -> bool {
    io::stdout().is_terminal() && io::stdin().is_terminal()
}

/// Opens the workbench on its start screen, or prints what stands there.
///
/// # Errors
/// When the configuration is wrong or the output cannot be written.
pub fn run(args: &open::Args, global: &Global) -> Outcome {
    if args.others.any() {
        return Err("--findings and --metadata go with one package: cerebro PATH --findings FILE".into());
    }
    if args.against.is_some() {
        return Err("--against goes with one package: cerebro PATH --against PATH".into());
    }
    if has_terminal() {
        return open::start(args, global);
    }
    let (settings, _) = Settings::load(global.config_folder().as_deref())?;
    let session = Session::of_user().filter(|_| settings.restore);
    // As on the screen, what cannot be read is nothing to go on with.
    let recent = session.and_then(|session| session.recent().ok()).unwrap_or_default();
    let mut out = io::stdout().lock();
    write(&mut out, &recent, &waiting(global))?;
    out.flush()?;
    Ok(Exit::Done)
}

/// How many packages wait. Looking makes no ledger.
fn waiting(global: &Global) -> String {
    if !global.has_ledger() {
        return "nothing waits; cerebro queue add PATH... puts packages into it".to_owned();
    }
    let listing = global.open_ledger().and_then(Queue::new).and_then(|mut queue| queue.list(Order::default()));
    match listing {
        Ok(listing) => {
            let (all, done) = (listing.items.len(), listing.done());
            format!("{} of {all} wait for a label", all.saturating_sub(done))
        }
        Err(why) => escape(&why.to_string()).into_owned(),
    }
}

fn write(out: &mut impl Write, recent: &[Recent], waiting: &str) -> io::Result<()> {
    writeln!(out, "Cerebro {}: decide whether an npm or PyPI package is malware.\n", env!("CARGO_PKG_VERSION"))?;
    let mut line = |what: &str, command: &str, more: &str| {
        let command = if more.is_empty() { command.to_owned() } else { fit(command, NAME) };
        writeln!(out, "{}{command}{more}", fit(what, WHAT))
    };
    line("open a package", "cerebro PATH", "an archive or an unpacked folder")?;
    line("guided tour", "cerebro", "in a terminal: five steps on a harmless sample")?;
    line("queue", "cerebro queue", waiting)?;
    line("every command", "cerebro help", "")?;
    if recent.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nContinue where you were:")?;
    for Recent { about, there, .. } in recent {
        let name = format!("{} {}", escape(&about.name), escape(&about.version));
        let label = match (there, about.label.as_str()) {
            (false, _) => "moved",
            (true, "") => "no label",
            (true, label) => label,
        };
        let name = fit(cut(name.trim(), NAME - 1).as_str(), NAME);
        writeln!(out, "  {name}{}cerebro {}", fit(&escape(label), 12), typed(&about.path.to_string_lossy()))?;
    }
    Ok(())
}

/// A path as a shell reads it; where it holds what a terminal must not get, escaped and no longer to be typed.
fn typed(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@=:,".contains(c);
    if path.chars().all(plain) && !path.is_empty() {
        return path.to_owned();
    }
    format!("'{}'", escape(path).replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::session::About;

    fn recent(path: &str, label: &str, there: bool) -> Recent {
        let about =
            About { path: PathBuf::from(path), name: "a\u{1b}[2Jb".into(), version: "1.0".into(), label: label.into() };
        Recent { sha256: String::new(), about, there }
    }

    #[test]
    fn commands_can_be_typed_and_names_do_no_harm() {
        let cases = [recent("/x/a b's.tgz", "malicious", true), recent("/x/a\u{202e}.tgz", "", false)];
        let mut out = Vec::new();
        write(&mut out, &cases, "2 of 3 wait for a label").unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("cerebro queue") && text.contains("2 of 3 wait"), "{text}");
        assert!(text.contains("a␛[2Jb 1.0") && text.contains("malicious"), "{text}");
        assert!(text.contains(r"cerebro '/x/a b'\''s.tgz'"), "{text}");
        assert!(text.contains("moved") && text.contains("cerebro '/x/a<U+202E>.tgz'"), "{text}");
    }
}
