//! Recovery words, the six words, safety numbers and ids as people type and compare them.

use proptest::prelude::*;
use protocol::crypto::{Hash32, NotAuthentic, Rng};
use protocol::identity::words::opens;
use protocol::identity::{
    AccountId, DeviceId, IdError, RecoveryWords, SafetyNumber, ScanFault, WordsError, commit,
    device_uuid, six_words,
};

#[path = "vectors/people.rs"]
mod people;

/// BIP-39's own test vector for 256 bits of 7f.
const LEGAL_WINNER: &str = "legal winner thank year wave sausage worth useful legal winner thank year \
    wave sausage worth useful legal winner thank year wave sausage worth title";

#[test]
fn recovery_words_are_bip_39() {
    let words = RecoveryWords::from_entropy(&[0x7f; 32]);
    assert_eq!(*words.phrase(), LEGAL_WINNER);
    assert_eq!(RecoveryWords::parse(LEGAL_WINNER), Ok(words));
}

#[test]
fn typed_words_may_be_spaced_and_cased_freely() {
    let typed = LEGAL_WINNER.to_uppercase().replace(' ', "\n \t");
    assert_eq!(RecoveryWords::parse(&typed).unwrap().entropy(), &[0x7f; 32]);
}

#[test]
fn a_wrong_word_is_named_by_its_place() {
    assert_eq!(
        RecoveryWords::parse(""),
        Err(WordsError::Count { found: 0 })
    );
    let short = LEGAL_WINNER.rsplit_once(' ').unwrap().0;
    assert_eq!(
        RecoveryWords::parse(short),
        Err(WordsError::Count { found: 23 })
    );
    let misspelt = LEGAL_WINNER.replacen("thank", "thnak", 1);
    assert_eq!(
        RecoveryWords::parse(&misspelt),
        Err(WordsError::UnknownWord { position: 3 })
    );
    let swapped = LEGAL_WINNER.replacen("legal winner", "winner legal", 1);
    assert_eq!(RecoveryWords::parse(&swapped), Err(WordsError::Checksum));
}

#[test]
fn the_same_words_give_the_same_account_and_others_another() {
    let mut rng = Rng::from_seed([1; 32]);
    let words = RecoveryWords::generate(&mut rng);
    let other = RecoveryWords::generate(&mut rng);
    let typed = RecoveryWords::parse(&words.phrase()).unwrap();
    assert_eq!(typed.account_key().id(), words.account_key().id());
    assert_ne!(other.account_key().id(), words.account_key().id());
}

#[test]
fn sealed_entropy_opens_only_with_its_key_for_its_account() {
    let mut rng = Rng::from_seed([1; 32]);
    let words = RecoveryWords::generate(&mut rng);
    let account = words.account_key().id();
    let sealed = words.seal(&[5; 32], &mut rng);
    assert_eq!(sealed.open(&[5; 32], &account), Ok(words.clone()));
    assert_eq!(sealed.open(&[6; 32], &account), Err(NotAuthentic));
    assert_eq!(
        sealed.open(&[5; 32], &AccountId([0; 32])),
        Err(NotAuthentic)
    );
    let mut altered = sealed.clone();
    altered.0.0[30] ^= 1;
    assert_eq!(altered.open(&[5; 32], &account), Err(NotAuthentic));
    assert_ne!(
        words.seal(&[5; 32], &mut rng),
        sealed,
        "a nonce serves once"
    );
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let words = RecoveryWords::from_entropy(&[0x7f; 32]);
    let shown = format!("{words:?} {:?}", words.account_key());
    assert!(!shown.contains("127") && !shown.contains("7f7f") && !shown.contains("legal"));
}

