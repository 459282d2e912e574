//! The camera and what it is pointed at: the scenery is drawn once, the things anew for each picture.

use std::collections::HashMap;
use std::sync::Arc;

use glam::Vec2;
use glam::Vec3;
use image::RgbImage;

use crate::geometry::BoxInImage;
use crate::sim::street::canvas::Canvas;
use crate::sim::street::canvas::Extent;
use crate::sim::street::conditions::Conditions;
use crate::sim::street::daylight::headlights;
use crate::sim::street::lens::expose;
use crate::sim::street::lens::moved;
use crate::sim::street::lens::soften;
use crate::sim::street::light::Light;
use crate::sim::street::mesh::Mesh;
use crate::sim::street::place::Place;
use crate::sim::street::scenery::Scenery;
use crate::sim::street::story::Glimpse;
use crate::sim::street::thing::Pose;
use crate::sim::street::thing::Posed;
use crate::sim::street::thing::Rider;
use crate::sim::street::thing::Thing;
use crate::sim::street::things::mesh_of;
use crate::sim::street::view::Mount;
use crate::sim::street::view::View;
use crate::sim::street::weather::Weather;

use super::boxes;

/// Two by two samples a pixel make smooth edges.
const SAMPLES_PER_SIDE: usize = 2;
/// Share of light that a wet road mirrors.
const MIRRORED: f32 = 0.2;
/// Noise that a picture of the darkest night has, in steps of 255.
const NIGHT_NOISE: f32 = 4.0;
/// Gaits are drawn in so many steps of a turn, so that shapes can be kept.
const GAIT_STEPS: f32 = 12.0;
/// Shapes kept; a street has less than a hundred things of a dozen gaits.
const SHAPES_MAX: usize = 3_000;

/// A thing in a picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    pub(crate) posed: Posed,
    /// Where it is seen.
    pub(crate) extent: Extent,
    /// As if nothing hid it.
    pub(crate) whole: Option<Glimpse>,
}

impl Shown {
    /// Share of what is within the picture that nothing hides.
    pub(crate) fn visible(&self) -> f32 {
        self.extent.seen as f32 / self.extent.samples.max(1) as f32
    }

    /// The box around what is seen of it, if anything is.
    pub(crate) fn seen_box(&self, size: (u32, u32)) -> Option<BoxInImage> {
        let (width, height) = (size.0 as f32, size.1 as f32);
        let (least, most) = (self.extent.least, self.extent.most);
        (self.extent.seen > 0).then(|| {
            BoxInImage::clipped(least.x / width, least.y / height, most.x / width, most.y / height)
        })
    }
}

/// How a camera is used for one reel: hour, weather, lens, and its mount if that is not the place's.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) conditions: Conditions,
    pub(crate) mount: Mount,
}

pub(crate) struct Studio {
    pub(crate) place: Place,
    pub(crate) view: View,
    scenery: Arc<Scenery>,
    conditions: Conditions,
    light: Light,
    exposure: f32,
    /// The scenery, and what is drawn over it and washed off again.
    clean: Canvas,
    work: Canvas,
    clean_picture: RgbImage,
    gains: Vec<u16>,
    shapes: HashMap<(Thing, u64, bool, u8), Arc<Mesh>>,
}

impl Studio {
    /// Draws the scenery with its shadows, once.
    pub(crate) fn new(place: Place, scenery: Arc<Scenery>, setting: &Setting) -> Self {
        let mut conditions = setting.conditions;
        if matches!(conditions.weather, Weather::Glare(_)) {
            // The sun goes down where this camera looks to, a little beside.
            let aside = 0.3 * conditions.daylight.noon_from.sin();
            let daylight = conditions.daylight.with_sun_towards(place.mount.heading + aside);
            conditions.daylight = daylight;
        }
        let view = View::new(setting.mount);
        let empty = Canvas::new(view, SAMPLES_PER_SIDE);
        let mut studio = Self {
            gains: conditions.lens.gains(setting.mount.size),
            light: conditions.daylight.light(&scenery, &place.mount),
            place,
            view,
            scenery,
            conditions,
            exposure: 1.0,
            clean: empty.clone(),
            work: empty,
            clean_picture: RgbImage::new(0, 0),
            shapes: HashMap::new(),
        };
        studio.draw_scenery();
        studio
    }

    /// The same camera at another place on its pole, or turned.
    pub(crate) fn with_mount(&self, mount: Mount) -> Self {
        let setting = Setting { conditions: self.conditions, mount };
        Self::new(self.place.clone(), Arc::clone(&self.scenery), &setting)
    }

    /// Lets the sun go on to another hour.
    pub(crate) fn set_hour(&mut self, hour: f32) {
        self.conditions.daylight.hour = hour;
        self.draw_scenery();
    }

    pub(crate) const fn hour(&self) -> f32 {
        self.conditions.daylight.hour
    }

    fn draw_scenery(&mut self) {
        let Conditions { daylight, weather, .. } = self.conditions;
        self.light = daylight.light(&self.scenery, &self.place.mount);
        self.exposure = self.light.exposure();
        let mut clean = Canvas::new(self.view, SAMPLES_PER_SIDE);
        weather.on(&self.scenery).draw(&mut clean, &self.light);
        clean.paint_sky(|up| daylight.sky(&self.light, up));
        if matches!(weather, Weather::Rain(_) | Weather::Wet) {
            // Only the street is mirrored: things would cost as much again in each picture.
            clean.mirror(MIRRORED);
        }
        weather.veil(&mut clean, &self.light);
        clean.begin_layer();
        self.clean_picture = clean.develop(self.exposure);
        self.work = clean.clone();
        self.clean = clean;
    }

