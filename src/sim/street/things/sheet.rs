//! All things in several looks: a contact sheet for the eye, and what must hold for each of them.

use glam::Vec2;
use glam::Vec3;
use image::RgbImage;
use image::imageops;

use super::dice::Dice;
use super::footprint;
use super::mesh_of;
use crate::sim::street::canvas::Canvas;
use crate::sim::street::canvas::SCENERY;
use crate::sim::street::light::Light;
use crate::sim::street::mesh::Material;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::thing::Fill;
use crate::sim::street::thing::GarbageStyle;
use crate::sim::street::thing::Pose;
use crate::sim::street::thing::Posed;
use crate::sim::street::thing::Rider;
use crate::sim::street::thing::StallStyle;
use crate::sim::street::thing::Thing;
use crate::sim::street::view::Mount;
use crate::sim::street::view::View;

/// With the most triangles that each may have.
fn all() -> Vec<(Thing, usize)> {
    let riders = [Rider::On, Rider::Away];
    let fills = [Fill::Closed, Fill::Full, Fill::Overflowing];
    let mut all = vec![
        (Thing::Car, 1200),
        (Thing::Van, 1200),
        (Thing::Truck, 1500),
        (Thing::SanitationTruck, 1500),
        (Thing::Bus, 1200),
        (Thing::Umbrella, 300),
        (Thing::Tent, 300),
        (Thing::Cone, 300),
        (Thing::Planter, 1000),
        (Thing::Statue, 800),
        (Thing::Kiosk, 500),
        (Thing::Bollard, 300),
        (Thing::StreetSign, 300),
        (Thing::Parcels, 1000),
        (Thing::HandTruck, 900),
        (Thing::Leaves, 800),
        (Thing::Puddle, 100),
        (Thing::RoadBarrier, 600),
        (Thing::Bench, 200),
    ];
    all.extend(riders.map(|rider| (Thing::Tricycle(rider), 2200)));
    all.extend(riders.map(|rider| (Thing::Bicycle(rider), 1700)));
    all.extend(riders.map(|rider| (Thing::EBike(rider), 2200)));
    let poses = [Pose::Standing, Pose::Walking, Pose::Bent, Pose::Sitting];
    all.extend(poses.map(|pose| (Thing::Person(pose), 800)));
    let stalls = [
        StallStyle::Table,
        StallStyle::Cart,
        StallStyle::Tricycle,
        StallStyle::Umbrella,
        StallStyle::Spread,
        StallStyle::Rail,
    ];
    all.extend(stalls.map(|style| (Thing::Stall(style), 3000)));
    let garbage = [
        GarbageStyle::Bags,
        GarbageStyle::Heap,
        GarbageStyle::Boxes,
        GarbageStyle::Rubble,
        GarbageStyle::Bulky,
    ];
    all.extend(garbage.map(|style| (Thing::Garbage(style), 2200)));
    all.extend(fills.map(|fill| (Thing::Bin(fill), 2800)));
    all.extend(fills.map(|fill| (Thing::Container(fill), 3000)));
    all
}

fn posed(thing: Thing, look: u64) -> Posed {
    Posed::new(thing, look, Vec2::ZERO)
}

fn bounds(mesh: &Mesh) -> (Vec3, Vec3) {
    let corners = || mesh.triangles.iter().flat_map(|triangle| triangle.corners);
    let least = corners().fold(Vec3::INFINITY, |least, corner| least.min(corner.position));
    let most = corners().fold(Vec3::NEG_INFINITY, |most, corner| most.max(corner.position));
    (least, most)
}

