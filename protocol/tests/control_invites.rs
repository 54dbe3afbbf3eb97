//! What an invite lets in, row by row (T27): with what is known before, with what happens beside, and by whose signatures.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use protocol::control::body::Body;
use protocol::control::histories::account;
use protocol::control::invite::JoinTerms;
use protocol::control::{
    Act, Admission, Admit, Bits, CommunityId, ControlFault, Fate, JoinLink, Offered, OpFault, OpId,
    Position, Standing,
};
use protocol::crypto::{Hash32, SigningKey};
use protocol::identity::{AccountId, Hints};
use protocol::wire::Bounded;

#[path = "vectors/case.rs"]
mod case;
#[path = "vectors/community.rs"]
mod community;
use case::{Case, OWNER, at, ban, join, kick};
use community::{Person, admit, founded, invite, joining, name};

const MAKER: u8 = 1;
const ADMITTER: u8 = 2;
const JOINER: u8 = 9;

/// A maker of invites, an admitter, and what everybody knows.
struct Matrix {
    case: Case,
    start: OpId,
}

/// What became of a join, and of who joined.
type Row = (Result<Fate, OpFault>, Standing);

impl Matrix {
    fn new() -> Self {
        let mut case = Case::new();
        let start = case.joined(&[MAKER, ADMITTER]);
        Self { case, start }
    }

    fn invite(&mut self, uses: u16, expires: Option<u64>) -> OpId {
        let act = Act::CreateInvite {
            uses,
            expires: expires.map(at),
            roles: Vec::new(),
        };
        let start = self.start;
        self.case.by(MAKER, &[start], act)
    }

    /// The admitter lets the joiner in, after these ops and at that time.
    fn admitted(&mut self, invite: OpId, after: &[OpId], seconds: Option<u64>) -> Row {
        let mut fact = self
            .case
            .fact(ADMITTER, 0, after, join(JOINER, Some(invite)));
        fact.hlc = seconds.map_or(fact.hlc, at);
        let id = fact.id;
        let fate = match self.case.offer(ADMITTER, 0, fact) {
            Admission::Refused(fault) => Err(fault),
            _ => Ok(self.case.fate(id)),
        };
        (fate, self.case.standing(JOINER))
    }

    /// The same, and then something that the join did not see.
    fn beside(mut self, uses: u16, other: impl FnOnce(&mut Case, OpId)) -> Row {
        let link = self.invite(uses, None);
        let before = self.admitted(link, &[link], None);
        assert_eq!(before, IN);
        other(&mut self.case, link);
        let last = self
            .case
            .facts
            .iter()
            .find(|fact| fact.act == join(JOINER, Some(link)));
        let id = last.unwrap().id;
        (Ok(self.case.fate(id)), self.case.standing(JOINER))
    }

    /// The same, after something that it saw.
    fn after(mut self, uses: u16, other: impl FnOnce(&mut Case, OpId) -> OpId) -> Row {
        let link = self.invite(uses, None);
        let seen = other(&mut self.case, link);
        self.admitted(link, &[seen], None)
    }
}

const IN: Row = (Ok(Fate::Valid), Standing::Member);
const OUT: Row = (Ok(Fate::Void), Standing::Outside);
const SUSPENDED: Row = (Ok(Fate::Weak), Standing::Suspended);

fn kick_and_keep(who: u8) -> Act {
    Act::Kick {
        who: account(who),
        invites: false,
    }
}

