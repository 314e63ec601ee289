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
}

impl Context {
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
            Self::Lab => "In the decoder lab",
            Self::Files => "In the files",
            Self::Source => "In the source",
            Self::Sequence => "In the behavior sequence",
            Self::Tokens => "In the tokens that the model read",
        }
    }
}

macro_rules! actions {
    ($($name:ident $context:ident $hint:literal $text:literal,)*) => {
        /// Something an analyst can ask for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[derive(Serialize, Deserialize, EnumIter, EnumString, IntoStaticStr)]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        pub enum Action {
            $(#[doc = $text] $name,)*
        }

        impl Action {
            /// One sentence for help and palette.
            #[must_use]
            pub fn describe(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The word of the footer; empty for what needs no reminder.
            #[must_use]
            pub fn hint(self) -> &'static str {
                match self { $(Self::$name => $hint,)* }
            }

            /// Where it makes sense.
            #[must_use]
            pub fn context(self) -> Context {
                match self { $(Self::$name => Context::$context,)* }
            }
        }
    };
}

// The order is that of help, palette and footer.
actions! {
    NextPackage Anywhere "next package" "Next package of the queue; without a label, this one comes again later",
    QueueOrder Queue "order" "Order the queue by risk, uncertainty, age or mixed",
    KeepLayer Lab "keep" "Keep the result as a layer: searched, colored and decoded on like the others",
    AddDecoder Lab "add decoder" "Add a decoder behind the selected chain, found by name; rot and xor take a key",
    DropDecoder Lab "drop the last" "Take the last decoder of the selected chain away",
    BruteForce Lab "brute force" "Try every key of one byte and every turn of the alphabet too",
    Unfold Lab "unfold" "Decode on to the end of the nest and keep every layer on the way",
    Method Anywhere "explain" "Explain by the next method: what speaks for malicious and what against",
    Explain Anywhere "" "Scores of two methods side by side, layers and heads, what the model would say without",
    WhatIf Anywhere "what if" "Hide the selected step from the model, or show it again: what does it say then?",
    ShowAll Anywhere "" "Show everything to the model again",
    MethodBeside Explain "beside" "Compare with the next method",
    Rank Explain "order" "The strongest first, or in run order",
    LayerNext Anywhere "" "Attention of the next layer (after the last: the average)",
    LayerPrevious Anywhere "" "Attention of the previous layer",
    HeadNext Anywhere "" "Attention of the next head (after the last: the average)",
    HeadPrevious Anywhere "" "Attention of the previous head",
    Open Anywhere "open" "Open or close a folder; from a step, token or detail, go to its place",
    Filter Sequence "this file" "List only the steps of the selected file, or all again",
    Fold Diff "fold" "Show what is folded too: changes of form, what the build wrote, equal steps; or fold it again",
    Hex Source "hex" "Show the bytes, or the text again",
    Beautified Source "beautify" "Lay out minified JavaScript or JSON to be read, or show it as it stands again",
    Decoders Anywhere "decode" "Try decoders on the selected or emphasised bytes, or on the string of the line",
    RemoveLayer Files "" "Remove a layer that was decoded by hand, and what was decoded from it",
    LabelMalicious Anywhere "malicious" "Label the package malicious",
    LabelBenign Anywhere "benign" "Label the package benign",
    LabelSuspicious Anywhere "suspicious" "Label the package suspicious",
    Mark Anywhere "mark" "Select bytes to mark as evidence: those of the step or evidence, else the line or file",
    Spans Anywhere "" "The marked spans: go to one, remove one",
    Undo Anywhere "undo" "Take back your last label, mark or removal",
    PreviousPackage Anywhere "" "Back to the package before this one",
    Queue Anywhere "queue" "The queue: what waits, in which order and why",
    LabelAlike Anywhere "" "Give the near-duplicates of the package labelled last the same label",
    MarkPayload Select "payload" "Mark the selected bytes: they do the harm",
    MarkTrigger Select "trigger" "Mark the selected bytes: they make it run",
    MarkLoader Select "loader" "Mark the selected bytes: they fetch, decode or start the payload",
    MarkExfil Select "exfil" "Mark the selected bytes: they send data out",
    MarkPersistence Select "persist" "Mark the selected bytes: they make it stay or come back",
    MarkEvasion Select "evade" "Mark the selected bytes: they hide it from people, scanners or sandboxes",
    MarkDecoy Select "decoy" "Mark the selected bytes: they look harmless to draw attention away",
    MarkBenign Select "benign" "Mark the selected bytes: they say why what looks bad is not",
    WordForward Select "" "Extend the selection to the end of the next word",
    WordBack Select "" "Extend the selection to the start of the word before",
    SwapEnds Select "other end" "Go on with the other end of the selection",
    Note Select "note" "Write a note for the span that is marked next",
    Unmark Spans "remove" "Remove the selected span of yours; undo brings it back",
    RoleC2 Indicators "c2" "Role of the selected indicator: commands come from there",
    RoleExfil Indicators "exfil" "Role of the selected indicator: data is sent there",
    RolePayload Indicators "payload" "Role of the selected indicator: code to be run comes from there",
    RoleContext Indicators "context" "Role of the selected indicator: part of the story, no harm by itself",
    RoleBenign Indicators "benign" "Role of the selected indicator: nothing to do with an attack",
    RoleNone Indicators "none" "Take away the role that was given to the selected indicator",
    SortNext Indicators "sort" "Sort the table by the next column: role, kind, value, place, number of places",
    SortPrevious Indicators "" "Sort the table by the column before",
    CopyMarkdown Indicators "copy table" "Copy the indicators listed as a Markdown table, defanged",
    CopyCsv Indicators "" "Copy the indicators listed as CSV, defanged",
    CopyPages Indicators "links" "Copy links to what VirusTotal and MalwareBazaar know of the selected hash, else of the archive",
    NextPane Anywhere "pane" "Go to the next pane",
    Search Anywhere "search" "Search in this pane: a text (all-lowercase ignores case), re:expression, hex:bytes",
    SearchPackage Anywhere "search all" "Search every file and decoded text of the package; *.js, in:lib/, in:layers narrow it",
    Results Anywhere "" "The matches of the search in the whole package, or back from them",
    GoToFile Anywhere "go to file" "Go to a file or decoded text by a few letters of its path",
    Indicators Anywhere "indicators" "The table of indicators: addresses, tokens, wallets, paths, hashes; or back from it",
    Next Anywhere "next evidence" "Next match, in the pane or in the whole package; the next strongest evidence when nothing is searched",
    Previous Anywhere "" "Previous match, or the evidence before when nothing is searched",
    Origin Anywhere "origin" "Where the selected step comes from: entry, calls, layer",
    Definition Anywhere "definition" "Where the names of the line are defined",
    References Anywhere "references" "Where the names of the line are defined and used",
    Card Anywhere "card" "The case card: what it is, why it is here, what runs by itself",
    Diff Anywhere "diff" "What changed since another version; there, ask for another one",
    Back Anywhere "back" "Back to where the last jump was made from",
    Forward Anywhere "" "Forward again",
    Tokens Anywhere "tokens" "Show what the model read, or the behavior sequence again",
    Details Anywhere "details" "Everything known about the package and the selected step",
    Copy Anywhere "copy" "Copy the selected path, line, step or token, escaped; an indicator defanged",
    Help Anywhere "help" "Show the keys",
    Palette Anywhere "commands" "Find a command by name",
    Quit Anywhere "quit" "Leave",
    Zoom Anywhere "zoom" "Give this pane the whole screen, or put it back",
    CopyRaw Anywhere "" "Copy the same as it stands in the file, hostile characters included; an indicator as a working link",
    CopySha Anywhere "" "Copy the package's SHA-256",
    OpenModel Anywhere "" "Open a model from another folder; it judges the package anew",
    ReloadModel Anywhere "" "Load the model again if its folder has changed; it judges the package anew",
    NextStep Anywhere "" "Next step of the sequence",
    PreviousStep Anywhere "" "Previous step of the sequence",
    Up Anywhere "" "Up",
    Down Anywhere "" "Down",
    Left Anywhere "" "Left; in the tree, close the folder or go to its parent",
    Right Anywhere "" "Right; in the tree, open the folder",
    HalfUp Anywhere "" "Half a page up",
    HalfDown Anywhere "" "Half a page down",
    PageUp Anywhere "" "A page up",
    PageDown Anywhere "" "A page down",
    Top Anywhere "" "To the top",
    Bottom Anywhere "" "To the bottom",
    LineStart Anywhere "" "To the start of the line",
    LineEnd Anywhere "" "To the end of the line",
    PreviousPane Anywhere "" "Go to the previous pane",
    FocusFiles Anywhere "" "Go to the files",
    FocusSource Anywhere "" "Go to the source",
    FocusSequence Anywhere "" "Go to the behavior sequence",
    FocusTokens Anywhere "" "Go to the tokens",
    Mouse Anywhere "" "Give the mouse to the terminal (to select text) or take it back",
    Theme Anywhere "" "Change the theme: dark, light, sixteen colors, for color blindness",
    Cancel Anywhere "" "Close what is on top, end the search",
    Redraw Anywhere "" "Draw the whole screen again",
    Suspend Anywhere "" "Stop the program and go to the shell (fg comes back)",
}

impl Action {
    /// The name used in keymaps and shown in the palette.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}