    /// Whether lamps are lit.
    pub(crate) fn dark(&self) -> bool {
        !self.light.lamps.is_empty()
    }

    /// How the thing would be seen if it were alone.
    pub(crate) fn glimpse(&mut self, posed: &Posed) -> Option<Glimpse> {
        self.glimpses(std::slice::from_ref(posed)).pop().flatten()
    }

    /// How each of these things would be seen if nothing else stood there.
    pub(crate) fn glimpses(&mut self, things: &[Posed]) -> Vec<Option<Glimpse>> {
        let shapes: Vec<Arc<Mesh>> = things.iter().map(|posed| self.shape(posed)).collect();
        for (owner, (posed, mesh)) in (1..).zip(things.iter().zip(&shapes)) {
            self.work.draw(mesh, posed.world_from_thing(), owner, &self.light);
        }
        let shown = self.shown(things, &shapes, Vec2::ZERO);
        self.work.wash(&self.clean);
        let glimpse = |one: &Shown| {
            let drawn = one.extent.samples > 0;
            one.whole.filter(|_| drawn).map(|whole| Glimpse { seen: one.visible(), ..whole })
        };
        shown.iter().map(glimpse).collect()
    }

    /// The street with these things on it, as the camera sends it. `number` is the picture's.
    pub(crate) fn shoot(&mut self, things: &[Posed], number: u64) -> (RgbImage, Vec<Shown>) {
        let shapes: Vec<Arc<Mesh>> = things.iter().map(|posed| self.shape(posed)).collect();
        let mut light = self.light.clone();
        if self.dark() {
            let beams = headlights(things);
            self.work.shine(&beams);
            light.lamps.extend(beams);
        }
        for (posed, mesh) in things.iter().zip(&shapes) {
            let world = posed.world_from_thing();
            self.work.draw_shadow(mesh, world, posed.floor_m, &light);
        }
        for (owner, (posed, mesh)) in (1..).zip(things.iter().zip(&shapes)) {
            self.work.draw(mesh, posed.world_from_thing(), owner, &light);
        }
        let shift = self.conditions.lens.shift(number, self.view.mount().size.0);
        let shown = self.shown(things, &shapes, shift);
        let picture = self.develop(shift, number);
        self.work.wash(&self.clean);
        (picture, shown)
    }

    fn shown(&self, things: &[Posed], shapes: &[Arc<Mesh>], shift: Vec2) -> Vec<Shown> {
        let extents = self.work.extents();
        let each = things.iter().zip(shapes).enumerate().map(|(number, (posed, mesh))| {
            let extent = extents.get(number + 1).copied().unwrap_or_default();
            let moved = Extent { least: extent.least + shift, most: extent.most + shift, ..extent };
            Shown {
                posed: *posed,
                extent: moved,
                whole: boxes::glimpse(&self.view, mesh, posed, 0.0),
            }
        });
        each.collect()
    }

    /// From the canvas to the picture: what air, lens and sensor add.
    fn develop(&mut self, shift: Vec2, number: u64) -> RgbImage {
        let Conditions { daylight, weather, lens } = self.conditions;
        weather.veil_things(&mut self.work, &self.light);
        let mut picture = self.clean_picture.clone();
        self.work.develop_onto(&mut picture, self.exposure);
        let day = daylight.share();
        let sun = self.view.pixel_of(self.view.mount().position + self.light.sun_from * 1000.0);
        weather.fall(&mut picture, lens.seed, number, sun, 0.3 + 0.7 * day);
        if shift != Vec2::ZERO {
            picture = moved(&picture, shift);
        }
        soften(&mut picture, lens.softness);
        let dark = (1.0 - day).powi(2);
        let noise = lens.noise * (1.0 + 0.5 * dark) + NIGHT_NOISE * dark;
        let (cast, saturation) = if daylight.infra_red() {
            (Vec3::ONE, 0.0)
        } else {
            (lens.cast, lens.saturation * (1.0 - 0.35 * dark))
        };
        let seed = lens.seed ^ (number + 1).wrapping_mul(0xd1b5_4a32_d192_ed03);
        expose(&mut picture, &self.gains, cast, saturation, noise, seed);
        picture
    }

    /// The shape of a thing; kept, as most do not change from picture to picture.
    pub(crate) fn shape(&mut self, posed: &Posed) -> Arc<Mesh> {
        let walks = matches!(
            posed.thing,
            Thing::Person(Pose::Walking) | Thing::Bicycle(Rider::On) | Thing::EBike(Rider::On)
        );
        let gait = if walks { (posed.phase.rem_euclid(1.0) * GAIT_STEPS) as u8 } else { 0 };
        let key = (posed.thing, posed.look, posed.lit, gait);
        if let Some(mesh) = self.shapes.get(&key) {
            return Arc::clone(mesh);
        }
        if self.shapes.len() >= SHAPES_MAX {
            self.shapes.clear();
        }
        let phase = f32::from(gait) / GAIT_STEPS;
        let mesh = Arc::new(mesh_of(&Posed { phase, ..*posed }));
        self.shapes.insert(key, Arc::clone(&mesh));
        mesh
    }
}
