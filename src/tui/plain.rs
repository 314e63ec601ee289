//! The workbench line by line, for screen readers, dumb terminals and scripts: what a view shows is printed as text, and what
//! is to be done is read from a line. The views are the same; only nothing is drawn over anything else.

use std::io::{self, BufRead, Write};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::backend::TestBackend;
use ratatui::layout::{Rect, Size};
use ratatui::{Frame, Terminal};

use crate::config::Action;
use crate::tui::run::{Screen, Workbench};
use crate::tui::state::{Message, Overlay, Pane, State, here};
use crate::tui::view::{View, details, help};
use crate::tui::widget::page::PageLine;
use crate::tui::widget::prompt::{Palette, Prompt};

/// The size of the page that views are laid out on: one pane at a time, and high enough for long lists.
pub const SIZE: Size = Size { width: 118, height: 240 };

/// What one can type, in a line.
const USAGE: &str = "Type the number of a line to go to what it is about, with ? behind it to hear why it is there; a command such \
                     as files, source, next, label malicious, help; /text to search; Enter alone to hear the page again; quit.";

/// A page that nobody sees: views are drawn on it and read from it.
pub struct Page {
    terminal: Terminal<TestBackend>,
    copied: Vec<String>,
}

impl Page {
    /// An empty page.
    ///
    /// # Errors
    /// None: it lies in memory.
    pub fn new() -> io::Result<Self> {
        let terminal = Terminal::new(TestBackend::new(SIZE.width, SIZE.height)).map_err(io::Error::other)?;
        Ok(Self { terminal, copied: Vec::new() })
    }
}

impl Screen for Page {
    fn draw(&mut self, draw: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(|frame| draw(frame)).map_err(io::Error::other)?;
        Ok(())
    }

    fn redraw(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn local(&self) -> bool {
        false
    }

    /// What would go to a clipboard is read out.
    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.copied.push(text.to_owned());
        Ok(())
    }

