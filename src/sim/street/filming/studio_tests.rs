//! What light, weather, lens and troubles make of pictures.

use std::sync::Arc;

use glam::Vec2;
use image::RgbImage;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::sim::street::conditions::Conditions;
use crate::sim::street::conditions::Named;
use crate::sim::street::lens::moved;
use crate::sim::street::place::Place;
use crate::sim::street::scenery::Scenery;
use crate::sim::street::thing::Posed;
use crate::sim::street::thing::Thing;
use crate::sim::street::trouble::Trouble;

use super::studio::Setting;
use super::studio::Studio;

const SIZE: (u32, u32) = (352, 288);

fn studio_in(conditions: Conditions) -> Studio {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let place = Place::of(&mut rng, SIZE);
    let scenery = Arc::new(Scenery::of(&place, &mut rng));
    let mount = place.mount;
    Studio::new(place, scenery, &Setting { conditions, mount })
}

fn studio(named: Named) -> Studio {
    studio_in(Conditions::named(named, &mut ChaCha8Rng::seed_from_u64(3)))
}

fn picture(named: Named, number: u64) -> RgbImage {
    studio(named).shoot(&[], number).0
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
        let mean = mean(&picture(named, 0));
        assert!((18.0..215.0).contains(&mean), "{named:?} {mean}");
    }
}

#[test]
fn nights_are_darker_than_days() {
    let [day, night] = [Named::ClearDay, Named::Night].map(|named| mean(&picture(named, 0)));
    assert!(night + 25.0 < day, "{night} {day}");
}

#[test]
fn an_infra_red_night_has_no_colour() {
    let image = picture(Named::InfraRedNight, 0);
    assert!(image.pixels().all(|pixel| pixel.0.iter().all(|value| *value == pixel.0[0])));
}

#[test]
fn snow_falls_anew_in_each_picture_and_the_same_in_the_same_one() {
    assert_eq!(picture(Named::Snow, 4), picture(Named::Snow, 4));
    assert_ne!(picture(Named::Snow, 4), picture(Named::Snow, 5));
}

#[test]
fn headlights_light_the_road_before_a_car_at_night() {
    let mut studio = studio(Named::Night);
    let spot = studio.place.kerb_spots[0];
    let car = Posed { heading: spot.heading, ..Posed::new(Thing::Car, 1, spot.at) };
    let ahead = spot.at + Vec2::from_angle(spot.heading) * 4.0;
    let pixel = studio.view.pixel_of(ahead.extend(0.0)).unwrap();
    let pixel = pixel.clamp(Vec2::ZERO, Vec2::new(351.0, 287.0));
    let mut light = |lit| {
        let (image, _) = studio.shoot(&[Posed { lit, ..car }], 0);
        i32::from(image.get_pixel(pixel.x as u32, pixel.y as u32)[1])
    };
    let (lit, unlit) = (light(true), light(false));
    assert!(lit > unlit + 15, "{lit} {unlit}");
}

#[test]
fn what_was_drawn_for_one_picture_is_gone_from_the_next() {
    for named in [Named::Night, Named::RainyNight, Named::ClearDay] {
        let mut studio = studio(named);
        let empty = studio.shoot(&[], 1).0;
        let spot = studio.place.kerb_spots[0];
        let car = Posed { lit: true, ..Posed::new(Thing::Car, 1, spot.at) };
        assert_ne!(studio.shoot(&[car], 1).0, empty, "{named:?}");
        assert_eq!(studio.shoot(&[], 1).0, empty, "{named:?}");
    }
}

#[test]
fn troubles_leave_nothing_to_be_seen() {
    let good = picture(Named::GreyDay, 0);
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
    let mut conditions = Conditions::plain();
    conditions.lens.shake_px = 3.0;
    let lens = conditions.lens;
    let shifts: Vec<Vec2> = (0..50).map(|number| lens.shift(number, SIZE.0)).collect();
    assert!(shifts.iter().all(|shift| shift.abs().max_element() <= 1.5), "{shifts:?}");
    assert!(shifts.iter().any(|shift| shift.length() > 0.5), "{shifts:?}");
    let image = studio_in(conditions).shoot(&[], 0).0;
    let by_hand = moved(&image, Vec2::new(2.0, 1.0));
    assert_eq!(by_hand.get_pixel(42, 31), image.get_pixel(40, 30));
}
