//! A picture of digits, as some institutions show one to tell people from programs. Noise and places follow from its name.

use crate::random::Dice;
use png::{BitDepth, ColorType, Encoder, EncodingError};

/// Digits in a picture.
pub(crate) const DIGITS: usize = 5;

const WIDTH: usize = 200;
const HEIGHT: usize = 64;
/// Pixels to each dot of the font.
const SCALE: usize = 6;
const STEP: usize = 37;
const PAPER: u8 = 0xff;
const INK: u8 = 0x30;
const DUST: u8 = 0xa8;

/// Each digit in seven rows of five dots, the leftmost dot the highest bit.
const FONT: [[u8; 7]; 10] = [
    [0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110],
    [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
    [0b01110, 0b10001, 0b00001, 0b00010, 0b00100, 0b01000, 0b11111],
    [0b11111, 0b00010, 0b00100, 0b00010, 0b00001, 0b10001, 0b01110],
    [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010],
    [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110],
    [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110],
    [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000],
    [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110],
    [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100],
];

/// The digits of the picture of this name.
pub(crate) fn digits(name: &[&[u8]]) -> String {
    let mut dice = Dice::of(name);
    (0..DIGITS).map(|_| dice.number(0..=9).to_string()).collect()
}

/// The picture of these digits, a PNG.
pub(crate) fn png(digits: &str) -> Result<Vec<u8>, EncodingError> {
    let dice = &mut Dice::of(&[b"noise", digits.as_bytes()]);
    let mut dots = vec![PAPER; WIDTH * HEIGHT];
    for _ in 0..WIDTH * HEIGHT / 12 {
        dots[place(dice, WIDTH * HEIGHT)] = DUST;
    }
    for (number, digit) in digits.bytes().enumerate() {
        let (left, top) = (8 + number * STEP + place(dice, 5), 6 + place(dice, 11));
        let rows = FONT.get(usize::from(digit.wrapping_sub(b'0'))).copied().unwrap_or_default();
        for (row, bits) in rows.into_iter().enumerate() {
            for column in (0..5).filter(|column| bits & (0b10000 >> column) != 0) {
                square(&mut dots, left + column * SCALE, top + row * SCALE);
            }
        }
    }
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, WIDTH as u32, HEIGHT as u32);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&dots)?;
    writer.finish()?;
    Ok(file)
}

fn place(dice: &mut Dice, below: usize) -> usize {
    dice.number(0..=below as i64 - 1) as usize
}

fn square(dots: &mut [u8], left: usize, top: usize) {
    for row in dots.chunks_mut(WIDTH).skip(top).take(SCALE) {
        row.iter_mut().skip(left).take(SCALE).for_each(|dot| *dot = INK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_digits_make_the_same_picture_and_others_another() {
        let picture = |digits| png(digits).expect("a picture");
        assert_eq!(picture("48213"), picture("48213"));
        assert_ne!(picture("48213"), picture("48214"));
        assert!(picture("48213").starts_with(b"\x89PNG\r\n\x1a\n"));
        assert!(picture("00000").len() < 8 * 1024);
    }

    #[test]
    fn every_dot_of_each_digit_is_on_the_picture() {
        for digit in '0'..='9' {
            let digits: String = std::iter::repeat_n(digit, DIGITS).collect();
            let file = png(&digits).expect("a picture");
            let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("a header");
            let mut dots = vec![0; reader.output_buffer_size().expect("a size")];
            reader.next_frame(&mut dots).expect("a frame");
            let ink: u32 = FONT[usize::from(digit as u8 - b'0')].iter().map(|row| row.count_ones()).sum();
            let drawn = dots.iter().filter(|dot| **dot == INK).count();
            assert_eq!(drawn, ink as usize * SCALE * SCALE * DIGITS, "{digit}");
        }
    }

    #[test]
    fn a_name_has_digits_of_its_own() {
        assert_eq!(digits(&[b"a", b"0"]), digits(&[b"a", b"0"]));
        assert_ne!(digits(&[b"a", b"0"]), digits(&[b"a", b"1"]));
        assert_eq!(digits(&[b"a"]).len(), DIGITS);
    }
}
