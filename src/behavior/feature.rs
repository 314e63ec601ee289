//! The vocabulary of behaviors.

use serde::{Deserialize, Serialize};

macro_rules! features {
    ($($(#[doc = $doc:literal])* $code:ident $phrase:literal,)*) => {
        /// A language-neutral behavior. R, D, E and P are the 16 of the published system; X are ours.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Feature {
            $(#[doc = $phrase] $code,)*
        }

        impl Feature {
            /// Every feature, in catalogue order.
            pub const ALL: &'static [Feature] = &[$(Feature::$code,)*];

            /// The code, `R1` for instance.
            pub fn code(self) -> &'static str {
                match self { $(Feature::$code => stringify!($code),)* }
            }

            /// The phrase that the published sequence uses.
            pub fn phrase(self) -> &'static str {
                match self { $(Feature::$code => $phrase,)* }
            }
        }
    };
}

features! {
    R1 "import operating system module",
    R2 "use operating system module call",
    R3 "import file system module",
    R4 "use file system module call",
    R5 "read sensitive information",
    D1 "import network module",
    D2 "use network module call",
    D3 "use URL",
    E1 "import encoding module",
    E2 "use encoding module call",
    E3 "use base64 string",
    E4 "use long string",
    P1 "import process module",
    P2 "use process module call",
    P3 "use bash script",
    P4 "evaluate code at run-time",
    X1 "run decoded code",
    X2 "start silent process",
    X3 "use persistence location",
    X4 "destroy files",
    X5 "check environment",
    X6 "capture user input",
    X7 "use exfiltration endpoint",
    X8 "load native code",
    X9 "hide code",
    X10 "publish package",
    X11 "send collected data",
    X12 "run downloaded code",
}

impl Feature {
    /// The technique of MITRE ATT&CK that it most often serves; none for what is harmless by itself.
    pub fn technique(self) -> Option<&'static str> {
        Some(match self {
            Self::R2 => "T1082",
            Self::R4 => "T1005",
            Self::R5 => "T1552",
            Self::D2 | Self::D3 => "T1071",
            Self::E2 | Self::X1 => "T1140",
            Self::E3 | Self::E4 | Self::X9 => "T1027",
            Self::P2 | Self::P3 | Self::P4 => "T1059",
            Self::X2 => "T1564",
            Self::X3 => "T1547",
            Self::X4 => "T1485",
            Self::X5 => "T1497",
            Self::X6 => "T1056",
            Self::X7 => "T1567",
            Self::X8 => "T1129",
            Self::X10 => "T1195",
            Self::X11 => "T1041",
            Self::X12 => "T1105",
            Self::R1 | Self::R3 | Self::D1 | Self::E1 | Self::P1 => return None,
        })
    }

    /// Whether it belongs to the published vocabulary of 16.
    pub fn is_published(self) -> bool {
        self < Feature::X1
    }
}
