//! The real program in a pseudo-terminal: what a user's terminal would show.

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
    folder: tempfile::TempDir,
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
        Self::with(tempfile::tempdir().unwrap(), env!("CARGO_BIN_EXE_cerebro"), |command| command.arg(path))
    }

    /// Runs a program whose configuration, state and ledger lie in `folder`.
    fn with(folder: tempfile::TempDir, program: &str, more: impl FnOnce(&mut CommandBuilder)) -> Self {
        let pair = NativePtySystem::default().openpty(size(30, 130)).unwrap();
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("CEREBRO_CONFIG", folder.path());
        command.env("CEREBRO_LEDGER", folder.path().join("ledger.sqlite"));
        command.env("XDG_STATE_HOME", folder.path());
        more(&mut command);
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
        Self { parser, output, raw: Vec::new(), input, child, master: pair.master, folder }
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

    /// Reads until nothing has come for a while.
    fn quiet(&mut self, quiet: Duration) {
        let end = Instant::now() + PATIENCE;
        while let Ok(bytes) = self.output.recv_timeout(quiet) {
            self.take(&bytes);
            assert!(Instant::now() < end, "it never rests:\n{}", self.parser.screen().contents());
        }
    }

    #[cfg(unix)]
    fn id(&self) -> String {
        self.child.process_id().unwrap().to_string()
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        assert!(std::process::Command::new("kill").args(["-s", name, &self.id()]).status().unwrap().success());
    }

    /// Whether the process is stopped.
    #[cfg(unix)]
    fn stopped(&self) -> bool {
        let told = std::process::Command::new("ps").args(["-o", "stat=", "-p", &self.id()]).output().unwrap();
        String::from_utf8(told.stdout).unwrap().starts_with('T')
    }

    /// Waits for what the system tells of the program or its terminal.
    #[cfg(unix)]
    #[track_caller]
    fn wait_for(&self, what: &str, wanted: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !wanted(self) {
            assert!(Instant::now() < end, "waited for {what:?} in vain");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Runs `stty` on the terminal that the program has.
    #[cfg(unix)]
    fn stty(&self, arguments: &[&str]) -> String {
        let line = std::fs::File::open(self.master.tty_name().unwrap()).unwrap();
        let told = std::process::Command::new("stty").args(arguments).stdin(line).output().unwrap();
        assert!(told.status.success(), "{told:?}");
        String::from_utf8(told.stdout).unwrap()
    }

    /// Whether the line is raw: keys come at once and are not echoed.
    #[cfg(unix)]
    fn raw_mode(&self) -> bool {
        let modes = self.stty(&["-a"]);
        let off = |name: &str| modes.split_whitespace().any(|word| word.trim_end_matches(';') == format!("-{name}"));
        assert_eq!(off("icanon"), off("echo"), "{modes}");
        off("icanon")
    }

    #[track_caller]
    fn given_back(&self) {
        let screen = self.parser.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        // What a screen does not tell is in the bytes: it was given back after it was taken.
        let raw = String::from_utf8_lossy(&self.raw);
        for (taken, back) in [("\x1b[22;2t", "\x1b[23;2t"), ("\x1b[?1004h", "\x1b[?1004l"), ("\x1b[>1u", "\x1b[<1u")] {
            assert!(raw.rfind(taken) <= raw.rfind(back), "{taken:?}");
        }
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
    // The strip counts the steps once the code is read; before that there is nothing to label.
    terminal.shows(" steps");
    terminal.keys("2");
    terminal.shows("Behaviors in run order");
    assert!(terminal.parser.screen().alternate_screen());
    terminal.keys("?");
    terminal.shows("Everywhere");
    terminal.keys("\x1b");
    terminal.until("help to close", |screen| !screen.contents().contains("Everywhere"));
    terminal.keys("m");
    terminal.shows("No evidence is marked");
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
    terminal.given_back();
    let raw = String::from_utf8_lossy(&terminal.raw);
    assert_eq!(
        raw.matches("\x1b[?2026h").count(),
        raw.matches("\x1b[?2026l").count() - 1,
        "each update ends, and one more at the end"
    );
}

/// A newcomer's first minutes: the program alone, the tour by its keys up to the label, and out.
#[test]
fn alone_it_opens_the_start_screen_and_the_tour_is_walked_to_the_label() {
    let mut terminal = Terminal::with(tempfile::tempdir().unwrap(), env!("CARGO_BIN_EXE_cerebro"), |_| {});
    terminal.shows("Guided tour");
    terminal.shows("nothing waits");
    terminal.keys("T");
    terminal.shows("1 of 5: card");
    terminal.until("the verdict", |screen| screen.contents().contains("ALARM"));
    for (keys, next) in [
        (&["j"][..], "2 of 5: evidence"),
        (&["n"], "3 of 5: source"),
        (&["2", "v"], "4 of 5: mark"),
        (&["4"], "5 of 5: label"),
        (&["m"], "Guided tour: done"),
    ] {
        keys.iter().for_each(|key| terminal.keys(key));
        terminal.shows(next);
    }
    terminal.shows("label malicious");
    terminal.keys("\x1b");
    terminal.shows("no package is open");
    terminal.keys("q");
    assert_eq!(terminal.end(), 0);
    terminal.given_back();
    let left: Vec<_> = std::fs::read_dir(terminal.folder.path()).unwrap().collect();
    assert!(left.is_empty(), "no ledger, no place: {left:?}");
}

#[test]
fn a_case_that_was_left_is_gone_on_with_from_the_start_screen() {
    let mut terminal = Terminal::start(sample("pypi-install-override.tar.gz"));
    terminal.shows(" steps");
    terminal.keys("b");
    terminal.shows("label benign");
    terminal.keys("q");
    assert_eq!(terminal.end(), 0);
    let folder = std::mem::replace(&mut terminal.folder, tempfile::tempdir().unwrap());
    let mut terminal = Terminal::with(folder, env!("CARGO_BIN_EXE_cerebro"), |_| {});
    terminal.shows("pypi-install-override.tar.gz");
    terminal.shows("benign");
    terminal.keys("G\r");
    terminal.shows("label benign");
    terminal.shows(" steps");
    terminal.keys("q");
    assert_eq!(terminal.end(), 0);
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

/// Colors of the screen's text: one cell of the first line tells the themes apart.
fn first_colors(terminal: &Terminal) -> Vec<vt100::Color> {
    let screen = terminal.parser.screen();
    (0..40).filter_map(|column| Some(screen.cell(0, column)?.fgcolor())).collect()
}

fn question(terminal: &Terminal) -> Option<usize> {
    String::from_utf8_lossy(&terminal.raw).find("\x1b]11;?")
}

#[test]
fn a_terminal_that_says_nothing_of_its_background_is_not_waited_for() {
    // This one never answers.
    let mut terminal = Terminal::start(sample("pypi-install-override.tar.gz"));
    terminal.shows(" steps");
    let raw = String::from_utf8_lossy(&terminal.raw).into_owned();
    assert_eq!(raw.matches("\x1b]11;?").count(), 1);
    assert!(question(&terminal).unwrap() < raw.find("\x1b[?1049h").unwrap(), "asked before the screen is ours");
    terminal.quiet(Duration::from_millis(700));
    let before = first_colors(&terminal);
    // The answer of a slow line: it holds b, f, g and Ctrl-g, which are keys.
    terminal.keys("\x1b]11;rgb:fbfb/fbfb/fbfb\x07");
    terminal.until("the light theme", |screen| {
        (0..40).filter_map(|column| Some(screen.cell(0, column)?.fgcolor())).collect::<Vec<_>>() != before
    });
    terminal.quiet(Duration::from_millis(300));
    assert!(terminal.parser.screen().contents().contains("no label"), "the answer is no key");
    terminal.keys("q");
    assert_eq!(terminal.end(), 0);
    terminal.given_back();
}

#[test]
fn nothing_is_asked_and_nothing_restored_where_the_configuration_says_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.toml"), "theme = \"light\"\nrestore = false\nmouse = false\n").unwrap();
    let mut terminal = Terminal::with(folder, env!("CARGO_BIN_EXE_cerebro"), |command| {
        command.arg(sample("pypi-install-override.tar.gz"));
    });
    terminal.shows(" steps");
    assert_eq!(question(&terminal), None);
    assert_eq!(terminal.parser.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    terminal.keys("q");
    assert_eq!(terminal.end(), 0);
    assert!(!terminal.folder.path().join("cerebro").exists(), "no place is kept");
}

#[test]
fn a_wrong_configuration_is_one_line_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.toml"), "\n[keys.anywhere]\nf12 = \"qiut\"\n").unwrap();
    let mut terminal = Terminal::with(folder, env!("CARGO_BIN_EXE_cerebro"), |command| {
        command.arg(sample("pypi-install-override.tar.gz"));
    });
    assert_eq!(terminal.end(), 2);
    let said = terminal.parser.screen().contents();
    assert!(said.contains("config.toml:3: ") && said.contains("qiut"), "{said}");
    terminal.given_back();
}

#[test]
fn sixteen_colors_are_enough() {
    let mut terminal = Terminal::with(tempfile::tempdir().unwrap(), env!("CARGO_BIN_EXE_cerebro"), |command| {
        command.env("TERM", "linux");
        command.arg(sample("pypi-install-override.tar.gz"));
    });
    terminal.shows(" steps");
    terminal.quiet(Duration::from_millis(500));
    let screen = terminal.parser.screen();
    let (rows, columns) = (screen.size().0.get(), screen.size().1.get());
    let cells = (0..rows).flat_map(|row| (0..columns).filter_map(move |column| screen.cell(row, column)));
    let colors: Vec<vt100::Color> = cells.flat_map(|cell| [cell.fgcolor(), cell.bgcolor()]).collect();
    assert!(colors.iter().any(|color| *color != vt100::Color::Default));
    let more = colors.iter().find(|color| matches!(color, vt100::Color::Rgb(..) | vt100::Color::Idx(16..)));
    assert_eq!(more, None);
    terminal.keys("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn nothing_is_written_while_nothing_changes_and_a_resize_leaves_no_garbage() {
    let mut terminal = Terminal::start(sample("pypi-install-override.tar.gz"));
    terminal.shows(" steps");
    // The model may still work, and then its explanation.
    terminal.until("the verdict", |screen| screen.contents().contains("ALARM"));
    terminal.until("what moved it", |screen| !screen.contents().contains("being measured"));
    terminal.quiet(Duration::from_millis(700));
    assert!(terminal.output.recv_timeout(Duration::from_secs(1)).is_err(), "something was drawn without a change");
    for (rows, columns) in [(50, 200), (24, 80), (10, 40), (30, 130)] {
        terminal.resize(rows, columns);
        terminal.quiet(Duration::from_millis(400));
        let shown = terminal.parser.screen().contents();
        terminal.keys("\x0c");
        terminal.quiet(Duration::from_millis(400));
        assert_eq!(terminal.parser.screen().contents(), shown, "at {columns}x{rows} drawing anew changes the screen");
    }
    terminal.keys("q");
    assert_eq!(terminal.end(), 0);
    terminal.given_back();
}

#[test]
fn a_package_opens_where_it_was_left() {
    let open = |folder| {
        let mut terminal = Terminal::with(folder, env!("CARGO_BIN_EXE_cerebro"), |command| {
            command.arg(sample("pypi-install-override.tar.gz"));
        });
        terminal.shows(" steps");
        terminal
    };
    let mut terminal = open(tempfile::tempdir().unwrap());
    terminal.keys("2");
    terminal.shows("Behaviors in run order");
    terminal.keys("G");
    terminal.quiet(Duration::from_millis(500));
    let left = terminal.parser.screen().contents();
    terminal.keys("q");
    assert_eq!(terminal.end(), 0);
    let folder = std::mem::replace(&mut terminal.folder, tempfile::tempdir().unwrap());
    let mut terminal = open(folder);
    terminal.shows("where you left it");
    let source = |text: &str| text.lines().skip(3).take(20).map(str::to_owned).collect::<Vec<_>>();
    let left = source(&left);
    terminal.until("the same source", |screen| source(&screen.contents()) == left);
    terminal.keys("q");
    assert_eq!(terminal.end(), 0);
}

#[cfg(unix)]
#[rstest::rstest]
#[case("TERM", 143)]
#[case("HUP", 129)]
#[case("INT", 130)]
fn a_signal_ends_it_as_a_key_does(#[case] name: &str, #[case] status: u32) {
    let mut terminal = Terminal::start(sample("pypi-install-override.tar.gz"));
    terminal.shows(" steps");
    terminal.signal(name);
    assert_eq!(terminal.end(), status);
    terminal.given_back();
    assert!(terminal.folder.path().join("cerebro").join("places.json").exists(), "the place is kept");
}

/// What is on the screen while the program has it.
#[cfg(unix)]
/// Kitty's keyboard protocol is taken where the terminal says that it has it, at whatever time, and given back.
#[test]
fn keys_come_by_the_protocol_that_is_offered() {
    let mut terminal = Terminal::start(sample("pypi-install-override.tar.gz"));
    terminal.shows(" steps");
    let pushed = |terminal: &Terminal| String::from_utf8_lossy(&terminal.raw).matches("\x1b[>1u").count();
    assert!(String::from_utf8_lossy(&terminal.raw).contains("\x1b[?u") && pushed(&terminal) == 0);
    terminal.keys("\x1b[?0u");
    while pushed(&terminal) == 0 {
        terminal.until_more();
    }
    // `?`, Esc and Ctrl-C as that protocol sends them.
    terminal.keys("?");
    terminal.shows("Everywhere");
    terminal.keys("\x1b[27u");
    terminal.until("the card", |screen| !screen.contents().contains("Everywhere"));
    terminal.keys("\x1b[99;5u");
    assert_eq!(terminal.end(), 0);
    assert_eq!(pushed(&terminal), 1);
    terminal.given_back();
}

#[cfg(unix)]
#[test]
fn the_protocol_is_taken_again_after_a_stop_and_given_back_at_a_signal() {
    let mut terminal = Terminal::start(sample("pypi-install-override.tar.gz"));
    terminal.shows(" steps");
    let count = |terminal: &Terminal, bytes: &str| String::from_utf8_lossy(&terminal.raw).matches(bytes).count();
    terminal.keys("\x1b[?0u");
    while count(&terminal, "\x1b[>1u") == 0 {
        terminal.until_more();
    }
    terminal.signal("TSTP");
    terminal.until("the main screen", |screen| !screen.alternate_screen());
    terminal.given_back();
    terminal.signal("CONT");
    terminal.until("the program again", taken);
    terminal.signal("TERM");
    terminal.end();
    assert_eq!(count(&terminal, "\x1b[<1u"), 2);
    terminal.given_back();
}

#[test]
fn a_changed_configuration_holds_without_a_restart() {
    let mut terminal = Terminal::start(sample("pypi-install-override.tar.gz"));
    terminal.shows(" steps");
    let file = terminal.folder.path().join("config.toml");
    std::fs::write(&file, "[keys.anywhere]\nf12 = \"qiut\"\n").unwrap();
    terminal.shows("config.toml:2: ");
    std::fs::write(&file, "[keys.anywhere]\nf12 = \"quit\"\n# no more\n").unwrap();
    terminal.shows("The configuration was changed");
    terminal.keys("\x1b[24~");
    assert_eq!(terminal.end(), 0);
    terminal.given_back();
}

fn taken(screen: &vt100::Screen) -> bool {
    screen.alternate_screen() && screen.bracketed_paste() && screen.contents().contains(" steps")
}

#[cfg(unix)]
#[test]
fn a_stop_from_outside_gives_the_terminal_back_until_it_goes_on() {
    let mut terminal = Terminal::start(sample("pypi-install-override.tar.gz"));
    terminal.shows(" steps");
    assert!(terminal.raw_mode());
    for _ in 0..2 {
        terminal.signal("TSTP");
        terminal.wait_for("the stop", Terminal::stopped);
        terminal.until("the main screen", |screen| !screen.alternate_screen());
        terminal.given_back();
        assert!(!terminal.raw_mode());
        terminal.signal("CONT");
        terminal.until("the program again", taken);
        assert_ne!(terminal.parser.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert!(terminal.raw_mode());
    }
    terminal.keys("?");
    terminal.shows("Everywhere");
    terminal.keys("qq");
    assert_eq!(terminal.end(), 0);
    terminal.given_back();
}

/// SIGSTOP cannot be heeded: whoever sends it sets the terminal up as a shell does, and what the program drew is gone.
#[cfg(unix)]
#[test]
fn what_a_stop_without_warning_left_is_put_in_order_when_it_goes_on() {
    let mut terminal = Terminal::start(sample("pypi-install-override.tar.gz"));
    terminal.shows(" steps");
    terminal.quiet(Duration::from_millis(500));
    terminal.signal("STOP");
    terminal.wait_for("the stop", Terminal::stopped);
    terminal.stty(&["sane"]);
    terminal.take(b"\x1b[?1049l\x1b[?2004l\x1b[?25h\x1b[2Jshell$ ");
    assert!(!terminal.raw_mode());
    terminal.resize(24, 80);
    terminal.signal("CONT");
    terminal.until("the program again", taken);
    terminal.wait_for("raw mode", Terminal::raw_mode);
    terminal.keys("?");
    terminal.shows("Everywhere");
    terminal.keys("qq");
    assert_eq!(terminal.end(), 0);
    terminal.given_back();
}

#[cfg(unix)]
#[rstest::rstest]
#[case("QUIT", "Quit")]
#[case("ABRT", "Aborted")]
fn a_signal_that_kills_at_once_gives_the_terminal_back_first(#[case] name: &str, #[case] told: &str) {
    let mut terminal = Terminal::start(sample("pypi-install-override.tar.gz"));
    terminal.shows(" steps");
    // The master's end shows the line's modes for as long as something has it open.
    let line = std::fs::File::open(terminal.master.tty_name().unwrap()).unwrap();
    terminal.signal(name);
    let status = terminal.child.wait().unwrap();
    assert!(status.signal().is_some_and(|signal| signal.starts_with(told)), "it died of {status:?}");
    assert!(!terminal.raw_mode());
    drop(line);
    terminal.end();
    terminal.given_back();
}

/// What a terminal may say, asked or not, in the midst of the keys.
#[cfg(unix)]
const ANSWERS: [&str; 9] = [
    "\x1b]11;rgb:bbbb/bbbb/bbbb\x07",
    "\x1b]10;rgb:bbbb/bbbb/bbbb\x1b\\",
    "\x1b]4;1;rgb:bbbb/bbbb/bbbb\x1b\\",
    "\x1b]52;c;YmJibWJtc3M=\x07",
    "\x1bP1$r0;1bm\x1b\\",
    "\x1b[?62;1;4c",
    "\x1b[?2026;2$y",
    "\x1b[?997;1n",
    "\x1b[>41;354;0c",
];

#[cfg(unix)]
#[rstest::rstest]
#[case::at_once(0)]
#[case::as_a_slow_line_sends_it(20)]
#[case::as_a_very_slow_line_sends_it(120)]
fn an_answer_cut_anywhere_labels_nothing(#[case] delay: u64) {
    let mut terminal = Terminal::start(sample("pypi-install-override.tar.gz"));
    terminal.shows(" steps");
    for answer in ANSWERS {
        // One cut in three where waiting takes its time, each beginning at the cuts that make ESC a key.
        for cut in (1..answer.len()).filter(|cut| *cut < 4 || delay < 100 || cut % 3 == 0) {
            let (first, second) = answer.split_at(cut);
            terminal.keys(first);
            std::thread::sleep(Duration::from_millis(delay));
            terminal.keys(second);
        }
    }
    terminal.keys("?");
    terminal.shows("Everywhere");
    terminal.keys("\x1b");
    terminal.until("help to close", |screen| !screen.contents().contains("Everywhere"));
    assert!(terminal.parser.screen().contents().contains("no label"));
    assert!(!String::from_utf8_lossy(&terminal.raw).contains("Recorded"), "something was labelled");
    // The same keys label when they are typed.
    terminal.keys("b");
    terminal.shows("Recorded: benign");
    terminal.keys("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn a_paste_without_an_end_leaves_ctrl_c() {
    let mut terminal = Terminal::start(sample("pypi-install-override.tar.gz"));
    terminal.shows(" steps");
    terminal.keys("2");
    terminal.shows("Behaviors in run order");
    terminal.keys("/");
    terminal.shows(" ^R");
    terminal.keys("\x1b[200~left open");
    terminal.quiet(Duration::from_millis(300));
    assert!(!terminal.parser.screen().contents().contains("left open"), "the paste goes on");
    terminal.quiet(Duration::from_millis(500));
    terminal.keys("\x03");
    // The key closes the line, and the next one is a key again.
    terminal.until("no prompt", |screen| !screen.contents().contains(" ^R"));
    terminal.keys("?");
    terminal.shows("Everywhere");
    terminal.keys("\x1b");
    terminal.until("help to close", |screen| !screen.contents().contains("Everywhere"));
    terminal.keys("\x1b[200~b");
    terminal.quiet(Duration::from_millis(500));
    terminal.keys("\x03");
    assert_eq!(terminal.end(), 0);
    terminal.given_back();
    assert!(!String::from_utf8_lossy(&terminal.raw).contains("Recorded"), "something was labelled");
}

#[rstest::rstest]
#[case::search("/", " ^R")]
#[case::package_search("S", "search all")]
#[case::palette(":", "Commands")]
#[case::finder("p", "Files and decoded")]
fn a_paste_of_a_megabyte_is_cut(#[case] key: &str, #[case] prompt: &str) {
    let mut terminal = Terminal::start(sample("pypi-install-override.tar.gz"));
    terminal.shows(" steps");
    terminal.keys("2");
    terminal.shows("Behaviors in run order");
    terminal.keys(key);
    terminal.shows(prompt);
    let started = Instant::now();
    terminal.keys(&format!("\x1b[200~{}\x1b[201~", "benign ".repeat((1 << 20) / 7)));
    terminal.shows("a line takes 4096 characters; the rest of the paste was left out");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    // The next key counts, and takes the message away.
    terminal.keys("x");
    terminal.until("no message", |screen| !screen.contents().contains("a line takes"));
    terminal.keys("\x1b");
    terminal.until("no prompt", |screen| !screen.contents().contains("benign benign"));
    terminal.keys("q");
    assert_eq!(terminal.end(), 0);
    assert!(!String::from_utf8_lossy(&terminal.raw).contains("Recorded"), "something was labelled");
}

/// An archive of one file, for npm.
fn archive(folder: &std::path::Path, manifest: &str, path: &str, code: &str) -> PathBuf {
    let place = folder.join("demo-1.0.0.tgz");
    let file = std::fs::File::create(&place).unwrap();
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
    for (path, text) in [("package/package.json", manifest), (path, code)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap();
    place
}

#[cfg(target_os = "linux")]
#[test]
fn a_worker_that_is_killed_is_told_on_the_card_of_its_package() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = r#"{"name": "demo", "version": "1.0.0", "main": "index.js"}"#;
    let path = archive(folder.path(), manifest, "package/index.js", &super::sandbox::long());
    let mut terminal = Terminal::with(folder, env!("CARGO_BIN_EXE_cerebro"), |command| command.arg(path));
    terminal.shows("reading the code");
    let workers = super::sandbox::workers(terminal.child.process_id().unwrap());
    assert!(std::process::Command::new("kill").arg("-KILL").args(&workers).status().unwrap().success());
    terminal.until("why it ended", |screen| {
        screen.contents().split_whitespace().collect::<Vec<_>>().join(" ").contains("ended by signal 9")
    });
    // The archive was open, so that its files can be looked at.
    terminal.shows("index.js");
    terminal.keys("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn combining_marks_reach_the_terminal_counted() {
    let marks = "\u{301}".repeat(31_736);
    let folder = tempfile::tempdir().unwrap();
    let short = "\u{302}".repeat(60);
    let manifest = format!(
        r#"{{"name": "demo", "version": "1.0.0", "description": "d{marks}", "author": "a{marks}",
            "scripts": {{"postinstall": "node index{short}.js && echo e{marks}"}}}}"#
    );
    let code = format!("require('child_process').exec('curl https://example.com/a{marks}');\n");
    let path = archive(folder.path(), &manifest, &format!("package/index{short}.js"), &code);
    let mut terminal = Terminal::with(folder, env!("CARGO_BIN_EXE_cerebro"), |command| command.arg(path));
    terminal.shows("demo");
    terminal.until("the case", |screen| screen.contents().contains("step"));
    for key in ["c", "1", "2", "3", "4", "I", "?", "\x1b", "q"] {
        terminal.quiet(Duration::from_millis(300));
        terminal.keys(key);
    }
    assert_eq!(terminal.end(), 0);
    let raw = String::from_utf8_lossy(&terminal.raw);
    assert!(raw.contains("<+"), "none was shown");
    let (mut run, mut longest) = (0, 0);
    for c in raw.chars() {
        run = if matches!(c, '\u{301}' | '\u{302}') { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    assert!((1..=8).contains(&longest), "{longest} marks in a row");
}

#[cfg(unix)]
#[test]
fn it_stops_and_goes_on_as_the_shell_wants() {
    let program = format!("{} {}", env!("CARGO_BIN_EXE_cerebro"), sample("pypi-install-override.tar.gz").display());
    let mut shell = Terminal::with(tempfile::tempdir().unwrap(), "/bin/sh", |command| {
        command.arg("-i");
        command.env("PS1", "ready> ");
    });
    shell.shows("ready>");
    shell.keys(&format!("{program}\n"));
    shell.until("the program", |screen| screen.alternate_screen() && screen.contents().contains(" steps"));
    shell.keys("\x1a");
    shell.until("the shell", |screen| !screen.alternate_screen() && screen.contents().contains("Stopped"));
    shell.given_back();
    shell.keys("fg\n");
    shell.until("the program again", |screen| screen.alternate_screen() && screen.contents().contains(" steps"));
    shell.keys("?");
    shell.shows("Everywhere");
    shell.keys("qq");
    // The shell reads again once the program is gone, which its prompt says.
    let prompt = |screen: &vt100::Screen| screen.contents().trim_end().ends_with("ready>");
    shell.until("the shell", |screen| !screen.alternate_screen() && prompt(screen));
    shell.given_back();
    shell.keys("exit 0\n");
    assert_eq!(shell.end(), 0);
}
