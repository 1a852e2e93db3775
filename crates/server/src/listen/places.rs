//! Places for connections: a number in all, and fewer for each address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Places for connections. One address cannot take all of them, so that others still get in.
#[derive(Debug)]
pub(super) struct Places {
    in_all: usize,
    per_address: usize,
    /// A plain mutex: it is never held across an await.
    taken: Mutex<Taken>,
}

/// Place of one connection, given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

/// Reason why no place is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crowded {
    /// All places are taken.
    Full,
    /// The address has as many places as one may have.
    Address,
}

#[derive(Debug, Default)]
struct Taken {
    in_all: usize,
    by_address: HashMap<IpAddr, usize>,
}

impl Places {
    pub(super) fn new(in_all: usize, per_address: usize) -> Arc<Self> {
        Arc::new(Self { in_all, per_address, taken: Mutex::default() })
    }

    /// Takes a place for a connection from `address`.
    pub(super) fn try_take(self: &Arc<Self>, address: IpAddr) -> Result<Place, Crowded> {
        let address = network_of(address);
        let mut taken = self.lock();
        if taken.in_all >= self.in_all {
            return Err(Crowded::Full);
        }
        let of_address = taken.by_address.entry(address).or_default();
        if *of_address >= self.per_address {
            return Err(Crowded::Address);
        }
        *of_address += 1;
        taken.in_all += 1;
        Ok(Place { places: self.clone(), address })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.in_all -= 1;
        if let Some(of_address) = taken.by_address.get_mut(&self.address) {
            *of_address -= 1;
            if *of_address == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

impl Crowded {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Address => "address",
        }
    }
}

/// Returns the address that counts: with IPv6 its /64, which one household or machine owns whole.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_leaves_places_to_others() {
        let places = Places::new(3, 2);
        let one = [(); 2].map(|()| places.try_take(address("192.0.2.1")).unwrap());
        assert_eq!(places.try_take(address("192.0.2.1")).unwrap_err(), Crowded::Address);
        let other = places.try_take(address("192.0.2.2")).unwrap();
        assert_eq!(places.try_take(address("192.0.2.3")).unwrap_err(), Crowded::Full);
        drop(other);
        assert_eq!(places.try_take(address("192.0.2.1")).unwrap_err(), Crowded::Address);
        drop(one);
        assert!(places.lock().by_address.is_empty());
        assert!(places.try_take(address("192.0.2.1")).is_ok());
    }

    #[test]
    fn an_address_counts_as_its_network() {
        for (one, other, is_same) in [
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
        ] {
            assert_eq!(network_of(address(one)) == network_of(address(other)), is_same, "{one}");
        }
    }
}