proptest! {
    #[test]
    fn six_words_depend_on_everything_that_was_exchanged(
        a in any::<[u8; 32]>(), b in any::<[u8; 32]>(), r in any::<[u8; 32]>(), n in any::<[u8; 32]>(), at in 0_usize..32,
    ) {
        let words = six_words(&AccountId(a), &AccountId(b), &r, &n);
        prop_assert!(words.iter().all(|word| !word.is_empty()));
        let flip = |mut bytes: [u8; 32]| { bytes[at] ^= 1; bytes };
        prop_assert_ne!(words, six_words(&AccountId(flip(a)), &AccountId(b), &r, &n));
        prop_assert_ne!(words, six_words(&AccountId(a), &AccountId(flip(b)), &r, &n));
        prop_assert_ne!(words, six_words(&AccountId(a), &AccountId(b), &flip(r), &n));
        prop_assert_ne!(words, six_words(&AccountId(a), &AccountId(b), &r, &flip(n)));
        prop_assert_ne!(words, six_words(&AccountId(b), &AccountId(a), &r, &n));
    }

    #[test]
    fn a_commitment_opens_to_one_nonce_of_one_account(nonce in any::<[u8; 32]>(), id in any::<[u8; 32]>(), at in 0_usize..32) {
        let commitment = commit(&nonce, &AccountId(id));
        prop_assert!(opens(&commitment, &nonce, &AccountId(id)));
        let flip = |mut bytes: [u8; 32]| { bytes[at] ^= 1; bytes };
        prop_assert!(!opens(&commitment, &flip(nonce), &AccountId(id)));
        prop_assert!(!opens(&commitment, &nonce, &AccountId(flip(id))));
        prop_assert!(!opens(&Hash32(flip(commitment.0)), &nonce, &AccountId(id)));
    }

    #[test]
    fn ids_survive_text(bytes in any::<[u8; 32]>()) {
        let text = AccountId(bytes).to_string();
        prop_assert_eq!(text.len(), 52);
        prop_assert_eq!(&text.to_lowercase(), &text);
        prop_assert_eq!(text.parse::<AccountId>(), Ok(AccountId(bytes)));
        prop_assert_eq!(text.to_uppercase().parse::<DeviceId>(), Ok(DeviceId(bytes)));
    }

    #[test]
    fn no_text_makes_an_id_panic(text in "\\PC{0,60}") {
        let _either: Result<AccountId, IdError> = text.parse();
    }
}

#[test]
fn wrong_id_text_is_explained() {
    let good = AccountId([1; 32]).to_string();
    assert_eq!(
        good[1..].parse::<AccountId>(),
        Err(IdError::Length { found: 51 })
    );
    let with_one = format!("{}1{}", &good[..9], &good[10..]);
    assert_eq!(
        with_one.parse::<AccountId>(),
        Err(IdError::Character { position: 10 })
    );
    let with_umlaut = format!("é{}ß{}", &good[1..9], &good[10..]);
    assert_eq!(
        with_umlaut.parse::<AccountId>(),
        Err(IdError::Character { position: 1 })
    );
    let bits_behind_the_end = format!("{}b", &good[..51]);
    assert_eq!(
        bits_behind_the_end.parse::<AccountId>(),
        Err(IdError::Character { position: 52 })
    );
    assert_eq!(format!("{:?}", AccountId([1; 32])), "AccountId(aeaqcaib)");
}

#[test]
fn device_names_toward_libsignal_are_version_8_uuids() {
    let uuid = device_uuid(&DeviceId([0xff; 32]));
    assert_eq!(uuid.to_string(), "ffffffff-ffff-8fff-bfff-ffffffffffff");
}

#[test]
fn account_and_device_ids_of_one_key_differ() {
    let key = people::account(1).public();
    assert_ne!(AccountId::of(&key).0, DeviceId::of(&key).0);
}

#[test]
fn both_sides_see_the_same_safety_number() {
    let [alice, bob, eve] = [1, 2, 3].map(|seed| people::account(seed).public());
    let hers = SafetyNumber::new(&alice, &bob);
    let his = SafetyNumber::new(&bob, &alice);
    assert_eq!(hers.digits(), his.digits());
    assert_eq!(hers.digits().len(), 60);
    assert_eq!(hers.to_string().replace(' ', ""), hers.digits());
    assert_eq!(hers.to_string().split(' ').count(), 12);
    assert_ne!(hers.digits(), SafetyNumber::new(&alice, &eve).digits());
}

#[test]
fn a_scan_tells_the_counterpart_from_everything_else() {
    let [alice, bob, eve] = [1, 2, 3].map(|seed| people::account(seed).public());
    let hers = SafetyNumber::new(&alice, &bob);
    let his = SafetyNumber::new(&bob, &alice);
    assert_eq!(hers.scannable().len(), 74);
    assert_eq!(hers.matches_scan(&his.scannable()), Ok(true));
    assert_eq!(his.matches_scan(&hers.scannable()), Ok(true));
    assert_eq!(
        hers.matches_scan(&hers.scannable()),
        Ok(false),
        "our own code proves nothing"
    );
    for (ours, theirs) in [(&eve, &alice), (&bob, &eve)] {
        let code = SafetyNumber::new(ours, theirs).scannable();
        assert_eq!(hers.matches_scan(&code), Ok(false));
    }
    let code = his.scannable();
    for bad in [
        &code[..73],
        &code[1..],
        &[],
        &[code.as_slice(), &[0]].concat(),
    ] {
        assert_eq!(hers.matches_scan(bad), Err(ScanFault));
    }
    let mut version_1 = code;
    version_1[1] = 1;
    assert_eq!(hers.matches_scan(&version_1), Err(ScanFault));
}
