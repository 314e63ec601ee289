//! The bytes of a file, sixteen a row.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::Role;

use super::super::app::State;
use super::super::app::viewer::HEX_ROW;

pub(super) fn draw(state: &State, bytes: &[u8], area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let digits = format!("{:x}", bytes.len()).len().max(6);
    for line in 0..area.height {
        let start = (state.viewer.top + usize::from(line)) * HEX_ROW;
        let Some(row) = bytes.get(start..bytes.len().min(start + HEX_ROW)).filter(|row| !row.is_empty()) else { break };
        let y = area.y + line;
        let end = area.right();
        let put = |x: u16, text: &str, role: Role, buf: &mut Buffer| -> u16 {
            buf.set_stringn(x, y, text, usize::from(end.saturating_sub(x)), theme.style(role)).0
        };
        let mut x = put(area.x, &format!(" {start:0digits$x}  "), Role::LineNumber, buf);
        let text_at = x + 50;
        for (index, byte) in row.iter().enumerate() {
            let role = match byte {
                0 => Role::Faint,
                0x20..=0x7E => Role::Text,
                _ => Role::Detail,
            };
            let gap = if index == HEX_ROW / 2 { " " } else { "" };
            x = put(x, &format!("{gap}{byte:02x} "), role, buf);
        }
        let mut x = text_at;
        for byte in row {
            let (shown, role) = match byte {
                0x20..=0x7E => (char::from(*byte), Role::Literal),
                _ => ('·', Role::Faint),
            };
            x = put(x, shown.encode_utf8(&mut [0; 4]), role, buf);
        }
    }
}
