//! Who lives in a world: accounts, their devices and clocks, drawn from the seed.

use super::*;

impl World {
    pub(super) fn people(
        &mut self,
        people: u64,
        faults: Faults,
        medium: &mut dyn FnMut(usize) -> Box<dyn Medium>,
    ) {
        let mut keys = Chance::new(people, 3);
        for person in 0..self.options.accounts {
            let words = self.person(person, &mut keys, faults, medium(person));
            if person == 0 && self.options.second_device {
                self.second_device(&words, &mut keys, faults, medium(self.options.accounts));
            }
        }
        // The second device stands last, so that person and device numbers agree for all others.
        if self.second.is_some() {
            let device = self.devices.remove(1);
            self.devices.push(device);
        }
        let last = self.devices.len() - 1;
        if let Some(second) = &mut self.second {
            second.device = last;
        }
        for a in 0..self.devices.len() {
            for b in a + 1..self.devices.len() {
                self.pairs.push(Pair {
                    devices: (a, b),
                    wait: 0,
                });
            }
        }
    }

    pub(super) fn person(
        &mut self,
        person: usize,
        keys: &mut Chance,
        faults: Faults,
        medium: Box<dyn Medium>,
    ) -> RecoveryWords {
        let name = [
            "Ana", "Bo", "Cy", "Di", "Ed", "Flo", "Gil", "Ha", "Ida", "Jo", "Kim", "Lou",
        ]
        .get(person)
        .copied()
        .unwrap_or("Gus");
        let name = Name::try_from(name.to_owned()).unwrap_or_default();
        let mut rng = Rng::from_seed(keys.bytes32());
        let clock = self.draw_clock();
        let (local, words) = LocalDevice::create(name, clock.now(0), &mut rng);
        let visible = !self.chance.permille(self.options.hidden);
        let config = self.config(visible, faults);
        let mut device = Device::new(&local, person, config, medium, clock);
        let liars = self.options.communities.as_ref();
        let liars = liars.map_or(0, |options| options.liars);
        device.lies = person + liars >= self.options.accounts;
        self.devices.push(device);
        words
    }

    pub(super) fn second_device(
        &mut self,
        words: &RecoveryWords,
        keys: &mut Chance,
        faults: Faults,
        medium: Box<dyn Medium>,
    ) {
        let mut rng = Rng::from_seed(keys.bytes32());
        let clock = self.draw_clock();
        let name = Name::try_from("Ana".to_owned()).unwrap_or_default();
        let mut local = LocalDevice::certify(&words.account_key(), name, clock.now(0), &mut rng);
        let first = self.devices[0].local();
        if let Ok(both) = local.bundle.merge(&first.bundle) {
            local.bundle = both;
        }
        let config = self.config(true, faults);
        self.second = Some(Second {
            device: 0,
            bundle: local.bundle.clone(),
        });
        self.devices
            .push(Device::new(&local, 0, config, medium, clock));
    }

    pub(super) fn draw_clock(&mut self) -> Clock {
        let clocks = &self.options.clocks;
        let offset = self.chance.around(clocks.skew_ms);
        let drift = self.chance.around(clocks.drift_ppm);
        Clock::new(offset, drift)
    }
}
