"""Actions of volunteers and party members as posts: so many wanted for a time at a place, filled by
name or by number, held while a storm goes before them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.message import Message
from data.model.operation import Operation
from data.model.plan import RainOutlook
from data.model.street.cleaning import ActionPost, HelperGroup, PostStep, PostWord
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, Invalid, NotFound
from ops.cleaning.parameters import CleaningSettings
from ops.cleaning.storm_first import storm_spans
from ops.field.reports import check_text

MOST_PEOPLE = 10_000
LONGEST = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostStanding:
    """A post of an action as it stands.

    Attributes
    ----------
    names
        Who fills it by name, and as what.
    numbers
        How many more by number alone, by group.
    came
        How many were there, by group, as reported; empty: nobody said.
    held
        Since when a storm goes before it, as people know.
    calm
        Since when, held, it lies in no storm any more.
    times_held
        How often one did.
    """

    post: ActionPost
    names: Mapping[str, HelperGroup]
    numbers: Mapping[HelperGroup, int]
    came: Mapping[HelperGroup, int]
    held: datetime | None = None
    calm: datetime | None = None
    times_held: int = 0
    resumed: bool = False
    cancelled: bool = False

    @property
    def filled(self) -> int:
        """How many have said that they come."""
        return len(self.names) + sum(self.numbers.values())

    @property
    def open(self) -> int:
        """How many are still wanted."""
        return max(0, self.post.wanted - self.filled)

    def takes_place(self) -> bool:
        """Whether it is neither called off nor held."""
        return not self.cancelled and self.held is None

    def of(self, group: HelperGroup) -> int:
        """How many of a group have said that they come."""
        return sum(one is group for one in self.names.values()) + self.numbers.get(group, 0)


def standings(posts: Iterable[ActionPost], words: Iterable[PostWord]) -> tuple[PostStanding, ...]:
    """Each post with what was told of it, in the order of their time."""
    told: dict[int, list[PostWord]] = {}
    for word in sorted(words, key=lambda one: one.id or 0):
        told.setdefault(word.post_id, []).append(word)
    found = (_standing(post, told.get(post.id or 0, ())) for post in posts)
    return tuple(sorted(found, key=lambda one: (one.post.from_at, one.post.id or 0)))


def _standing(post: ActionPost, words: Iterable[PostWord]) -> PostStanding:
    names: dict[str, HelperGroup] = {}
    numbers: Counter[HelperGroup] = Counter()
    came: dict[HelperGroup, int] = {}
    standing = PostStanding(post=post, names=names, numbers=numbers, came=came)
    for word in words:
        match word.step:
            case PostStep.FILL if word.name:
                names[word.name] = word.helper
            case PostStep.FILL:
                numbers[word.helper] += word.number
            case PostStep.LEAVE if word.name:
                names.pop(word.name, None)
            case PostStep.LEAVE:
                numbers[word.helper] = max(0, numbers[word.helper] - word.number)
            case PostStep.CAME:
                came[word.helper] = word.number
            case PostStep.HOLD if standing.held:  # back before anybody was told that it had gone
                standing = replace(standing, calm=None)
            case PostStep.HOLD:
                standing = replace(standing, held=word.at, times_held=standing.times_held + 1)
            case PostStep.EASE:
                standing = replace(standing, calm=word.at)
            case PostStep.FREE:
                standing = replace(standing, held=None, calm=None)
            case PostStep.RESUME if standing.cancelled:
                standing = replace(standing, cancelled=False)  # a storm goes before it still
            case PostStep.RESUME:
                standing = replace(standing, held=None, calm=None, resumed=True)
            case PostStep.CANCEL:
                standing = replace(standing, cancelled=True)
    return standing


@dataclass(frozen=True, slots=True, kw_only=True)
class PostCall:
    """A post as it is called for."""

    name: str
    from_at: datetime
    to_at: datetime
    wanted: int
    segment_id: str | None = None
    place: str = ""


@atomic
def call(
    store: Store, operation: Operation, actor: Actor, told: PostCall, now: datetime
) -> ActionPost:
    """Call for people.

    Raises
    ------
    NotAllowed
        ``actor`` may not; without a name or a place; a time or a number that is none.
    """
    require(actor, Action.CALL_VOLUNTEERS)
    check_text(told.name, told.place)
    name = told.name.strip()
    known = told.segment_id is None or told.segment_id in store.city().segment_by_id
    if not name or not known or not (told.segment_id or told.place.strip()):
        raise Invalid("cleaning.no_place")
    if not told.from_at < told.to_at <= told.from_at + LONGEST or told.to_at <= now:
        raise Invalid("cleaning.no_time")
    _must_be_people(told.wanted)
    post = ActionPost(
        operation_id=operation.id,
        name=name,
        segment_id=told.segment_id,
        place=told.place.strip(),
        from_at=told.from_at,
        to_at=told.to_at,
        wanted=told.wanted,
        made_at=now,
        by=actor.name,
    )
    kept = store.cleaning.keep_post(post)
    record(store, actor, Action.CALL_VOLUNTEERS, f"post:{kept.id}", now, operation, name=name)
    return kept


def _must_be_people(number: int) -> None:
    if not 1 <= number <= MOST_PEOPLE:
        raise Invalid("cleaning.no_people", most=MOST_PEOPLE)


@atomic
def tell_post(
    store: Store,
    operation: Operation,
    actor: Actor,
    post_id: int,
    step: PostStep,
    now: datetime,
    *,
    name: str = "",
    number: int = 1,
    helper: HelperGroup = HelperGroup.VOLUNTEER,
) -> None:
    """Write down what is told of a post: who fills it, by name or by number, who leaves, how many
    came, that it is called off or takes place all the same.

    Raises
    ------
    NotAllowed
        ``actor`` may not; there is no such post, or it is called off and not to take place after
        all; somebody is on it twice, or leaves who is not on it; a number that is none.
    """
    require(actor, Action.CALL_VOLUNTEERS)
    check_text(name)
    name = name.strip()
    _must_fit(find(store, operation, post_id), step, name, number, helper)
    word = PostWord(
        operation_id=operation.id,
        post_id=post_id,
        step=step,
        at=now,
        by=actor.name,
        name=name,
        number=number,
        helper=helper,
    )
    store.cleaning.tell_post(word)
    record(store, actor, Action.CALL_VOLUNTEERS, f"post:{post_id}", now, operation, step=step.value)


def _must_fit(
    standing: PostStanding, step: PostStep, name: str, number: int, helper: HelperGroup
) -> None:
    """Refuse what can't be told of a post as it stands."""
    if standing.cancelled and step is not PostStep.RESUME:
        raise Conflict("cleaning.is_cancelled")
    if step is PostStep.FILL and name in standing.names:
        raise Conflict("cleaning.is_on_it", name=name)
    if step is PostStep.LEAVE and name and name not in standing.names:
        raise NotFound("cleaning.not_on_it", name=name)
    on_it = standing.numbers.get(helper, 0)
    if step is PostStep.LEAVE and not name and number > on_it:
        group = Message(f"cleaning.group_{helper}")
        raise Conflict("cleaning.fewer_on_it", group=group, n=on_it)
    if step is not PostStep.CAME or number:
        _must_be_people(number)


