"""Units lent between districts: asked for by the desk above, approved by the lending one."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from data.model.headquarters.directives import Directive, DirectiveStanding, DirectiveStep
from data.model.headquarters.loans import Loan
from data.model.headquarters.members import DistrictSummary
from data.model.message import Message
from data.model.operation import Operation
from data.store.headquarters.visits import is_of, loan_cause, visitor_id
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, NotFound, PermissionDenied
from ops.field.outages import LOAN_CAUSES, outages_ahead
from ops.headquarters.aid import proposals
from ops.headquarters.offers import is_idle, is_out, unmanned
from ops.settings import Settings


def proposed(above: Store, settings: Settings, now: datetime) -> tuple[Loan, ...]:
    """The loans that are worth more than they cost, by what the districts publish now.

    Parameters
    ----------
    above
        The headquarters'.
    now
        The real time.
    """
    promised = {
        one.directive.id: one.directive.loan
        for one in above.directives.standings(open_only=True, loans_only=True)
        if one.directive.loan is not None and one.directive.id is not None
    }
    return proposals(
        above.members.all(),
        above.members.summaries(),
        promised,
        settings.aid,
        settings.travel,
        settings.ways,
        now,
    )


@atomic
def ask_for(
    above: Store, actor: Actor, wanted: tuple[str, str, str], settings: Settings, now: datetime
) -> Directive:
    """Tell a district to lend a unit, as it is proposed now; it stays where it is until the desk
    there approves.

    Parameters
    ----------
    wanted
        The lender, its unit and the borrower, by their ids.

    Raises
    ------
    NotAllowed
        ``actor`` may not, or not this city; or this loan is proposed no more.
    """
    require(actor, Action.GIVE_DIRECTIVE)
    loan = next((one for one in proposed(above, settings, now) if ids_of(one) == wanted), None)
    if loan is None:
        raise NotFound("loan.not_proposed")
    cities = {one.id: one.city for one in above.members.all()}
    if actor.city not in (None, cities[loan.lender_id]):
        raise PermissionDenied("directive.other_city")
    told = Directive(
        member_id=loan.lender_id,
        text="",
        by=actor.name,
        at=now,
        due_at=now + timedelta(minutes=settings.aid.answer_minutes),
        loan=loan,
        borrower_id=loan.borrower_id,
    )
    given = above.directives.give(told)
    record(above, actor, Action.GIVE_DIRECTIVE, loan.lender_id, now, number=given.id)
    return given


def ids_of(loan: Loan) -> tuple[str, str, str]:
    """The lender, its unit and the borrower."""
    return loan.lender_id, loan.unit.resource_id, loan.borrower_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AidDifference:
    """What the loans in force change, told as one: what the plans of the districts that lend and
    borrow left out before the first of them, and leave out now, in weighted blocked-inlet-hours.

    Attributes
    ----------
    loans
        How many are in force.
    before, after
        By district; ``after`` is ``None`` where one has not planned by them yet.
    """

    loans: int
    before: Mapping[str, float]
    after: Mapping[str, float] | None


def difference(
    standings: Iterable[DirectiveStanding], summaries: Mapping[str, DistrictSummary]
) -> AidDifference | None:
    """What the loans in force change; ``None``: there are none."""
    before: dict[str, float] = {}
    lent: dict[str, set[int | None]] = {}
    in_force = [
        (one.directive.id, one.directive.loan)
        for one in sorted(standings, key=lambda one: one.directive.at)
        if one.directive.loan and one.said(DirectiveStep.ACKNOWLEDGE) and one.is_open
    ]
    for number, loan in in_force:
        for member_id, left_out in zip(
            (loan.lender_id, loan.borrower_id), loan.left_out, strict=True
        ):
            before.setdefault(member_id, left_out)
            lent.setdefault(member_id, set()).add(number)
    if not in_force:
        return None
    has_planned = all(
        key in summaries and numbers <= set(summaries[key].loans) for key, numbers in lent.items()
    )
    after = {key: summaries[key].left_out for key in before} if has_planned else None
    return AidDifference(loans=len(in_force), before=before, after=after)


def check_loan(
    store: Store, standing: DirectiveStanding, step: DirectiveStep, now: datetime
) -> None:
    """Whether a district may say this of a loan; of what is no loan it may say anything.

    Parameters
    ----------
    store
        The district's.
    now
        The real time.

    Raises
    ------
    NotAllowed
        Another district is asked, its time is over, it was decided or is not yet, or the unit is
        not idle any more or a duty is unmanned.
    """
    loan, operation = standing.directive.loan, store.operations.current()
    if loan is None:
        return
    number, is_lent = standing.directive.id, standing.said(DirectiveStep.ACKNOWLEDGE) is not None
    if step is DirectiveStep.DONE:
        if not is_lent:
            raise Conflict("loan.not_lent", number=number)
        return
    if store.site != loan.lender_id:
        raise PermissionDenied("loan.not_ours", lender=loan.lender)
    if now > standing.directive.due_at:
        raise Conflict("loan.lapsed", number=number)
    if step is DirectiveStep.ACKNOWLEDGE:
        version = store.plans.current(operation.id) if operation else None
        if operation is None or version is None or not is_of(standing.directive, operation):
            raise Conflict("loan.no_plan")
        at, city = operation.now(now), store.city()
        is_free = is_idle(loan.unit, version, at) and not is_out(
            loan.unit, outages_ahead(store, operation, at)
        )
        if not is_free or unmanned(version, city, at):
            raise Conflict("loan.not_spare", unit=loan.unit.name)


class LentTold(NamedTuple):
    """What a desk and the chief of a station must hear of a loan, once: ``matter`` names it."""

    body: Message
    matter: str
    station_id: str


def lent_now(store: Store, operation: Operation, now: datetime) -> Iterator[LentTold]:
    """What is to be told at a district of the units that it lends or gets: that they go, and that
    they are called back or sent home before their time.

    Parameters
    ----------
    now
        The operation's time; of what is over by then nothing need be told.
    """
    standings = store.directives.standings(loans_only=True)
    units = store.city().resource_by_id if standings and not store.is_empty() else {}
    for one in standings:
        loan, number = one.directive.loan, one.directive.id
        if loan is None or not is_of(one.directive, operation) or now >= loan.to_at:
            continue
        is_ours = loan.lender_id == store.site
        unit = units.get(loan.unit.resource_id if is_ours else visitor_id(number))
        step = DirectiveStep.DONE if one.said(DirectiveStep.DONE) else DirectiveStep.ACKNOWLEDGE
        if unit is None or (said := one.said(step)) is None:
            continue
        body = Message(LOAN_CAUSES[step], {"loan": loan.told, "by": said.by, "at": said.at})
        yield LentTold(body, str(loan_cause(number, step)), unit.station_id)
