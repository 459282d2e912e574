//! The part of the table of routes that is about cameras.

use axum::http::StatusCode;

use crate::access::Scope;

use super::CameraForm;
use super::CameraSheet;
use super::TrialReport;
use super::ZoneSheet;
use super::camera_setup;
use super::cameras;
use super::door::Need;
use super::route::Route;
use super::route::delete;
use super::route::get;
use super::route::post;
use super::route::put;
use super::routes::LOOK;
use super::zones;

const CAMERA_WORK: Need = Need::dispatcher(&[Scope::Cameras]);
/// What a camera is, and what it is looked at for.
const CAMERA_SETUP: Need = Need::administrator(&[Scope::Cameras]);

pub(super) fn cameras() -> Vec<Route> {
    vec![
        get("/api/scenes", LOOK, cameras::scenes)
            .says("What stands in the pictures of the cameras asked for, at most 100")
            .asks::<String>("camera", "A camera's id; may be given many times")
            .gives::<cameras::SceneList>(),
        get("/api/cameras", LOOK, cameras::list)
            .says("All cameras, in the operator's order")
            .gives::<cameras::CameraList>(),
        get("/api/cameras/{id}", LOOK, cameras::show)
            .says("A camera with its zones and what stands there")
            .gives::<cameras::CameraDetail>(),
        get("/api/cameras/{id}/picture.jpg", LOOK, cameras::picture)
            .says("The picture last looked at")
            .asks::<String>("size", "`small` for a few hundred pixels' width")
            .gives_file("image/jpeg"),
        post("/api/cameras/{id}/retry", CAMERA_WORK, cameras::retry)
            .says("Has a camera tried at once instead of after its wait")
            .gives_nothing(StatusCode::ACCEPTED),
        post("/api/cameras", CAMERA_SETUP, camera_setup::add)
            .says("Takes up one more camera at once and keeps it")
            .takes::<CameraForm>()
            .gives_with::<CameraSheet>(StatusCode::CREATED),
        get("/api/cameras/{id}/form", CAMERA_SETUP, camera_setup::form)
            .says("A camera as it is written, without its password, and where it comes from")
            .gives::<CameraSheet>(),
        put("/api/cameras/{id}", CAMERA_SETUP, camera_setup::change)
            .says("Has a camera go on otherwise at once and keeps that")
            .takes::<CameraForm>()
            .gives::<CameraSheet>(),
        post("/api/cameras/{id}/undo", CAMERA_SETUP, camera_setup::undo)
            .says("Takes a camera's last change back, step by step down to the configuration")
            .gives::<CameraSheet>(),
        delete("/api/cameras/{id}", CAMERA_SETUP, camera_setup::remove)
            .says("Ends a camera that was added here; its cases stay")
            .gives_nothing(StatusCode::NO_CONTENT),
        post("/api/trials", CAMERA_SETUP, camera_setup::try_out)
            .says(
                "Opens a camera once, before it is saved, and tells what comes; within ten seconds",
            )
            .takes::<CameraForm>()
            .gives::<TrialReport>(),
        get("/api/trials/{id}/picture.jpg", CAMERA_SETUP, camera_setup::tried)
            .says("The picture of a trial; only the newest few are kept")
            .gives_file("image/jpeg"),
        get("/api/cameras/{id}/zones", LOOK, zones::show)
            .says("A camera's zones as they are written, and whether they were drawn here")
            .gives::<ZoneSheet>(),
        put("/api/cameras/{id}/zones", CAMERA_SETUP, zones::draw)
            .says("Checks zones, takes them up at once and keeps them")
            .asks::<bool>("check", "`true` only tells their faults")
            .takes::<zones::Drawn>()
            .gives::<ZoneSheet>(),
        post("/api/cameras/{id}/zones/undo", CAMERA_SETUP, zones::undo)
            .says("Takes the last drawing back, step by step down to the configuration")
            .gives::<ZoneSheet>(),
    ]
}
