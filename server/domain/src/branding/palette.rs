//! From one or two colours of a tenant to everything that the widget paints with them, readable in light and dark.

use super::Colour;
use thiserror::Error;

/// What WCAG asks of text.
const TEXT: f64 = 4.5;
/// A little more is asked for than has to be, so that no rounding of a browser falls below it.
const MARGIN: f64 = 0.05;

/// How round corners are, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Radius(u8);

/// The corners are rounder than what they are corners of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a radius is 0 to 24 pixels")]
pub struct RadiusTooLarge;

impl Radius {
    const MOST: u8 = 24;

    /// So many pixels.
    ///
    /// # Errors
    /// [`RadiusTooLarge`].
    pub const fn new(pixels: u8) -> Result<Self, RadiusTooLarge> {
        if pixels <= Self::MOST {
            Ok(Self(pixels))
        } else {
            Err(RadiusTooLarge)
        }
    }

    /// In CSS pixels.
    pub const fn pixels(self) -> u8 {
        self.0
    }
}

/// What the accent has to be readable on, and what is written on it. The values are those of `style/tokens.css`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grounds {
    /// The page.
    pub ground: Colour,
    /// What is raised from it.
    pub raised: Colour,
    /// What is pressed.
    pub pressed: Colour,
    /// Text.
    pub ink: Colour,
    /// Quieter text.
    pub soft: Colour,
    /// Text on the accent.
    pub on_accent: Colour,
}

impl Grounds {
    /// By day.
    pub const LIGHT: Self = Self {
        ground: Colour::WHITE,
        raised: Colour::new(0xf5, 0xf7, 0xf9),
        pressed: Colour::new(0xe9, 0xed, 0xf2),
        ink: Colour::new(0x14, 0x18, 0x1f),
        soft: Colour::new(0x52, 0x5c, 0x69),
        on_accent: Colour::WHITE,
    };
    /// By night.
    pub const DARK: Self = Self {
        ground: Colour::new(0x14, 0x17, 0x1d),
        raised: Colour::new(0x1c, 0x20, 0x28),
        pressed: Colour::new(0x26, 0x2b, 0x35),
        ink: Colour::new(0xf0, 0xf3, 0xf7),
        soft: Colour::new(0xa9, 0xb3, 0xc0),
        on_accent: Colour::new(0x0b, 0x15, 0x30),
    };
}

/// The accent and what belongs to it, for one of light and dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shades {
    /// Links, focus, and the ground of the primary button.
    pub accent: Colour,
    /// That ground when it is pointed at.
    pub strong: Colour,
    /// What is written on it.
    pub on_accent: Colour,
    /// The ground of what is chosen.
    pub tint: Colour,
}

impl Shades {
    /// The shades of a colour that is moved, darker by day and lighter by night, until everything can be read.
    fn of(wanted: Colour, grounds: &Grounds, dark: bool) -> Self {
        let (tint_lightness, tint_chroma, step) = if dark { (0.26, 0.045, 0.05) } else { (0.965, 0.025, -0.05) };
        let readable = |one: Colour, other: Colour| one.contrast(other) >= TEXT + MARGIN;
        let tint = wanted
            .with_lightness(tint_lightness, tint_chroma)
            .moved_until(!dark, |tint| readable(grounds.soft, tint) && readable(grounds.ink, tint));
        let accent = wanted.moved_until(dark, |accent| {
            [grounds.ground, grounds.raised, grounds.pressed, tint, grounds.on_accent]
                .into_iter()
                .all(|other| readable(accent, other))
        });
        Self {
            accent,
            strong: accent.shifted(step),
            on_accent: grounds.on_accent,
            tint,
        }
    }
}

/// Everything that a tenant's branding sets in the widget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// By day and by night, where the tenant has a colour of its own.
    pub shades: Option<(Shades, Shades)>,
    /// Where the tenant's corners are its own.
    pub radius: Option<Radius>,
}

impl Palette {
    /// The palette of an accent, of another one for the dark where there is one, and of corners.
    pub fn of(accent: Option<Colour>, accent_dark: Option<Colour>, radius: Option<Radius>) -> Self {
        let shades = accent.or(accent_dark).map(|day| {
            let night = accent_dark.unwrap_or(day);
            (Shades::of(day, &Grounds::LIGHT, false), Shades::of(night, &Grounds::DARK, true))
        });
        Self { shades, radius }
    }

