//! The one vocabulary of keys, mouse, palette, footer, help and tests.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoStaticStr};

/// Where a key means an action. The narrower context wins over [`Context::Anywhere`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, EnumString, IntoStaticStr, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum Context {
    /// Every view and pane.
    Anywhere,
    /// The case card.
    Card,
    /// The view that explains.
    Explain,
    /// Bytes of the source that are being selected.
    Select,
    /// The list of marked spans.
    Spans,
    /// The matches of a search in the whole package.
    Results,
    /// The table of indicators.
    Indicators,
    /// The diff against another version.
    Diff,
    /// The table of the queue.
    Queue,
    /// The preview of a report.
    Report,
    /// The page of the label.
    Classify,
    /// The disagreements.
    Disputes,
    /// The decoder lab.
    Lab,
    /// The file tree.
    Files,
    /// The source pane.
    Source,
    /// The behavior sequence.
    Sequence,
    /// The tokens that the model read.
    Tokens,
    /// The start screen.
    Start,
    /// Every view and pane while the guided tour is on; these keys come before all others.
    Guide,
}

impl Context {
    /// What one does most there, in the order of the footer; help begins with it.
    #[must_use]
    pub fn first(self) -> &'static [Action] {
        use Action as A;
        match self {
            Self::Anywhere | Self::Select | Self::Guide => &[],
            Self::Start => &[A::Open, A::OpenPath, A::Guide, A::Queue, A::Help, A::Palette, A::Quit],
            Self::Lab => &[A::KeepLayer, A::Unfold, A::AddDecoder, A::BruteForce, A::DropDecoder],
            Self::Queue => &[A::Open],
            Self::Report => &[A::Copy, A::SaveReport, A::EditReport, A::ReportNext],
            Self::Classify => &[A::Select, A::Open, A::NextPane, A::LabelMalicious, A::LabelBenign, A::LabelSuspicious],
            Self::Disputes => &[A::Next, A::LabelMalicious, A::LabelBenign, A::LabelSuspicious, A::Open, A::Undo],
            Self::Card => &[
                A::Open,
                A::Next,
                A::LabelMalicious,
                A::LabelBenign,
                A::LabelSuspicious,
                A::NextPackage,
                A::Diff,
                A::Explain,
                A::Mark,
            ],
            Self::Explain => &[A::WhatIf, A::ShowAll, A::MethodBeside, A::Method, A::Rank, A::Open],
            Self::Spans => &[A::Open, A::Unmark, A::Undo],
            Self::Results => &[A::Open, A::Next, A::SearchPackage, A::Mark],
            Self::Indicators => &[A::Open, A::Search],
            Self::Diff => &[A::Next, A::NextPane, A::Open, A::Fold, A::Diff],
            Self::Files => &[A::Open, A::GoToFile, A::NextPane, A::Next],
            Self::Source => &[A::Next, A::Mark, A::Decoders, A::Origin, A::Hex, A::NextPane],
            Self::Sequence => &[A::Open, A::Next, A::Origin, A::WhatIf, A::Filter, A::NextPane],
            Self::Tokens => &[A::Method, A::Open, A::LayerNext, A::HeadNext, A::NextPane],
        }
    }

    /// What help calls it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Anywhere => "Everywhere",
            Self::Card => "On the card",
            Self::Explain => "In the view that explains",
            Self::Select => "While bytes are selected",
            Self::Spans => "In the list of marked spans",
            Self::Results => "In the matches of the whole package",
            Self::Indicators => "In the table of indicators",
            Self::Diff => "In the diff",
            Self::Queue => "In the queue",
            Self::Report => "In the preview of a report",
            Self::Classify => "On the page of the label",
            Self::Disputes => "In the disagreements",
            Self::Lab => "In the decoder lab",
            Self::Files => "In the files",
            Self::Source => "In the source",
            Self::Sequence => "In the behavior sequence",
            Self::Tokens => "In the tokens that the model read",
            Self::Start => "On the start screen",
            Self::Guide => "While the guided tour is on",
        }
    }
}

/// What belongs together of the actions that hold everywhere, in the order of help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter)]
pub enum Group {
    /// Moving about.
    Move,
    /// What the analyst decides.
    Verdict,
    /// What speaks for and against.
    Evidence,
    /// What is on the screen.
    Views,
    /// Texts found and copied.
    Files,
    /// The program itself.
    Program,
    /// What holds in one view alone: [`Context`] says in which.
    Here,
}

