//! An image decoded under limits and made small.

use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits};
use serde::{Deserialize, Serialize};

/// Longest side of the picture, in its points.
pub const MOST_SIDE: u32 = 192;
/// Longest side of an image that is decoded.
const MOST_WIDE: u32 = 16_384;
/// Most points of one.
const MOST_POINTS: u64 = 64 << 20;
/// Bytes that decoding may take.
const MOST_BYTES: u64 = 512 << 20;
/// What shows through where an image is transparent: neither black nor white ink is lost on it.
const BEHIND: u8 = 0x80;

/// An image for the eye.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Points in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green and blue of each.
    pub rgb: Vec<u8>,
}

impl Picture {
    /// Whether it holds together, as one that comes from elsewhere may not.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let side = |side: u32| (1..=MOST_SIDE).contains(&side);
        side(self.width)
            && side(self.height)
            && self.rgb.len() as u64 == u64::from(self.width) * u64::from(self.height) * 3
    }

    /// The color at a place, each coordinate from 0 to 1.
    #[must_use]
    pub fn at(&self, x: f32, y: f32) -> Option<[u8; 3]> {
        let place = |of: f32, side: u32| ((of * side as f32) as u32).min(side.saturating_sub(1)) as usize;
        let start = (place(y, self.height) * self.width as usize + place(x, self.width)) * 3;
        self.rgb.get(start..start + 3)?.try_into().ok()
    }
}

/// Width and height of an image, and the image made small; or why it cannot be decoded.
pub(super) fn decode(bytes: &[u8], format: ImageFormat) -> Result<(u32, u32, Picture), String> {
    let read = || {
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        let mut limits = Limits::default();
        limits.max_image_width = Some(MOST_WIDE);
        limits.max_image_height = Some(MOST_WIDE);
        limits.max_alloc = Some(MOST_BYTES);
        reader.limits(limits);
        reader
    };
    let (width, height) = read().into_dimensions().map_err(|error| error.to_string())?;
    if u64::from(width) * u64::from(height) > MOST_POINTS || width.max(height) > MOST_WIDE {
        return Err(format!("{width} x {height} points are more than are decoded"));
    }
    let decoded = read().decode().map_err(|error| error.to_string())?;
    let small = match width.max(height) > MOST_SIDE {
        true => decoded.thumbnail(MOST_SIDE, MOST_SIDE).to_rgba8(),
        false => decoded.to_rgba8(),
    };
    let over = |ink: u8, alpha: u8| {
        let alpha = u32::from(alpha);
        u8::try_from((u32::from(ink) * alpha + u32::from(BEHIND) * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    };
    let rgb = small.pixels().flat_map(|point| {
        let [red, green, blue, alpha] = point.0;
        [red, green, blue].map(|ink| over(ink, alpha))
    });
    let rgb = rgb.collect();
    Ok((width, height, Picture { width: small.width(), height: small.height(), rgb }))
}
