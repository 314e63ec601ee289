//! Files made here, with something hidden in each.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use rstest::rstest;

use super::*;

fn made(format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(16, 8, |x, _| if x < 8 { Rgb([250, 10, 10]) } else { Rgb([10, 10, 250]) });
    let image = DynamicImage::ImageRgb8(image);
    // Icons hold images with a mask.
    let image = if format == ImageFormat::Ico { image.to_rgba8().into() } else { image };
    let mut bytes = Vec::new();
    image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

fn odd(preview: &Preview) -> Vec<&str> {
    preview.notes.iter().filter(|note| note.odd).map(|note| note.what.as_str()).collect()
}

/// A PNG with a chunk before its end.
fn png_with(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut bytes = made(ImageFormat::Png);
    let mut chunk = u32::try_from(content.len()).unwrap().to_be_bytes().to_vec();
    chunk.extend(name);
    chunk.extend(content);
    let mut crc = flate2::Crc::new();
    crc.update(&chunk[4..]);
    chunk.extend(crc.sum().to_be_bytes());
    let end = bytes.len() - 12;
    bytes.splice(end..end, chunk);
    bytes
}

#[rstest]
#[case(ImageFormat::Png, "PNG")]
#[case(ImageFormat::Jpeg, "JPEG")]
#[case(ImageFormat::Gif, "GIF")]
#[case(ImageFormat::WebP, "WebP")]
#[case(ImageFormat::Bmp, "BMP")]
#[case(ImageFormat::Ico, "ICO")]
fn an_image_is_shown_and_what_stands_behind_it_is_told(#[case] format: ImageFormat, #[case] name: &str) {
    let mut bytes = made(format);
    let clean = preview(&bytes).unwrap();
    assert_eq!(clean.what, format!("{name} image, 16 x 8"));
    assert_eq!(odd(&clean), [""; 0]);
    let picture = clean.picture.unwrap();
    assert!(picture.is_whole());
    let ([left, .., blue], right) = (picture.at(0.1, 0.5).unwrap(), picture.at(0.9, 0.5).unwrap());
    assert!(left > 180 && blue < 80 && right[0] < 80 && right[2] > 180, "{left} {blue} {right:?}");
    let end = bytes.len();
    bytes.extend(b"PK\x03\x04 and what an archive holds");
    let found = preview(&bytes).unwrap();
    assert_eq!(odd(&found), ["30 bytes behind its end: a zip archive"]);
    assert_eq!(found.notes.iter().find(|note| note.odd).unwrap().at, end);
    // Zeros fill up a sector; they hide nothing.
    let padded = [made(format), vec![0; 9]].concat();
    assert_eq!(odd(&preview(&padded).unwrap()), [""; 0]);
    let cut = preview(&made(format)[..end - 1]);
    assert!(cut.is_some_and(|cut| odd(&cut) == ["it breaks off before its end"]), "{name}");
}

#[rstest]
#[case(b"tEXt", b"Comment\0run   it\nnow".as_slice(), Some("text 'Comment', 20 bytes: run it now"))]
#[case(b"zTXt", b"Key\0\0packed", Some("text 'Key', 11 bytes"))]
#[case(b"prVt", &[7; 300], Some("a chunk 'prVt' of its own, 300 bytes"))]
#[case(b"eXIf", b"MM\0*", None)]
#[case(b"tIME", &[0; 7], None)]
fn what_a_png_carries_beside_its_points(#[case] name: &[u8; 4], #[case] content: &[u8], #[case] said: Option<&str>) {
    let found = preview(&png_with(name, content)).unwrap();
    assert_eq!(odd(&found), said.into_iter().collect::<Vec<_>>());
    assert!(found.picture.is_some());
}

#[test]
fn comments_of_jpeg_and_gif_are_told() {
    let mut jpeg = made(ImageFormat::Jpeg);
    jpeg.splice(2..2, [&[0xff, 0xfe, 0, 9][..], b"payload", &[0xff, 0xe1, 0, 8], b"Exif\0\0"].concat());
    let found = preview(&jpeg).unwrap();
    assert_eq!(odd(&found), ["a comment, 7 bytes: payload"]);
    assert!(found.notes.iter().any(|note| note.what == "EXIF data, 6 bytes"), "{:?}", found.notes);
    let mut gif = made(ImageFormat::Gif);
    let end = gif.len() - 1;
    gif.splice(end..end, *b"\x21\xfe\x05hello\0");
    assert_eq!(odd(&preview(&gif).unwrap()), ["a comment, 5 bytes: hello"]);
}

#[test]
fn an_image_of_too_many_points_is_not_decoded() {
    let mut bytes = made(ImageFormat::Bmp);
    bytes[18..22].copy_from_slice(&60_000u32.to_le_bytes());
    bytes[22..26].copy_from_slice(&60_000u32.to_le_bytes());
    let found = preview(&bytes).unwrap();
    assert!(found.picture.is_none() && found.what.contains("cannot be shown"), "{}", found.what);
}

#[test]
fn a_font_says_its_tables_its_name_and_its_glyphs() {
    let name = [&[0, 0, 0, 1, 0, 18, 0, 3, 0, 1, 4, 9, 0, 1, 0, 8, 0, 0][..], b"\0D\0e\0m\0o"].concat();
    let maxp = [0, 1, 0, 0, 1, 4];
    let mut font = vec![0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0];
    for (tag, at, length) in [(b"maxp", 44u32, 6u32), (b"name", 52, 26)] {
        font.extend(tag);
        font.extend([0; 4]);
        font.extend(at.to_be_bytes());
        font.extend(length.to_be_bytes());
    }
    font.extend(maxp);
    font.extend([0, 0]);
    font.extend(name);
    font.extend([0, 0]);
    let found = preview(&font).unwrap();
    assert_eq!(found.what, "TrueType font 'Demo', 260 glyphs, 2 tables");
    assert_eq!(found.rows, [("maxp".to_owned(), 6), ("name".to_owned(), 26)]);
    assert_eq!(odd(&found), [""; 0]);
    font.extend(b"const hidden = 1;");
    assert_eq!(odd(&preview(&font).unwrap()), ["17 bytes behind its end: text: const hidden = 1;"]);
}

#[test]
fn an_archive_lists_its_members() {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, content) in [("a/one.js", "1"), ("a/two.js", "let two = 2;")] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, content.as_bytes()).unwrap();
    }
    let found = preview(&tar.into_inner().unwrap()).unwrap();
    assert_eq!(found.what, "tar archive, 2 files");
    assert_eq!(found.rows, [("a/one.js".to_owned(), 1), ("a/two.js".to_owned(), 12)]);
    let broken = preview(b"PK\x03\x04 is all there is of it").unwrap();
    assert_eq!(broken.what, "zip archive that cannot be listed");
}

#[test]
fn whatever_the_bytes_are_it_ends() {
    assert_eq!(preview(b"no file of any kind"), None);
    let mut seed = 1u64;
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Ico] {
        let whole = made(format);
        for _ in 0..200 {
            let mut bytes = whole.clone();
            for _ in 0..4 {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                let at = usize::try_from(seed >> 33).unwrap() % bytes.len();
                bytes[at] = (seed >> 25) as u8;
            }
            let _ = preview(&bytes);
        }
    }
}
