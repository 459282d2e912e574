//! From a place and its conditions to finished pictures: what is the same in all is made once.

use glam::Vec2;
use glam::Vec3;
use image::RgbImage;

use super::canvas::Canvas;
use super::conditions::Conditions;
use super::daylight::headlights;
use super::lens::expose;
use super::lens::moved;
use super::lens::soften;
use super::light::Light;
use super::place::Place;
use super::scenery::Scenery;
use super::thing::Posed;
use super::view::Mount;
use super::view::View;
use super::weather::Weather;

/// Noise that a picture of the darkest night has, in steps of 255.
const NIGHT_NOISE: f32 = 4.0;

/// Makes a camera's pictures for as long as hour and weather stay.
#[derive(Clone, Debug)]
pub struct Film {
    conditions: Conditions,
    light: Light,
    exposure: f32,
    backdrop: Canvas,
    gains: Vec<u16>,
}

impl Film {
    /// Draws the scenery and its shadows. `mount` is the place's own unless the camera was turned.
    #[must_use]
    pub fn new(
        place: &Place,
        mount: Mount,
        scenery: &Scenery,
        conditions: &Conditions,
        samples_per_side: usize,
    ) -> Self {
        let mut conditions = *conditions;
        if matches!(conditions.weather, Weather::Glare(_)) {
            // The sun goes down where this camera looks to, a little beside.
            let aside = 0.3 * conditions.daylight.noon_from.sin();
            let daylight = conditions.daylight.with_sun_towards(place.mount.heading + aside);
            conditions.daylight = daylight;
        }
        let light = conditions.daylight.light(scenery, &place.mount);
        let mut backdrop = Canvas::new(View::new(mount), samples_per_side);
        conditions.weather.on(scenery).draw(&mut backdrop, &light);
        backdrop.paint_sky(|up| conditions.daylight.sky(&light, up));
        if matches!(conditions.weather, Weather::Rain(_) | Weather::Wet) {
            // Only the street is mirrored: things would cost as much again in each picture.
            backdrop.mirror(0.2);
        }
        if conditions.weather.veils_only_afar() {
            conditions.weather.veil(&mut backdrop, &light);
        }
        Self {
            exposure: light.exposure(),
            gains: conditions.lens.gains(mount.size),
            conditions,
            light,
            backdrop,
        }
    }

    /// The light that things are to be drawn in.
    #[must_use]
    pub const fn light(&self) -> &Light {
        &self.light
    }

    /// The light with the head and tail lights of these things, for drawing them.
    #[must_use]
    pub fn light_with(&self, all: &[Posed]) -> Light {
        let mut light = self.light.clone();
        if !light.lamps.is_empty() {
            light.lamps.extend(headlights(all));
        }
        light
    }

    /// The street without things; pools of light lie before those that are lit.
    #[must_use]
    pub fn canvas(&self, all: &[Posed]) -> Canvas {
        let mut canvas = self.backdrop.clone();
        if !self.light.lamps.is_empty() {
            canvas.shine(&headlights(all), &self.light);
        }
        canvas
    }

    /// How far all that is in this picture has moved, in pixels: truth moves with it.
    #[must_use]
    pub fn shift(&self, picture: u64) -> Vec2 {
        self.conditions.lens.shift(picture, self.backdrop.view().mount().size.0)
    }

    /// The finished picture from a canvas on which all things have been drawn.
    #[must_use]
    pub fn develop(&self, mut canvas: Canvas, picture: u64) -> RgbImage {
        let Conditions { daylight, weather, lens } = &self.conditions;
        if !weather.veils_only_afar() {
            weather.veil(&mut canvas, &self.light);
        }
        let mut image = canvas.develop(self.exposure);
        let share = daylight.share();
        let eye = self.backdrop.view().mount().position;
        let sun = canvas.view().pixel_of(eye + self.light.sun_from * 1000.0);
        weather.fall(&mut image, lens.seed, picture, sun, 0.3 + 0.7 * share);
        let shift = self.shift(picture);
        if shift != Vec2::ZERO {
            image = moved(&image, shift);
        }
        soften(&mut image, lens.softness);
        let dark = (1.0 - share).powi(2);
        let noise = lens.noise * (1.0 + 0.5 * dark) + NIGHT_NOISE * dark;
        let (cast, saturation) = if daylight.infra_red() {
            (Vec3::ONE, 0.0)
        } else {
            (lens.cast, lens.saturation * (1.0 - 0.35 * dark))
        };
        let seed = lens.seed ^ (picture + 1).wrapping_mul(0xd1b5_4a32_d192_ed03);
        expose(&mut image, &self.gains, cast, saturation, noise, seed);
        image
    }
}

#[cfg(test)]
mod tests {
    use glam::Affine3A;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::sim::street::conditions::Named;
    use crate::sim::street::thing::Thing;
    use crate::sim::street::trouble::Trouble;

    const SIZE: (u32, u32) = (352, 288);