def find(store: Store, operation: Operation, post_id: int) -> PostStanding:
    """One post as it stands.

    Raises
    ------
    NotFound
        There is none of this number.
    """
    found = standings(*store.cleaning.posts(operation.id, number=post_id))
    if not found:
        raise NotFound("cleaning.no_post", number=post_id)
    return found[0]


def hold(
    store: Store,
    operation: Operation,
    rain: RainOutlook,
    now: datetime,
    settings: CleaningSettings,
    by: str,
    tell: Callable[[PostStanding, PostStep], None],
) -> int:
    """Hold the posts that a storm goes before, and let go those held before which none has gone
    for a while, each told once; how many were. What turns meanwhile is noted and told to nobody.

    It is told before it is noted: whoever dies in between tells it again.
    """
    steps = [
        (one, step)
        for one in standings(*store.cleaning.posts(operation.id, now))
        if (step := next_step(one, rain, now, settings))
    ]
    told = [one for one, step in steps if _is_told(one, step)]
    for one, step in steps:
        if one in told:
            tell(one, step)
        word = PostWord(
            operation_id=operation.id, post_id=one.post.id or 0, step=step, at=now, by=by
        )
        store.cleaning.tell_post(word)
    return len(told)


def next_step(
    one: PostStanding, rain: RainOutlook, now: datetime, settings: CleaningSettings
) -> PostStep | None:
    """What the rain ahead makes of a post. What somebody has resumed by hand stays so; of those
    held that should have begun people were told not to come.
    """
    wet = _lies_in_a_storm(one.post, rain, settings)
    if one.held is None:
        is_free = one.takes_place() and not one.resumed and one.post.to_at > now
        return PostStep.HOLD if wet and is_free else None
    if one.cancelled or one.post.from_at <= now:
        return None
    if wet:
        return PostStep.HOLD if one.calm else None
    if settings.calm_minutes and one.calm is None:
        return PostStep.EASE
    has_held = now - (one.calm or now) >= timedelta(minutes=settings.calm_minutes)
    return PostStep.FREE if has_held else None


def _is_told(one: PostStanding, step: PostStep) -> bool:
    return step is PostStep.FREE or one.held is None


def _lies_in_a_storm(post: ActionPost, rain: RainOutlook, settings: CleaningSettings) -> bool:
    storms = storm_spans(rain, settings)
    return any(start < post.to_at and post.from_at < end for start, end in storms)