#[test]
fn every_thing_stands_on_the_ground_within_its_footprint_and_budget() {
    let mut faults = Vec::new();
    for (thing, budget) in all() {
        let most = (0..60).find_map(|look| fault(thing, look, budget));
        faults.extend(most);
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

fn fault(thing: Thing, look: u64, budget: usize) -> Option<String> {
    let mesh = mesh_of(&posed(thing, look));
    let (least, most) = bounds(&mesh);
    let reach = least.abs().max(most.abs()).truncate() * 2.0;
    let normals = || mesh.triangles.iter().flat_map(|triangle| triangle.corners);
    let finite =
        least.is_finite() && most.is_finite() && normals().all(|corner| corner.normal.is_finite());
    let grounded = (-0.04..0.06).contains(&least.z) && most.z < 3.8;
    let within = reach.cmple(footprint(thing) + 0.9).all();
    let count = mesh.triangles.len();
    let sound = finite && grounded && within && count <= budget && count > 0;
    let told = format!("{thing:?} {look}: {least} to {most}, {count} triangles of {budget}");
    (!sound).then_some(told)
}

#[test]
fn the_same_look_gives_the_same_thing_and_another_look_another() {
    for (thing, _) in all() {
        let [first, again, other] = [7, 7, 8].map(|look| mesh_of(&posed(thing, look)));
        assert_eq!(first.triangles, again.triangles, "{thing:?}");
        assert_eq!(first.materials, again.materials, "{thing:?}");
        let same = first.triangles == other.triangles && first.materials == other.materials;
        assert!(!same, "{thing:?} looks the same in two looks");
    }
}

#[test]
fn legs_and_wheels_move_with_the_phase_and_keep_their_colours() {
    let things = [
        Thing::Person(Pose::Walking),
        Thing::Car,
        Thing::Bicycle(Rider::On),
        Thing::Tricycle(Rider::On),
        Thing::Bus,
    ];
    for thing in things {
        let still = mesh_of(&posed(thing, 3));
        let moved = mesh_of(&Posed { phase: 0.3, ..posed(thing, 3) });
        assert_ne!(still.triangles, moved.triangles, "{thing:?}");
        assert_eq!(still.materials, moved.materials, "{thing:?}");
    }
}

#[test]
fn lamps_shine_when_lit() {
    for thing in [Thing::Car, Thing::Truck, Thing::Bus, Thing::EBike(Rider::On)] {
        let glows = |lit: bool| {
            let mesh = mesh_of(&Posed { lit, ..posed(thing, 5) });
            mesh.materials.iter().filter(|material| material.glow > 1.0).count()
        };
        assert!(glows(true) > glows(false), "{thing:?}");
    }
}

#[test]
fn a_pile_grows_by_what_is_added_to_it() {
    let style = Thing::Garbage(GarbageStyle::Bags);
    for look in 0..20 {
        let at = |scale: f32| {
            let posed = Posed { scale, ..posed(style, look) };
            let mesh = mesh_of(&posed);
            (mesh.triangles.len(), bounds(&mesh).1.z * scale)
        };
        let [(few, low), (many, high)] = [at(0.3), at(1.0)];
        assert!(few < many, "{look}: {few} and {many} triangles");
        assert!(low > 0.1 && low <= high + 0.2, "{look}: {low} m and {high} m high");
    }
}

const TILE: (u32, u32) = (236, 180);
const COLUMNS: u64 = 8;
const ROWS_A_SHEET: usize = 8;

/// Draws contact sheets where `XUNJIE_SHEET` names a folder for them; else one small picture.
#[test]
fn a_contact_sheet_can_be_drawn() {
    let Ok(folder) = std::env::var("XUNJIE_SHEET") else {
        let picture = tile(Thing::Car, 1);
        assert!(picture.pixels().any(|pixel| pixel != picture.get_pixel(0, 0)));
        return;
    };
    let only = std::env::var("XUNJIE_SHEET_ONLY").unwrap_or_default();
    let wanted = |thing: &Thing| format!("{thing:?}").contains(&only);
    let things: Vec<Thing> = all().into_iter().map(|(thing, _)| thing).filter(wanted).collect();
    for (number, rows) in things.chunks(ROWS_A_SHEET).enumerate() {
        let height = TILE.1 * rows.len() as u32;
        let mut sheet = RgbImage::new(TILE.0 * COLUMNS as u32, height);
        for (row, thing) in rows.iter().enumerate() {
            for look in 0..COLUMNS {
                let (x, y) = (look as u32 * TILE.0, row as u32 * TILE.1);
                imageops::replace(&mut sheet, &tile(*thing, look), x.into(), y.into());
            }
        }
        sheet.save(format!("{folder}/sheet-{number}.png")).unwrap();
    }
}

/// One thing as a camera on a pole of 5 m sees it, near or far, in sun or under clouds.
fn tile(thing: Thing, look: u64) -> RgbImage {
    let dice = &mut Dice::of(look * 31 + 5);
    let size = footprint(thing).max_element();
    let away = if look % 4 == 3 { 18.0 } else { 7.0 + size * 0.5 };
    let focal = if look % 4 == 3 { 900.0 } else { 150.0 * away / size.max(1.6) };
    let position = Vec3::new(-away, 0.0, 5.0);
    let mount = Mount {
        position,
        heading: 0.0,
        pitch: ((5.0 - size.min(1.4) * 0.5) / away).atan(),
        field: 2.0 * (TILE.0 as f32 / 2.0 / focal).atan(),
        size: TILE,
    };
    let mut canvas = Canvas::new(View::new(mount), 2);
    let sunny = look.is_multiple_of(2);
    let light = if sunny { Light::sunny(Vec3::new(-0.3, 0.7, 0.8)) } else { Light::overcast() };
    let mut ground = Mesh::new();
    let corners = [(-9.0, -60.0), (90.0, -60.0), (90.0, 60.0), (-9.0, 60.0)];
    let asphalt = Material::matt(118, 117, 115).grained(0.12, 0.05);
    ground.polygon(&corners.map(|(x, y)| Vec3::new(x, y, 0.0)), asphalt);
    canvas.draw(&ground, glam::Affine3A::IDENTITY, SCENERY, &light);
    let heading = dice.between(-3.1, 3.1);
    let posed = Posed { heading, phase: dice.between(0.0, 1.0), ..posed(thing, look) };
    let mesh = mesh_of(&posed);
    canvas.draw(&mesh, posed.world_from_thing(), 1, &light);
    canvas.draw_shadow(&mesh, posed.world_from_thing(), 0.0, &light);
    canvas.develop(1.0)
}
