//! Where a picture lies in the tensor of a model, and the way back.

use crate::geometry::BoxInImage;

use super::tensor::Resize;

/// The part of a tensor that shows the picture, in tensor pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    pub left: u32,
    pub top: u32,
    /// At least 1.
    pub width: u32,
    /// At least 1.
    pub height: u32,
}

impl Placement {
    /// How a picture of `image` (width, height) lies in a tensor of `tensor` (width, height).
    #[must_use]
    pub fn of(image: (u32, u32), tensor: (u32, u32), resize: Resize) -> Self {
        let (width, height) = match resize {
            Resize::Stretch => tensor,
            Resize::LetterboxTopLeft => scaled(image, tensor, f64::floor),
            Resize::LetterboxCenter => scaled(image, tensor, f64::round),
        };
        let (left, top) = match resize {
            Resize::LetterboxCenter => ((tensor.0 - width) / 2, (tensor.1 - height) / 2),
            Resize::LetterboxTopLeft | Resize::Stretch => (0, 0),
        };
        Self { left, top, width, height }
    }

    /// The box in the picture for a box `[x0, y0, x1, y1]` in tensor pixels;
    /// nothing if it is not finite or lies beside the picture.
    #[must_use]
    pub fn image_from_tensor(&self, box_in_tensor: [f32; 4]) -> Option<BoxInImage> {
        if !box_in_tensor.iter().all(|side| side.is_finite()) {
            return None;
        }
        let [x0, y0, x1, y1] = box_in_tensor;
        let x = |x: f32| (x - self.left as f32) / self.width as f32;
        let y = |y: f32| (y - self.top as f32) / self.height as f32;
        let found = BoxInImage::clipped(x(x0), y(y0), x(x1), y(y1));
        (found.area() > 0.0).then_some(found)
    }
}

/// The largest size of the picture's proportions that fits.
fn scaled(image: (u32, u32), tensor: (u32, u32), round: fn(f64) -> f64) -> (u32, u32) {
    let (image_width, image_height) = (f64::from(image.0.max(1)), f64::from(image.1.max(1)));
    let scale = (f64::from(tensor.0) / image_width).min(f64::from(tensor.1) / image_height);
    // The side that decides the scale must not lose a pixel to rounding.
    let side = |side: f64, max: u32| (round(side * scale + 1e-6) as u32).clamp(1, max);
    (side(image_width, tensor.0), side(image_height, tensor.1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_resize() -> impl Strategy<Value = Resize> {
        prop_oneof![
            Just(Resize::LetterboxTopLeft),
            Just(Resize::LetterboxCenter),
            Just(Resize::Stretch)
        ]
    }

    proptest! {
        #[test]
        fn a_box_comes_back_to_where_it_was(
            image in (1u32..4000, 1u32..4000),
            tensor in (32u32..1300, 32u32..1300),
            resize in any_resize(),
            (x0, y0) in (0.0f32..0.5, 0.0f32..0.5),
        ) {
            let placed = Placement::of(image, tensor, resize);
            prop_assert!(placed.left + placed.width <= tensor.0);
            prop_assert!(placed.top + placed.height <= tensor.1);
            let x = |share: f32| placed.left as f32 + share * placed.width as f32;
            let y = |share: f32| placed.top as f32 + share * placed.height as f32;
            let back = placed.image_from_tensor([x(x0), y(y0), x(x0 + 0.5), y(y0 + 0.5)]).unwrap();
            let off = |a: f32, b: f32| (a - b).abs() * 4000.0;
            prop_assert!(off(back.x0(), x0) < 2.0 && off(back.y1(), y0 + 0.5) < 2.0);
        }
    }

    #[test]
    fn letterboxes_lie_where_the_models_expect_them() {
        let check = |resize, left, top, width, height| {
            let placed = Placement::of((1920, 1080), (416, 416), resize);
            assert_eq!(placed, Placement { left, top, width, height });
        };
        check(Resize::LetterboxTopLeft, 0, 0, 416, 234);
        check(Resize::LetterboxCenter, 0, 91, 416, 234);
        check(Resize::Stretch, 0, 0, 416, 416);
    }

    #[test]
    fn what_is_no_box_in_the_picture_is_dropped() {
        let placed = Placement { left: 0, top: 0, width: 100, height: 50 };
        for hostile in [[f32::NAN, 0.0, 1.0, 1.0], [0.0, 0.0, f32::INFINITY, 1.0]] {
            assert_eq!(placed.image_from_tensor(hostile), None);
        }
        assert_eq!(placed.image_from_tensor([10.0, 60.0, 20.0, 90.0]), None);
    }
}