    fn place(seed: u64) -> (Place, Scenery) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let place = Place::of(&mut rng, SIZE);
        let scenery = Scenery::of(&place, &mut rng);
        (place, scenery)
    }

    fn film(named: Named) -> (Place, Film) {
        let (place, scenery) = place(2);
        let conditions = Conditions::named(named, &mut ChaCha8Rng::seed_from_u64(3));
        let film = Film::new(&place, place.mount, &scenery, &conditions, 1);
        (place, film)
    }

    fn mean(image: &RgbImage) -> f32 {
        image.as_raw().iter().map(|value| f32::from(*value)).sum::<f32>() / image.len() as f32
    }

    /// How much neighbours differ.
    fn sharpness(image: &RgbImage) -> f32 {
        let bytes = image.as_raw();
        let steps = bytes.iter().zip(&bytes[3..]).map(|(one, next)| f32::from(one.abs_diff(*next)));
        steps.sum::<f32>() / bytes.len() as f32
    }

    #[test]
    fn pictures_are_told_from_black_and_white_in_all_conditions() {
        for named in Named::ALL {
            let (_, film) = film(named);
            let mean = mean(&film.develop(film.canvas(&[]), 0));
            assert!((18.0..215.0).contains(&mean), "{named:?} {mean}");
        }
    }

    #[test]
    fn nights_are_darker_than_days() {
        let [day, night] = [Named::ClearDay, Named::Night].map(|named| {
            let (_, film) = film(named);
            mean(&film.develop(film.canvas(&[]), 0))
        });
        assert!(night + 25.0 < day, "{night} {day}");
    }

    #[test]
    fn an_infra_red_night_has_no_colour() {
        let (_, film) = film(Named::InfraRedNight);
        let image = film.develop(film.canvas(&[]), 0);
        assert!(image.pixels().all(|pixel| pixel.0.iter().all(|value| *value == pixel.0[0])));
    }

    #[test]
    fn snow_falls_anew_in_each_picture_and_the_same_in_the_same_one() {
        let (_, film) = film(Named::Snow);
        let picture = |at| film.develop(film.canvas(&[]), at);
        assert_eq!(picture(4), picture(4));
        assert_ne!(picture(4), picture(5));
    }

    #[test]
    fn headlights_light_the_road_before_a_car_at_night() {
        let (place, film) = film(Named::Night);
        let spot = place.kerb_spots[0];
        let car = Posed { heading: spot.heading, ..Posed::new(Thing::Car, 1, spot.at) };
        let ahead = spot.at + Vec2::from_angle(spot.heading) * 4.0;
        let pixel = film.canvas(&[]).view().pixel_of(ahead.extend(0.0)).unwrap();
        let light = |lit| {
            let image = film.canvas(&[Posed { lit, ..car }]).develop(8.0);
            let inside = pixel.clamp(Vec2::ZERO, Vec2::new(351.0, 287.0));
            u32::from(image.get_pixel(inside.x as u32, inside.y as u32)[1])
        };
        assert!(light(true) > light(false) + 20, "{} {}", light(true), light(false));
    }

    #[test]
    fn troubles_leave_nothing_to_be_seen() {
        let (_, film) = film(Named::GreyDay);
        let good = film.develop(film.canvas(&[]), 0);
        let [covered, blinded, blurred] = [Trouble::Covered, Trouble::Blinded, Trouble::OutOfFocus]
            .map(|trouble| {
                let mut image = good.clone();
                trouble.befall(&mut image, 9);
                image
            });
        assert!(mean(&covered) < 60.0 && sharpness(&covered) < sharpness(&good) / 4.0);
        assert!(mean(&blinded) > 220.0, "{}", mean(&blinded));
        assert!(sharpness(&blurred) < sharpness(&good) / 2.0);
    }

    #[test]
    fn a_shaken_picture_is_moved_as_told() {
        let (place, scenery) = place(2);
        let mut conditions = Conditions::plain();
        conditions.lens.shake_px = 3.0;
        let film = Film::new(&place, place.mount, &scenery, &conditions, 1);
        let shifts: Vec<Vec2> = (0..50).map(|picture| film.shift(picture)).collect();
        assert!(shifts.iter().all(|shift| shift.abs().max_element() <= 1.5), "{shifts:?}");
        assert!(shifts.iter().any(|shift| shift.length() > 0.5), "{shifts:?}");
        let image = film.develop(film.canvas(&[]), 0);
        let by_hand = moved(&image, Vec2::new(2.0, 1.0));
        assert_eq!(by_hand.get_pixel(42, 31), image.get_pixel(40, 30));
    }

    #[test]
    fn things_are_drawn_over_the_backdrop() {
        let (place, film) = film(Named::ClearDay);
        let mut mesh = crate::sim::street::mesh::Mesh::new();
        let red = crate::sim::street::mesh::Material::matt(255, 0, 0);
        mesh.cuboid(Vec3::Z, Vec3::splat(2.0), red);
        let mut canvas = film.canvas(&[]);
        let at = Affine3A::from_translation(place.kerb_spots[1].at.extend(0.0));
        canvas.draw(&mesh, at, 1, film.light());
        assert!(canvas.extents()[1].seen > 100);
    }
}
