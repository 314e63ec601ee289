//! The real program in a pseudo-terminal: what a user's terminal would show.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::{Read as _, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, NativePtySystem, PtySize, PtySystem as _};

/// How long anything may take on a busy machine before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

struct Terminal {
    parser: vt100::Parser,
    output: Receiver<Vec<u8>>,
    raw: Vec<u8>,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    _folder: tempfile::TempDir,
}

fn cells(value: u16) -> NonZero<u16> {
    NonZero::new(value).unwrap()
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn sample(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

impl Terminal {
    fn start(path: PathBuf) -> Self {
        let pair = NativePtySystem::default().openpty(size(30, 130)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_cerebro"));
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("CEREBRO_CONFIG", folder.path());
        command.arg(path);
        command.arg("--ledger");
        command.arg(folder.path().join("ledger.sqlite"));
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (send, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if send.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let input = pair.master.take_writer().unwrap();
        let parser = vt100::Parser::new(cells(30), cells(130), 0);
        Self { parser, output, raw: Vec::new(), input, child, master: pair.master, _folder: folder }
    }

    /// Reads what the program writes until the screen is as wanted.
    #[track_caller]
    fn until(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !wanted(self.parser.screen()) {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(_) => panic!("waited for {what:?} in vain:\n{}", self.parser.screen().contents()),
            }
        }
    }

    /// Reads once more.
    #[track_caller]
    fn until_more(&mut self) {
        let bytes = self.output.recv_timeout(PATIENCE).unwrap();
        self.take(&bytes);
    }

    fn take(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
        self.parser.process(bytes);
    }

    #[track_caller]
    fn shows(&mut self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text));
    }

    fn keys(&mut self, keys: &str) {
        self.input.write_all(keys.as_bytes()).unwrap();
        self.input.flush().unwrap();
    }

    fn resize(&mut self, rows: u16, cols: u16) {
        self.master.resize(size(rows, cols)).unwrap();
        self.parser.screen_mut().set_size(cells(rows), cells(cols));
    }

    /// Waits for the end of the output, then for the program's status.
    fn end(&mut self) -> u32 {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{}", self.parser.screen().contents()),
            }
        }
        self.child.wait().unwrap().exit_code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Already gone where the test went well.
        let _ = self.child.kill();
    }
}

#[test]
fn a_sample_opens_answers_keys_is_resized_and_left() {
    let mut terminal = Terminal::start(sample("pypi-install-override.tar.gz"));
    terminal.shows("Behaviors in run order");
    // The strip counts the steps once the code is read; before that there is nothing to label.
    terminal.shows(" steps");
    assert!(terminal.parser.screen().alternate_screen());
    terminal.keys("?");
    terminal.shows("Everywhere");
    terminal.keys("\x1b");
    terminal.until("help to close", |screen| !screen.contents().contains("Everywhere"));
    terminal.keys("m");
    terminal.shows("Recorded: malicious");
    terminal.shows("label malicious");
    terminal.keys("u");
    terminal.shows("no label");
    // Drawn anew: the cells come again although none changed.
    let before = terminal.raw.len();
    terminal.keys("\x0c");
    while !String::from_utf8_lossy(&terminal.raw[before..]).contains("Behaviors") {
        terminal.until_more();
    }
    terminal.resize(24, 80);
    terminal.shows("3 Behaviors");
    terminal.keys("q");
    assert_eq!(terminal.end(), 0);
    let screen = terminal.parser.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor(), "the terminal must be as it was");
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    assert!(!screen.bracketed_paste());
    let raw = String::from_utf8_lossy(&terminal.raw);
    assert_eq!(
        raw.matches("\x1b[?2026h").count(),
        raw.matches("\x1b[?2026l").count() - 1,
        "each update ends, and one more at the end"
    );
}

#[test]
fn what_is_no_package_is_one_line_and_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes\u{1b}[31m.txt");
    std::fs::write(&path, "not a package\n").unwrap();
    let mut terminal = Terminal::start(path);
    assert_eq!(terminal.end(), 2);
    let screen = terminal.parser.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor());
    let lines: Vec<String> = screen.contents().lines().map(str::to_owned).collect();
    assert!(lines[0].starts_with("cerebro: "), "{lines:?}");
    assert!(screen.contents().contains("␛[31m"), "the name is escaped: {lines:?}");
}
