//! Devices that nobody knows: routes that would answer with nothing say so, and what may have been meant.

use watchme_app::similar_devices;
use watchme_core::DeviceId;

use crate::Service;
use crate::response::ApiError;

/// Refuses a device that has no recordings. Without claims the store lists no devices, and any may be
/// known.
pub(super) async fn refuse_unknown(service: &Service, device: &DeviceId) -> Result<(), ApiError> {
    let Ok(claims) = service.claims() else { return Ok(()) };
    // The store has just answered. If it lists no devices, that is a matter of `/v1/devices`.
    let devices = claims.devices().await.unwrap_or_default();
    if devices.is_empty() || devices.iter().any(|summary| summary.device == *device) {
        return Ok(());
    }
    let near = similar_devices(device, &devices);
    Err(ApiError::UnknownDevice { device: device.clone(), near })
}