impl Group {
    /// What help calls it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Move => "Everywhere: move",
            Self::Verdict => "Everywhere: verdict",
            Self::Evidence => "Everywhere: evidence",
            Self::Views => "Everywhere: views",
            Self::Files => "Everywhere: files and texts",
            Self::Program => "Everywhere: program",
            Self::Here => "In one view",
        }
    }
}

macro_rules! actions {
    ($($context:ident $group:ident { $($name:ident $hint:literal $text:literal,)* })*) => {
        /// Something an analyst can ask for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[derive(Serialize, Deserialize, EnumIter, EnumString, IntoStaticStr)]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        pub enum Action {
            $($(#[doc = $text] $name,)*)*
        }

        impl Action {
            /// One sentence for help and palette.
            #[must_use]
            pub fn describe(self) -> &'static str {
                match self { $($(Self::$name => $text,)*)* }
            }

            /// The word of the footer; empty for what needs no reminder.
            fn hint(self) -> &'static str {
                match self { $($(Self::$name => $hint,)*)* }
            }

            /// Where it makes sense.
            #[must_use]
            pub fn context(self) -> Context {
                match self { $($(Self::$name => Context::$context,)*)* }
            }

            /// With which others help shows it.
            #[must_use]
            pub fn group(self) -> Group {
                match self { $($(Self::$name => Group::$group,)*)* }
            }
        }
    };
}