#[test]
fn invite_matrix() {
    let end = |case: &mut Case, invite| case.by(MAKER, &[invite], Act::RevokeInvite { invite });
    let by_owner = |case: &mut Case, link, act| case.by(OWNER, &[link], act);
    let expiring = |seconds| {
        let mut matrix = Matrix::new();
        let link = matrix.invite(5, Some(100));
        matrix.admitted(link, &[link], Some(seconds))
    };
    let rows: Vec<(&str, Row, Row)> = vec![
        ("good", Matrix::new().after(5, |_, link| link), IN),
        ("before its end", expiring(100), IN),
        ("within the grace after its end", expiring(100 + 600), IN),
        ("expired", expiring(100 + 601), OUT),
        ("revoked before", Matrix::new().after(5, end), OUT),
        (
            "revoked beside",
            Matrix::new().beside(5, |case, link| {
                end(case, link);
            }),
            SUSPENDED,
        ),
        (
            "used up before",
            Matrix::new().after(1, |case, link| case.by(MAKER, &[link], join(8, Some(link)))),
            OUT,
        ),
        (
            "its maker was kicked with their invites",
            Matrix::new().after(5, |case, link| by_owner(case, link, kick(MAKER))),
            OUT,
        ),
        (
            "its maker was kicked with their invites beside",
            Matrix::new().beside(5, |case, link| {
                by_owner(case, link, kick(MAKER));
            }),
            SUSPENDED,
        ),
        (
            "its maker was kicked without their invites",
            Matrix::new().after(5, |case, link| by_owner(case, link, kick_and_keep(MAKER))),
            IN,
        ),
        (
            "the admitter was kicked before",
            Matrix::new().after(5, |case, link| by_owner(case, link, kick(ADMITTER))),
            OUT,
        ),
        (
            "the admitter was kicked beside",
            Matrix::new().beside(5, |case, link| {
                by_owner(case, link, kick(ADMITTER));
            }),
            SUSPENDED,
        ),
        (
            "the joiner is banned",
            Matrix::new().after(5, |case, link| by_owner(case, link, ban(JOINER))),
            (Ok(Fate::Void), Standing::Banned),
        ),
        (
            "the joiner is banned beside",
            Matrix::new().beside(5, |case, link| {
                by_owner(case, link, ban(JOINER));
            }),
            (Ok(Fate::Valid), Standing::Banned),
        ),
    ];
    for (name, got, wanted) in rows {
        assert_eq!(got, wanted, "{name}");
    }
}

#[test]
fn invite_matrix_of_uses_and_makers_that_end_beside() {
    // Of two joins by the last use, the one that comes first in the order of decisions stays.
    let mut matrix = Matrix::new();
    let link = matrix.invite(1, None);
    let first = matrix.case.by(MAKER, &[link], join(8, Some(link)));
    assert_eq!(matrix.admitted(link, &[link], None), SUSPENDED);
    assert_eq!(matrix.case.fate(first), Fate::Valid);
    assert_eq!(matrix.case.log.now().came_by(&link), 1);
    let none = Matrix::new().after(0, |_, link| link);
    assert_eq!(none, OUT, "an invite for nobody");
    // An invite that its maker made beside their own removal is none, whatever becomes of other invites.
    let mut matrix = Matrix::new();
    let start = matrix.start;
    let link = matrix.invite(5, None);
    assert_eq!(matrix.admitted(link, &[link], None), IN);
    matrix.case.by(OWNER, &[start], kick_and_keep(MAKER));
    assert_eq!(matrix.case.fate(link), Fate::Void);
    assert_eq!(matrix.case.standing(JOINER), Standing::Suspended);
}

#[test]
fn invite_matrix_of_admitters() {
    let everyone = |matrix: &mut Matrix, admit| {
        let role = matrix.case.facts[0].id;
        let bits = Some(Bits::EVERYONE.without(Bits::ADMIT));
        matrix.case.by(OWNER, &[], Act::UpdateRole { role, bits });
        matrix.start = matrix
            .case
            .by(OWNER, &[], Act::Policy { admit: Some(admit) });
    };
    let mut matrix = Matrix::new();
    everyone(&mut matrix, Admit::Everyone);
    let link = matrix.invite(5, None);
    assert_eq!(matrix.admitted(link, &[link], None), IN);

    let mut matrix = Matrix::new();
    everyone(&mut matrix, Admit::Chosen);
    let link = matrix.invite(5, None);
    assert_eq!(matrix.admitted(link, &[link], None), OUT);
    // Whom the rules choose may.
    let role = matrix.case.by(
        OWNER,
        &[],
        Act::CreateRole {
            position: Position(3),
            bits: Bits::ADMIT,
        },
    );
    let who = account(ADMITTER);
    let chosen = matrix.case.by(OWNER, &[], Act::Assign { who, role });
    assert_eq!(matrix.admitted(link, &[link, chosen], None), IN);

    // The rule that nobody may was made beside.
    let mut matrix = Matrix::new();
    let link = matrix.invite(5, None);
    assert_eq!(matrix.admitted(link, &[link], None), IN);
    everyone(&mut matrix, Admit::Chosen);
    assert_eq!(matrix.case.standing(JOINER), Standing::Member);
}