    fn mouse(&mut self, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn title(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn bell(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Another program would take the lines that are read.
    fn edit(&mut self, _: &str, _: &str) -> io::Result<Result<String, String>> {
        Ok(Err("there is no editor line by line; leave with quit and edit the file".to_owned()))
    }
}

/// Reads lines and prints what comes of each, until the lines or the analyst end it.
///
/// # Errors
/// When input or output are gone; the inner error says why the path is no package.
pub fn run(
    bench: &mut Workbench<Page>,
    lines: &mut dyn BufRead,
    out: &mut dyn Write,
) -> io::Result<Result<(), String>> {
    // One pane at a time.
    bench.state.zoom = true;
    bench.state.fit();
    let (mut greeted, mut before) = (false, String::new());
    loop {
        settle(bench)?;
        if let Some(end) = bench.state.quit.take() {
            return Ok(end);
        }
        said(bench, out)?;
        // What was heard is not read out again.
        let page = page(bench)?;
        if page != before {
            out.write_all(page.as_bytes())?;
            before = page;
        }
        if !std::mem::replace(&mut greeted, true) {
            writeln!(out, "{USAGE}")?;
        }
        let asked = match &mut bench.state.overlay {
            Some(Overlay::Prompt(prompt)) => question(prompt),
            _ => "",
        };
        write!(out, "{asked}> ")?;
        out.flush()?;
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            writeln!(out)?;
            return Ok(Ok(()));
        }
        if line.trim().is_empty() {
            before.clear();
        }
        if let Some(said) = take(bench, line.trim())? {
            writeln!(out, "{said}")?;
        }
    }
}

/// Lets everything arrive that is on its way.
fn settle(bench: &mut Workbench<Page>) -> io::Result<()> {
    loop {
        if !bench.state.busy() {
            // The loop waits for a message where nothing runs.
            let _ = bench.sender().send(Message::Tick);
        }
        bench.turn()?;
        if bench.state.quit.is_some() || (!bench.state.busy() && !bench.state.dirty) {
            return Ok(());
        }
    }
}

/// Does what a line says; gives back what is to be said of a line that says nothing.
fn take(bench: &mut Workbench<Page>, line: &str) -> io::Result<Option<String>> {
    if let Some(Overlay::Prompt(_)) = bench.state.overlay {
        let key = if line.is_empty() { KeyCode::Esc } else { KeyCode::Enter };
        send(bench, Event::Paste(line.to_owned()));
        send(bench, Event::Key(KeyEvent::new(key, KeyModifiers::NONE)));
        return Ok(None);
    }
    let (number, asks) = line.strip_suffix('?').map_or((line, false), |number| (number, true));
    if let Ok(number) = number.trim().parse::<u16>() {
        let area = body(&bench.state);
        let row = number.checked_sub(1).filter(|row| *row < area.height);
        let Some(row) = row else { return Ok(Some(format!("There is no line {number}."))) };
        // The first press selects, the second goes there.
        for _ in 0..if asks { 1 } else { 2 } {
            let kind = MouseEventKind::Down(MouseButton::Left);
            let (column, row) = (area.x, area.y + row);
            send(bench, Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
            settle(bench)?;
            if bench.state.view == View::Code {
                if !asks {
                    // In the tree the click has opened or closed what is a folder.
                    let in_tree = bench.state.focus == Pane::Files;
                    let file = in_tree && bench.state.files.selected_doc().is_some();
                    let action = if file { Some(Action::FocusSource) } else { (!in_tree).then_some(Action::Open) };
                    if let Some(action) = action {
                        let _ = bench.sender().send(Message::Act(action));
                    }
                }
                break;
            }
        }
        let why = here::here(&bench.state);
        return Ok(Some(why).filter(|why| asks && !why.is_empty()));
    }
    if line.is_empty() {
        bench.state.overlay = None;
        return Ok(None);
    }
    if let Some(text) = line.strip_prefix('/') {
        let _ = bench.sender().send(Message::Act(Action::Search));
        settle(bench)?;
        return take(bench, text);
    }
    let mut palette = Palette::commands(bench.state.context());
    palette.input = line.into();
    palette.find(bench.state.context());
    match palette.chosen() {
        Some(action) => {
            let _ = bench.sender().send(Message::Act(*action));
            Ok(None)
        }
        None => Ok(Some("Nothing fits; help lists the commands.".to_owned())),
    }
}

fn send(bench: &Workbench<Page>, event: Event) {
    // We hold the other end.
    let _ = bench.sender().send(Message::Terminal(event));
}

/// What a prompt asks for.
fn question(prompt: &Prompt) -> &'static str {
    match prompt {
        Prompt::Search(_) => "search this pane",
        Prompt::Package(_) => "search the package",
        Prompt::Filter(_) => "show only",
        Prompt::Palette(_) => "command",
        Prompt::Finder(_) => "file",
        Prompt::Model(_) => "folder of a model",
        Prompt::Note(_) => "note",
        Prompt::Against(_) => "path of the other version",
        Prompt::Save(_) => "save as",
        Prompt::Path(_) => "path of a package",
        Prompt::Decoder(_) => "decoder",
        Prompt::Words(words, _) => words.sign().trim_end().trim_end_matches(':'),
    }
}

/// The part of the page that is read out.
fn body(state: &State) -> Rect {
    let areas = state.areas();
    match state.view {
        View::Code => areas.inner(state.focus),
        _ if areas.bordered => areas.body.inner(ratatui::layout::Margin::new(1, 1)),
        _ => areas.body,
    }
}

/// What was copied, and what the last command said.
fn said(bench: &mut Workbench<Page>, out: &mut dyn Write) -> io::Result<()> {
    for text in std::mem::take(&mut bench.screen.copied) {
        writeln!(out, "{text}")?;
    }
    if let Some(notice) = bench.state.notice.take() {
        writeln!(out, "{}", notice.text)?;
    }
    Ok(())
}

/// What is on top, else the view, as text.
fn page(bench: &mut Workbench<Page>) -> io::Result<String> {
    let page = match &bench.state.overlay {
        Some(Overlay::Help(_)) => Some(help::help(&bench.state)),
        Some(Overlay::Details(_)) => Some(details::details(&bench.state)),
        Some(Overlay::Places(places)) => Some(places.lines.clone()),
        Some(Overlay::Prompt(_)) => return Ok(String::new()),
        None => None,
    };
    if let Some(lines) = page {
        return Ok(lines.iter().map(spoken).collect());
    }
    let strip = bench.rows(bench.state.areas().strip)?;
    let mut page: String = strip.lines().map(words).filter(|line| !line.is_empty()).map(|line| line + "\n").collect();
    let area = body(&bench.state);
    for (row, line) in bench.rows(area)?.lines().enumerate() {
        let line = words(line);
        if !line.is_empty() {
            page.push_str(&format!("{:>3}  {line}\n", row + 1));
        }
    }
    Ok(page)
}

fn spoken(line: &PageLine) -> String {
    let text = match line {
        PageLine::Heading(text) => text.clone(),
        PageLine::Pair { word, text, .. } if word.is_empty() => format!("  {text}"),
        PageLine::Pair { word, text, .. } => format!("  {word}: {text}"),
        PageLine::Blank => String::new(),
    };
    words(&text) + "\n"
}

/// A row without what is drawn of lines, bars and shades, which a voice would spell out.
fn words(row: &str) -> String {
    let drawn = |c: char| matches!(c, '\u{2500}'..='\u{259F}');
    let text: String = row.chars().map(|c| if drawn(c) { ' ' } else { c }).collect();
    text.trim_end().to_owned()
}
