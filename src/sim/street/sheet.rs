//! Sheets of pictures to look at: `XUNJIE_SHEET=DIR cargo test --lib sim::street::sheet` writes them.

use std::path::PathBuf;

use glam::Vec3;
use image::RgbImage;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::conditions::Conditions;
use super::conditions::Named;
use super::film::Film;
use super::mesh::Material;
use super::mesh::Mesh;
use super::place::Place;
use super::scenery::Scenery;
use super::thing::Posed;
use super::thing::Thing;
use super::trouble::Trouble;

const TILE: (u32, u32) = (704, 576);

/// A box on every spot, for the things that another module draws.
fn placeholders(place: &Place) -> Vec<(Posed, Vec3)> {
    let cars = place.kerb_spots.iter().chain(&place.berths);
    let cars = cars.map(|spot| (spot, Thing::Car, Vec3::new(4.6, 1.9, 1.5)));
    let stalls = place.pavement_spots.iter().chain([&place.vending_point]);
    let stalls = stalls.map(|spot| (spot, Thing::Umbrella, Vec3::new(1.2, 1.2, 1.1)));
    let bins = place.bin_spots.iter().chain([&place.collection_point]);
    let bins = bins.map(|spot| (spot, Thing::Cone, Vec3::new(0.5, 0.5, 0.9)));
    let doors = place.shop_doors.iter();
    let doors = doors.map(|spot| (spot, Thing::Parcels, Vec3::new(0.4, 0.5, 1.7)));
    let bus = [(&place.bus_stop, Thing::Bus, Vec3::new(11.0, 2.5, 3.0))];
    let all = cars.chain(stalls).chain(bins).chain(doors).chain(bus).enumerate();
    all.map(|(at, (spot, thing, size))| {
        let posed = Posed::new(thing, at as u64, spot.at);
        (Posed { heading: spot.heading, floor_m: spot.floor_m, lit: at % 2 == 0, ..posed }, size)
    })
    .collect()
}

fn picture(seed: u64, named: Named, things: bool) -> RgbImage {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let place = Place::of(&mut rng, TILE);
    let scenery = Scenery::of(&place, &mut rng);
    let conditions = Conditions::named(named, &mut rng);
    let film = Film::new(&place, place.mount, &scenery, &conditions, 2);
    let all = if things { placeholders(&place) } else { Vec::new() };
    let posed: Vec<Posed> = all.iter().map(|(posed, _)| *posed).collect();
    let mut canvas = film.canvas(&posed);
    let light = film.light_with(&posed);
    let shape = |at: usize, size: Vec3| {
        let mut mesh = Mesh::new();
        let tone = (at * 67 % 160 + 60) as u8;
        let material = Material::matt(tone, 255 - tone, (at * 31 % 200) as u8).glossy(0.05);
        mesh.cuboid(Vec3::Z * size.z / 2.0, size, material);
        mesh
    };
    for (at, (posed, size)) in all.iter().enumerate() {
        let world = posed.world_from_thing();
        canvas.draw_shadow(&shape(at, *size), world, posed.floor_m, &light);
    }
    for (at, (posed, size)) in all.iter().enumerate() {
        let world = posed.world_from_thing();
        canvas.draw(&shape(at, *size), world, at as u16 + 1, &light);
    }
    film.develop(canvas, 7)
}

fn sheet(pictures: &[RgbImage], columns: u32) -> RgbImage {
    let (width, height) = (TILE.0, TILE.1);
    let rows = (pictures.len() as u32).div_ceil(columns);
    let mut sheet = RgbImage::new(columns * width, rows * height);
    for (at, picture) in (0_u32..).zip(pictures) {
        let (x, y) = (at % columns * width, at / columns * height);
        image::imageops::replace(&mut sheet, picture, i64::from(x), i64::from(y));
    }
    sheet
}

#[test]
fn sheets_are_written_where_asked_for() {
    let Some(folder) = std::env::var_os("XUNJIE_SHEET").map(PathBuf::from) else {
        eprintln!("skipped: XUNJIE_SHEET is absent");
        return;
    };
    let seeds: Vec<RgbImage> =
        (20..26).map(|seed| picture(seed, Named::ClearDay, seed % 3 != 0)).collect();
    sheet(&seeds, 3).save(folder.join("seeds.png")).unwrap();
    let all: Vec<RgbImage> =
        (30..).zip(Named::ALL).map(|(seed, named)| picture(seed, named, seed % 4 != 0)).collect();
    sheet(&all, 3).save(folder.join("named.png")).unwrap();
    let troubles = [Trouble::Covered, Trouble::Blinded, Trouble::OutOfFocus];
    let all: Vec<RgbImage> = (40..)
        .zip(troubles)
        .map(|(seed, trouble)| {
            let mut image = picture(seed, Named::GreyDay, true);
            trouble.befall(&mut image, seed);
            image
        })
        .collect();
    sheet(&all, 3).save(folder.join("troubles.png")).unwrap();
}
