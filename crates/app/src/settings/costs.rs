//! Parses the price of the machine.

use super::CostSettings;
use crate::reader::Reader;
use crate::variables as var;

pub(super) fn read(reader: &mut Reader<'_>) -> Option<CostSettings> {
    let hourly_price = reader.optional(&var::HOURLY_PRICE, price);
    let currency = reader.value(&var::CURRENCY, currency);
    Some(CostSettings { hourly_price: hourly_price.ok()?, currency: currency? })
}

/// Parses a decimal number without sign or exponent.
fn price(text: &str) -> Result<f64, String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let price = text.parse().ok().filter(|price: &f64| is_plain && price.is_finite());
    price.ok_or_else(|| "write a decimal number, such as `0.0416`".to_owned())
}

fn currency(text: &str) -> Result<String, String> {
    if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Ok(text.to_owned());
    }
    Err("write three capital letters, such as `USD` or `JPY`".to_owned())
}