#[test]
fn invite_matrix_of_what_is_refused() {
    let mut matrix = Matrix::new();
    let refused = (Err(OpFault::Reference), Standing::Outside);
    let elsewhere = OpId(Hash32([0xee; 32]));
    let start = matrix.start;
    assert_eq!(matrix.admitted(elsewhere, &[start], None), refused);
    assert_eq!(matrix.admitted(start, &[start], None), refused, "no invite");
    // One that the admitter does not show.
    let link = matrix.invite(5, None);
    assert_eq!(matrix.admitted(link, &[start], None), refused);
    let power = Act::CreateRole {
        position: Position(3),
        bits: Bits::KICK.with(Bits::SEND),
    };
    let power = matrix.case.by(OWNER, &[], power);
    let act = Act::CreateInvite {
        uses: 1,
        expires: None,
        roles: vec![power],
    };
    let fact = matrix.case.fact(OWNER, 0, &[], act);
    let refused = Admission::Refused(OpFault::Power);
    assert_eq!(matrix.case.log.admit(&fact), refused);
}

#[test]
fn invite_matrix_of_signatures() {
    let (mut ana, ben) = (Person::new(1), Person::new(2));
    let (mut control, _) = founded(&mut ana);
    let secret = SigningKey::from_seed(&[9; 32]);
    let made = invite(&mut ana, &mut control, &secret, 5);
    // As it goes: through the text of a link.
    let link = JoinLink::new(control.community(), made, &secret, Hints::None).unwrap();
    let link: JoinLink = link.to_string().parse().unwrap();
    assert_eq!(
        (link.community(), link.invite()),
        (control.community(), made)
    );
    let key = link.key();
    let terms = JoinTerms::new(
        link.community(),
        Some(link.invite()),
        &ben.bundle,
        ana.account(),
        [3; 16],
    );
    // The joiner agrees; the invite's holder signed something else.
    let (seq, last) = (ana.seq, ana.last);
    let spoilt: [fn(&mut JoinTerms); 5] = [
        |terms| terms.community = CommunityId(Hash32([5; 32])),
        |terms| terms.invite = None,
        |terms| terms.joiner = AccountId([5; 32]),
        |terms| terms.admitter = AccountId([5; 32]),
        |terms| terms.bundle = Hash32([5; 32]),
    ];
    for spoil in spoilt {
        (ana.seq, ana.last) = (seq, last);
        let mut signed = terms;
        spoil(&mut signed);
        let consent = terms.consent(&ben.device.signing);
        let proof = Some(signed.prove(&key));
        let body = terms.joining(&ben.bundle, ben.device.id(), consent, proof);
        let op = ana.sign(link.community(), &[], Body::Join(Box::new(body)));
        assert_eq!(control.offer(&op.encode()), Err(ControlFault::NoProof));
    }
    (ana.seq, ana.last) = (seq, last);
    let by = Some((link.invite(), &key));
    let op = joining(&control, &mut ana, &ben, by, |_| {});
    let came = admit(&mut control, &op);
    assert_eq!(control.log().now().fate(&came), Some(Fate::Valid));
    // In another community the very same op is nothing.
    let (mut other, _) = founded(&mut Person::new(7));
    let refused: Result<Offered, ControlFault> = other.offer(&op.encode());
    assert_eq!(refused, Err(ControlFault::OtherCommunity));
}

#[test]
fn an_invite_that_its_maker_made_beside_their_removal_is_not_among_those_there_are() {
    let (mut ana, mut ben) = (Person::new(1), Person::new(2));
    let (mut control, _) = founded(&mut ana);
    let came = joining(&control, &mut ana, &ben, None, |_| {});
    let came = admit(&mut control, &came);
    let removal = Body::Kick {
        who: ben.account(),
        cut: Bounded::default(),
        invites: true,
        reason: name(""),
    };
    let removal = ana.sign(control.community(), &[came], removal);
    let made = invite(&mut ben, &mut control, &SigningKey::from_seed(&[9; 32]), 5);
    assert_eq!(control.now().invites(), [made]);
    admit(&mut control, &removal);
    assert!(control.now().invites().is_empty());
}
