"""One-time codes: six digits sent to a phone, good once, for five minutes and one purpose."""

import secrets as random_source
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import update

from marketplace import clock, secrets
from marketplace.database import db
from marketplace.identity import queries
from marketplace.identity.attempts import address_index
from marketplace.identity.errors import CodeRequestedTooOften
from marketplace.identity.models import CodePurpose, OneTimeCode
from marketplace.language import Text

GOOD_FOR = timedelta(minutes=5)
TRIES = 5
PAUSE = timedelta(seconds=60)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CODES_OF_A_PHONE_PER_HOUR = 5
CODES_OF_A_PHONE_PER_DAY = 10
# Mobile carriers put thousands of phones behind one address.
CODES_OF_AN_ADDRESS_PER_HOUR = 100


@dataclass(frozen=True, slots=True)
class MadeCode:
    """A code to be sent. It exists in clear here and in the message only."""

    phone: str = field(repr=False)
    code: str = field(repr=False)
    purpose: CodePurpose


def phone_index(phone: str) -> bytes:
    """Return the blind index by which a phone number is looked up."""
    return secrets.blind_index(f"phone:{phone}")


def _code_index(purpose: CodePurpose, phone: str, code: str) -> bytes:
    return secrets.blind_index(f"code:{purpose}:{phone}:{code}")


def make_code(phone: str, address: str, purpose: CodePurpose = CodePurpose.SIGN_IN) -> MadeCode:
    """Make a code to be sent after the commit; raise CodeRequestedTooOften over the limits.

    It never asks whether the phone has an account, so nothing about that can show.
    """
    index, origin, now = phone_index(phone), address_index(address), clock.now()
    queries.lock_index(index)
    queries.lock_index(origin)
    _refuse_bursts(index, origin)
    code = f"{random_source.randbelow(1_000_000):06d}"
    db.session.add(
        OneTimeCode(
            purpose=purpose,
            phone_index=index,
            address_index=origin,
            code_index=_code_index(purpose, phone, code),
            created_at=now,
            expires_at=now + GOOD_FOR,
        )
    )
    db.session.flush()
    return MadeCode(phone=phone, code=code, purpose=purpose)


def _refuse_bursts(index: bytes, origin: bytes) -> None:
    now = clock.now()
    made = queries.list_code_instants(index, now - DAY)
    if made and made[0] > now - PAUSE:
        raise _wait(made[0] + PAUSE - now)
    if sum(1 for at in made if at > now - HOUR) >= CODES_OF_A_PHONE_PER_HOUR:
        raise _wait(HOUR)
    if len(made) >= CODES_OF_A_PHONE_PER_DAY:
        raise _wait(DAY)
    if queries.count_codes_from(origin, now - HOUR) >= CODES_OF_AN_ADDRESS_PER_HOUR:
        raise _wait(HOUR)


def _wait(span: timedelta) -> CodeRequestedTooOften:
    seconds = int(span.total_seconds()) + 1
    if span <= PAUSE:
        detail = Text(
            "{seconds} 秒后可再获取；5 分钟内收到的验证码仍可填写",
            "Another one can be had in {seconds} seconds; a code that came within five minutes is good",
        ).format(seconds=seconds)
    else:
        detail = Text("{hours} 小时后可再获取", "Another one can be had in {hours} hours").format(
            hours=span // HOUR
        )
    return CodeRequestedTooOften(detail, headers={"Retry-After": str(seconds)})


def redeem_code(phone: str, code: str, purpose: CodePurpose = CodePurpose.SIGN_IN) -> bool:
    """Use up a code; False when it is wrong, old, used, for another purpose, or out of tries.

    The guarded update takes the row's lock: of two requests with the right code, one wins.
    """
    now, index = clock.now(), phone_index(phone)
    take_a_try = (
        update(OneTimeCode)
        .where(
            OneTimeCode.id == queries.newest_code(purpose, index).scalar_subquery(),
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > now,
            OneTimeCode.attempts < TRIES,
        )
        .values(attempts=OneTimeCode.attempts + 1)
        .returning(OneTimeCode.id, OneTimeCode.code_index)
        .execution_options(synchronize_session=False)
    )
    row = db.session.execute(take_a_try).one_or_none()
    given = _code_index(purpose, phone, code)
    if row is None or not secrets.same(row.code_index.hex(), given.hex()):
        return False
    use_up = update(OneTimeCode).where(OneTimeCode.id == row.id).values(used_at=now)
    db.session.execute(use_up.execution_options(synchronize_session=False))
    return True