// The order within a group is that of help, palette and footer.
actions! {
    Explain Here {
        MethodBeside "beside" "Compare with the next method",
        Rank "order" "The strongest first, or in run order",
    }
    Select Here {
        MarkPayload "payload" "Mark the selected bytes: they do the harm",
        MarkTrigger "trigger" "Mark the selected bytes: they make it run",
        MarkLoader "loader" "Mark the selected bytes: they fetch, decode or start the payload",
        MarkExfil "exfil" "Mark the selected bytes: they send data out",
        MarkPersistence "persist" "Mark the selected bytes: they make it stay or come back",
        MarkEvasion "evade" "Mark the selected bytes: they hide it from people, scanners or sandboxes",
        MarkDecoy "decoy" "Mark the selected bytes: they look harmless to draw attention away",
        MarkBenign "benign" "Mark the selected bytes: they say why what looks bad is not",
        WordForward "" "Extend the selection to the end of the next word",
        WordBack "" "Extend the selection to the start of the word before",
        SwapEnds "other end" "Go on with the other end of the selection",
        Note "note" "Write a note for the span that is marked next",
    }
    Spans Here {
        Unmark "remove" "Remove the selected span of yours; undo brings it back",
    }
    Indicators Here {
        RoleC2 "c2" "Role of the selected indicator: commands come from there",
        RoleExfil "exfil" "Role of the selected indicator: data is sent there",
        RolePayload "payload" "Role of the selected indicator: code to be run comes from there",
        RoleContext "context" "Role of the selected indicator: part of the story, no harm by itself",
        RoleBenign "benign" "Role of the selected indicator: nothing to do with an attack",
        RoleNone "none" "Take away the role that was given to the selected indicator",
        SortNext "sort" "Sort the table by the next column: role, kind, value, place, number of places",
        SortPrevious "" "Sort the table by the column before",
        CopyMarkdown "copy table" "Copy the indicators listed as a Markdown table, defanged",
        CopyCsv "" "Copy the indicators listed as CSV, defanged",
        CopyPages "links" "Copy links to what VirusTotal and MalwareBazaar know of the selected hash, else of the archive",
    }
    Diff Here {
        Fold "fold" "Show what is folded too: changes of form, what the build wrote, equal steps; or fold it again",
    }
    Queue Here {
        QueueOrder "order" "Order the queue by risk, uncertainty, age or mixed",
    }
    Report Here {
        ReportNext "for whom" "The next kind of report: Markdown, OSV, SARIF, PyPI, npm, MISP, STIX",
        ReportPrevious "" "The kind of report before",
        SaveReport "save" "Save the report to a new file",
        EditReport "edit" "Change the report in your own editor ($VISUAL, $EDITOR) before it is copied or saved",
    }
    Lab Here {
        KeepLayer "keep" "Keep the result as a layer: searched, colored and decoded on like the others",
        AddDecoder "add decoder" "Add a decoder behind the selected chain, found by name; rot and xor take a key",
        DropDecoder "drop the last" "Take the last decoder of the selected chain away",
        BruteForce "brute force" "Try every key of one byte and every turn of the alphabet too",
        Unfold "unfold" "Decode on to the end of the nest and keep every layer on the way",
    }
    Files Here {
        RemoveLayer "" "Remove a layer that was decoded by hand, and what was decoded from it",
    }
    Source Here {
        Hex "hex" "Show the bytes, or the text again",
        Beautified "beautify" "Lay out minified JavaScript or JSON to be read, or show it as it stands again",
    }
    Sequence Here {
        Filter "this file" "List only the steps of the selected file, or all again",
    }
    Guide Here {
        GuideNext "skip" "To the next step of the guided tour",
        GuideBack "back" "To the step of the guided tour before this one",
    }
    Anywhere Verdict {
        LabelMalicious "malicious" "Label the package malicious",
        LabelBenign "benign" "Label the package benign",
        LabelSuspicious "suspicious" "Label the package suspicious",
        Classify "classify" "What the label says beside the verdict, on one page: objective, technique, trigger and more",
        Undo "undo" "Take back your last label, mark, removal or role; in the list of marked spans, of those alone",
        Redo "" "Do again what undo took back, until you do something else",
        Suppress "hide" "Hide the selected evidence from lists, with a reason; undo shows it again",
        ShowHidden "" "Show the hidden evidence too, or leave it out again",
        Mark "mark" "Select bytes to mark as evidence: those of the step or evidence, else the line or file",
        NextPackage "next package" "Next package of the queue; without a label, this one comes again later",
        PreviousPackage "" "Back to the package before this one",
        LabelAlike "" "Give the near-duplicates of the package labelled last the same label",
    }
    Anywhere Evidence {
        Next "next evidence" "Next match, in the pane or in the whole package; the next strongest evidence when nothing is searched",
        Previous "" "Previous match, or the evidence before when nothing is searched",
        Open "open" "Open or close a folder; from a step, token or detail, go to its place",
        Origin "origin" "Where the selected step comes from: entry, calls, layer",
        Definition "definition" "Where the names of the line are defined",
        References "references" "Where the names of the line are defined and used",
        Decoders "decode" "Try decoders on the selected or emphasised bytes, or on the string of the line",
        NextStep "" "Next step of the sequence",
        PreviousStep "" "Previous step of the sequence",
        Method "explain" "Explain by the next method: what speaks for malicious and what against",
        WhatIf "what if" "Hide the selected step from the model, or show it again: what does it say then?",
        ShowAll "show all" "Show everything to the model again",
        LayerNext "" "Attention of the next layer (after the last: the average)",
        LayerPrevious "" "Attention of the previous layer",
        HeadNext "" "Attention of the next head (after the last: the average)",
        HeadPrevious "" "Attention of the previous head",
    }
    Anywhere Views {
        Card "card" "The case card: what it is, why it is here, what runs by itself",
        Diff "diff" "What changed since another version; there, ask for another one",
        Indicators "indicators" "The table of indicators: addresses, tokens, wallets, paths, hashes; or back from it",
        Spans "spans" "The marked spans: go to one, remove one",
        Report "report" "A report to send: what it does, the marked lines, indicators, hashes, and what is still missing",
        Explain "scores" "Scores of two methods side by side, layers and heads, what the model would say without",
        Queue "queue" "The queue: what waits, in which order and why",
        Disputes "" "Packages on which analysts disagree, side by side; decide between them",
        Results "" "The matches of the search in the whole package, or back from them",
        Tokens "tokens" "Show what the model read, or the behavior sequence again",
        Details "details" "Everything known about the package and the selected step",
        Others "others" "What others say of the package: scanners, a run elsewhere, its registry, and what they contradict",
        Similar "similar" "The decided cases that the package is like, and what differs",
        Guideline "means" "What the selected behavior and each label mean, with examples, and what the OSSF counts as malicious",
        Back "back" "Back to where the last jump was made from",
        Forward "" "Forward again",
        NextPane "pane" "Go to the next pane",
        PreviousPane "" "Go to the previous pane",
        FocusFiles "" "Go to the files",
        FocusSource "" "Go to the source",
        FocusSequence "" "Go to the behavior sequence",
        FocusTokens "" "Go to the tokens",
        Zoom "zoom" "Give this pane the whole screen, or put it back",
        Wider "wider" "Make this pane wider; or drag its edge",
        Narrower "narrower" "Make this pane narrower",
        Even "even" "Give all panes their usual width",
    }
    Anywhere Files {
        Search "search" "Search in this pane: a text (all-lowercase ignores case), re:expression, hex:bytes",
        SearchPackage "search all" "Search every file and decoded text of the package; *.js, in:lib/, in:layers narrow it",
        GoToFile "go to file" "Go to a file or decoded text by a few letters of its path",
        Copy "copy" "Copy the selected path, line, step or token, escaped; an indicator defanged",
        CopyRaw "" "Copy the same as it stands in the file, hostile characters included; an indicator as a working link",
        CopySha "" "Copy the package's SHA-256",
        Export "" "Save what is selected to a new file: labels as JSON lines, indicators as CSV, matches as text",
    }
    Anywhere Move {
        Up "" "Up",
        Down "" "Down",
        Left "" "Left; in the tree, close the folder or go to its parent",
        Right "" "Right; in the tree, open the folder",
        HalfUp "" "Half a page up",
        HalfDown "" "Half a page down",
        PageUp "" "A page up",
        PageDown "" "A page down",
        Top "" "To the top",
        Bottom "" "To the bottom",
        LineStart "" "To the start of the line",
        LineEnd "" "To the end of the line",
        Select "" "Select the row too, or no longer; on the page of the label, choose the word",
    }
    Anywhere Program {
        Help "help" "Show the keys",
        Palette "commands" "Find a command by name",
        Quit "quit" "Leave",
        Cancel "" "Close what is on top, end the search",
        OpenPath "" "Open another package by its path",
        Start "" "The start screen: what to open, where you were, what waits",
        Guide "" "Begin the guided tour, five steps on a sample; or leave it",
        OpenModel "" "Open a model from another folder; it judges the package anew",
        ReloadModel "" "Load the model again if its folder has changed; it judges the package anew",
        Blind "" "Hide what the model says until the package is decided, or show it",
        Mouse "" "Give the mouse to the terminal (to select text) or take it back",
        Theme "" "Change the theme: dark, light, sixteen colors, for color blindness",
        Redraw "" "Draw the whole screen again",
        Suspend "" "Stop the program and go to the shell (fg comes back)",
    }
}

