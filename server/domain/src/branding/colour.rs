//! Colours: how they are written, how much they differ, and how one is made lighter or darker.

use std::fmt;
use thiserror::Error;

/// A colour of the screen, without transparency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour([u8; 3]);

/// The text is not `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a colour is # and six hexadecimal digits, such as #1d4ed8")]
pub struct NotAColour;

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// Steps of lightness between black and white.
const STEPS: i32 = 512;

impl Colour {
    /// White.
    pub const WHITE: Self = Self([255; 3]);

    /// The colour of these parts of red, green and blue.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Reads `#rrggbb`, and nothing else: no names, no functions, no transparency.
    ///
    /// # Errors
    /// [`NotAColour`].
    pub fn parse(text: &str) -> Result<Self, NotAColour> {
        let digits = text.strip_prefix('#').ok_or(NotAColour)?;
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(NotAColour);
        }
        let number = u32::from_str_radix(digits, 16).map_err(|_| NotAColour)?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self([red, green, blue]))
    }

    /// How bright it is, 0 to 1, as WCAG defines it.
    pub fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// How well one can be read on the other, 1 to 21, as WCAG defines it.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// The same hue at another lightness, with its saturation held to a limit.
    pub fn with_lightness(self, lightness: f64, most_chroma: f64) -> Self {
        let own = Oklch::of(self);
        Oklch {
            lightness,
            chroma: own.chroma.min(most_chroma),
            ..own
        }
        .colour()
    }

    /// The nearest lightness, upwards or downwards, at which it will do. The end of the way, black or white, if none will.
    pub fn moved_until(self, lighter: bool, will_do: impl Fn(Self) -> bool) -> Self {
        if will_do(self) {
            return self;
        }
        let own = Oklch::of(self);
        let (end, way) = if lighter {
            (1.0, 1.0 - own.lightness)
        } else {
            (0.0, own.lightness)
        };
        let steps = (way * f64::from(STEPS)).ceil();
        (1..STEPS)
            .map(f64::from)
            .take_while(|step| *step < steps)
            .map(|step| Oklch {
                lightness: own.lightness + (end - own.lightness) * step / steps,
                ..own
            })
            .map(Oklch::colour)
            .find(|colour| will_do(*colour))
            .unwrap_or(if lighter { Self::WHITE } else { Self([0; 3]) })
    }

    /// Moved a little along its lightness.
    pub fn shifted(self, by: f64) -> Self {
        let own = Oklch::of(self);
        Oklch {
            lightness: (own.lightness + by).clamp(0.0, 1.0),
            ..own
        }
        .colour()
    }
}

fn linear(part: u8) -> f64 {
    let value = f64::from(part) / 255.0;
    if value <= 0.040_45 {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}

/// The part of a screen's colour, if the screen can show it.
fn part(linear: f64) -> Option<u8> {
    const SLACK: f64 = 1e-4;
    if !(-SLACK..=1.0 + SLACK).contains(&linear) {
        return None;
    }
    let linear = linear.clamp(0.0, 1.0);
    let value = if linear <= 0.003_130_8 {
        linear * 12.92
    } else {
        1.055 * linear.powf(1.0 / 2.4) - 0.055
    };
    // In range: the value is 0 to 1.
    Some((value * 255.0).round() as u8)
}

/// A colour as people see it: equal steps of lightness look equal, in every hue. After Björn Ottosson's Oklab.
#[derive(Clone, Copy)]
struct Oklch {
    lightness: f64,
    chroma: f64,
    hue: f64,
}

impl Oklch {
    fn of(colour: Colour) -> Self {
        let [red, green, blue] = colour.0.map(linear);
        let long = (0.412_221_470_8 * red + 0.536_332_536_3 * green + 0.051_445_992_9 * blue).cbrt();
        let middle = (0.211_903_498_2 * red + 0.680_699_545_1 * green + 0.107_396_956_6 * blue).cbrt();
        let short = (0.088_302_461_9 * red + 0.281_718_837_6 * green + 0.629_978_700_5 * blue).cbrt();
        let a = 1.977_998_495_1 * long - 2.428_592_205_0 * middle + 0.450_593_709_9 * short;
        let b = 0.025_904_037_1 * long + 0.782_771_766_2 * middle - 0.808_675_766_0 * short;
        Self {
            lightness: 0.210_454_255_3 * long + 0.793_617_785_0 * middle - 0.004_072_046_8 * short,
            chroma: a.hypot(b),
            hue: b.atan2(a),
        }
    }

    /// The colour, if a screen can show it.
    fn shown(self) -> Option<Colour> {
        let (a, b) = (self.chroma * self.hue.cos(), self.chroma * self.hue.sin());
        let long = (self.lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let middle = (self.lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let short = (self.lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
        Some(Colour([
            part(4.076_741_662_1 * long - 3.307_711_591_3 * middle + 0.230_969_929_2 * short)?,
            part(-1.268_438_004_6 * long + 2.609_757_401_1 * middle - 0.341_319_396_5 * short)?,
            part(-0.004_196_086_3 * long - 0.703_418_614_7 * middle + 1.707_614_701_0 * short)?,
        ]))
    }

    /// The most saturated colour of this hue and lightness that a screen can show.
    fn colour(self) -> Colour {
        if let Some(colour) = self.shown() {
            return colour;
        }
        let (mut shown, mut not) = (0.0, self.chroma);
        for _ in 0..24 {
            let chroma = f64::midpoint(shown, not);
            if (Self { chroma, ..self }).shown().is_some() {
                shown = chroma;
            } else {
                not = chroma;
            }
        }
        let grey = Self { chroma: shown, ..self };
        grey.shown()
            .unwrap_or(if self.lightness < 0.5 { Colour([0; 3]) } else { Colour::WHITE })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_six_digits_are_a_colour() {
        assert_eq!(Colour::parse("#1D4ed8"), Ok(Colour::new(0x1d, 0x4e, 0xd8)));
        for text in [
            "",
            "#",
            "1d4ed8",
            "#fff",
            "#1d4ed8ff",
            "#1d4ed",
            "#1d4e+8",
            "# d4ed8",
            "#1d4ed8 ",
            "#1d4ed8;}",
            "white",
            "transparent",
            "url(//evil.example)",
            "var(--ground)",
            "rgb(0 0 0)",
            "#１２３４５６",
        ] {
            assert_eq!(Colour::parse(text), Err(NotAColour), "{text}");
        }
    }

    #[test]
    fn contrast_is_what_wcag_says() {
        let black = Colour::new(0, 0, 0);
        assert!((Colour::WHITE.contrast(black) - 21.0).abs() < 1e-9);
        assert!((Colour::new(0x77, 0x77, 0x77).contrast(Colour::WHITE) - 4.48).abs() < 0.005);
        assert!((black.contrast(black) - 1.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn a_colour_survives_the_way_to_oklch_and_back(red: u8, green: u8, blue: u8) {
            let colour = Colour::new(red, green, blue);
            let Colour(back) = Oklch::of(colour).colour();
            for (one, two) in [red, green, blue].into_iter().zip(back) {
                prop_assert!(one.abs_diff(two) <= 1, "{colour} {back:?}");
            }
            prop_assert_eq!(Colour::parse(&colour.to_string()), Ok(colour));
        }
    }
}
