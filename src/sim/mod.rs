//! Cameras that are not there: clips served over RTSP.