impl Action {
    /// The name used in keymaps and shown in the palette.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether it means something in a context.
    #[must_use]
    pub fn applies(self, context: Context) -> bool {
        self.context() == context || self.context() == Context::Anywhere
    }

    /// Whether it is a movement, which a number typed before it repeats.
    #[must_use]
    pub fn repeats(self) -> bool {
        matches!(
            self,
            Self::Up
                | Self::Down
                | Self::Left
                | Self::Right
                | Self::HalfUp
                | Self::HalfDown
                | Self::PageUp
                | Self::PageDown
                | Self::WordBack
                | Self::WordForward
                | Self::Next
                | Self::Previous
                | Self::NextStep
                | Self::PreviousStep
        )
    }

    /// One sentence for the help of a context: some keys mean something of their own there.
    #[must_use]
    pub fn describe_in(self, context: Context) -> &'static str {
        match (self, context) {
            (Self::Copy, Context::Report) => "Copy the whole report",
            (Self::Select, Context::Classify) => "Choose the word, or no longer",
            (Self::Open, Context::Classify) => "Record the label with what is chosen",
            (Self::NextPane, Context::Classify) => "To the next question",
            (Self::Next, Context::Disputes) => "To the next disagreement",
            (Self::Open, Context::Disputes) => "Look at the package, where the queue holds it",
            (Self::Next, Context::Diff) => "To the next place that changed, by risk",
            (Self::Open, Context::Start) => "Do what the selected line says",
            (Self::Open, Context::Diff) => "Go to the selected place in the code of the new version",
            _ => self.describe(),
        }
    }

    /// The word of the footer in a context; empty for what needs no reminder there.
    #[must_use]
    pub fn hint_in(self, context: Context) -> &'static str {
        match (self, context) {
            (Self::OpenPath, Context::Start) => "open a package",
            (Self::Guide, Context::Start) => "guided tour",
            (Self::Open, Context::Start) => "choose",
            (Self::Next, Context::Card) => "evidence",
            (Self::NextPackage, Context::Card) => "next",
            (Self::Select, Context::Classify) => "choose",
            (Self::Open, Context::Classify) => "record",
            (Self::NextPane, Context::Classify) => "next question",
            (Self::Next, Context::Disputes) => "next",
            (Self::Open, Context::Disputes) => "look at it",
            (Self::Next, Context::Diff) => "next place",
            (Self::Next, Context::Results) => "next match",
            (Self::Diff, Context::Diff) => "other version",
            (Self::Copy, Context::Report) => "copy it",
            (Self::Report, Context::Report) => "",
            (Self::Search, Context::Indicators) => "only with",
            (Self::Open, Context::Indicators | Context::Results | Context::Spans | Context::Diff) => "go there",
            (Self::LayerNext, Context::Tokens) => "layer",
            (Self::HeadNext, Context::Tokens) => "head",
            (Self::Next, Context::Lab)
            | (Self::Spans, Context::Spans)
            | (Self::Card, Context::Card)
            | (Self::Explain, Context::Explain) => "",
            _ => self.hint(),
        }
    }
}