    /// The style sheet: the values of custom properties that the widget's own sheet has too, and nothing else.
    pub fn style(&self) -> String {
        let mut style = String::from(":root{");
        let mut set = |name: &str, value: &str| {
            style.push_str(name);
            style.push(':');
            style.push_str(value);
            style.push(';');
        };
        if let Some((day, night)) = &self.shades {
            for (name, light, dark) in [
                ("--accent", day.accent, night.accent),
                ("--accent-strong", day.strong, night.strong),
                ("--on-accent", day.on_accent, night.on_accent),
                ("--accent-tint", day.tint, night.tint),
            ] {
                set(name, &format!("light-dark({light},{dark})"));
            }
        }
        if let Some(radius) = self.radius {
            let pixels = radius.pixels();
            set("--radius", &format!("{pixels}px"));
            set("--radius-small", &format!("{}px", u32::from(pixels) * 4 / 5));
        }
        style.push('}');
        style
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOKENS: &str = include_str!("../../../../style/tokens.css");

    fn assert_readable(shades: &Shades, grounds: &Grounds) {
        let Shades {
            accent,
            strong,
            on_accent,
            tint,
        } = *shades;
        for (what, one, other) in [
            ("the accent on the page", accent, grounds.ground),
            ("the accent on what is raised", accent, grounds.raised),
            ("the accent on what is pressed", accent, grounds.pressed),
            ("the accent on its tint", accent, tint),
            ("the label", on_accent, accent),
            ("the label that is pointed at", on_accent, strong),
            ("text on the tint", grounds.ink, tint),
            ("quieter text on the tint", grounds.soft, tint),
        ] {
            assert!(
                one.contrast(other) >= TEXT,
                "{what}: {one} on {other} is {:.2}",
                one.contrast(other)
            );
        }
    }

    proptest! {
        #[test]
        fn whatever_a_tenant_wants_can_be_read(day: [u8; 3], night: Option<[u8; 3]>) {
            let colour = |[red, green, blue]: [u8; 3]| Colour::new(red, green, blue);
            let palette = Palette::of(Some(colour(day)), night.map(colour), None);
            let (light, dark) = palette.shades.expect("shades");
            assert_readable(&light, &Grounds::LIGHT);
            assert_readable(&dark, &Grounds::DARK);
        }

        #[test]
        fn what_can_be_read_already_is_left_alone(day: [u8; 3]) {
            let wanted = Colour::new(day[0], day[1], day[2]);
            let (light, _) = Palette::of(Some(wanted), None, None).shades.expect("shades");
            let (again, _) = Palette::of(Some(light.accent), None, None).shades.expect("shades");
            // The tint follows the accent; the accent itself stays, or moves by what the rounding of its tint asks for.
            prop_assert!((again.accent.luminance() - light.accent.luminance()).abs() < 0.01);
            if light.accent != wanted {
                let tightest = [Grounds::LIGHT.pressed, light.tint]
                    .map(|ground| light.accent.contrast(ground))
                    .into_iter()
                    .fold(f64::INFINITY, f64::min);
                prop_assert!(tightest < 4.9, "{wanted} was moved to {}, further than needed: {tightest}", light.accent);
            }
        }
    }

    #[test]
    fn white_yellow_and_black_become_readable() {
        for hostile in [
            Colour::WHITE,
            Colour::new(255, 255, 0),
            Colour::new(0, 0, 0),
            Colour::new(0, 255, 255),
        ] {
            let (light, dark) = Palette::of(Some(hostile), None, None).shades.expect("shades");
            assert_readable(&light, &Grounds::LIGHT);
            assert_readable(&dark, &Grounds::DARK);
        }
    }

    #[test]
    fn the_grounds_are_those_of_the_style_sheet() {
        let token = |name: &str, dark: bool| {
            let value = TOKENS.split(&format!("--{name}: light-dark(")).nth(1).expect("the token");
            let value = value.split(')').next().expect("its end");
            let mut both = value.split(", ");
            let text = if dark { both.nth(1) } else { both.next() };
            Colour::parse(text.expect("a colour")).expect("a colour")
        };
        for (grounds, dark) in [(Grounds::LIGHT, false), (Grounds::DARK, true)] {
            let theirs = Grounds {
                ground: token("ground", dark),
                raised: token("raised", dark),
                pressed: token("pressed", dark),
                ink: token("ink", dark),
                soft: token("soft", dark),
                on_accent: token("on-accent", dark),
            };
            assert_eq!(grounds, theirs);
        }
    }

    #[test]
    fn the_style_sets_what_it_may_and_nothing_else() {
        let full = Palette::of(Some(Colour::new(0x0a, 0x7a, 0x4b)), None, Radius::new(12).ok()).style();
        let declarations: Vec<_> = full
            .strip_prefix(":root{")
            .and_then(|rest| rest.strip_suffix(";}"))
            .expect("one rule")
            .split(';')
            .map(|declaration| declaration.split(':').next().expect("a name"))
            .collect();
        let names = [
            "--accent",
            "--accent-strong",
            "--on-accent",
            "--accent-tint",
            "--radius",
            "--radius-small",
        ];
        assert_eq!(declarations, names);
        for name in names {
            assert!(TOKENS.contains(&format!("{name}: ")), "{name} is not the widget's");
        }
        assert_eq!(Palette::of(None, None, None).style(), ":root{}");
        assert_eq!(Radius::new(25), Err(RadiusTooLarge));
    }
}
