"""route(situation, directory, now): the one entrance."""

from __future__ import annotations

from datetime import datetime

from signpost.routing import rules
from signpost.routing.clock import Clock, read_clock
from signpost.routing.doors import may_wonder_if_for_them
from signpost.routing.lines import line_ids
from signpost.routing.opening import Opening, opening
from signpost.routing.referral import Line, Referral, line
from signpost.routing.services import MK_ACT, NATIONAL_24H, POLICE_999, Always, AreaPage, Directory, Service
from signpost.routing.situation import Area, Need, Situation, Urgency
from signpost.routing.why import reasons

# Keys of `notes:` in directory/replies.yml.
NOTE_SILENT_CALL = "silent_call"
NOTE_NIGHT = "night_note"
NOTE_AREA_PAGE = "area_page"
NOTE_FRESH_START = "fresh_start"
NOTE_POLICE_UNIT = "police_unit"
NOTE_CLOSES_SOON = "closes_soon"
NOTE_OPENS_SOON = "opens_soon"
NOTE_INTERPRETER = "interpreter"
NOTES = (
    NOTE_SILENT_CALL,
    NOTE_CLOSES_SOON,
    NOTE_OPENS_SOON,
    NOTE_NIGHT,
    NOTE_INTERPRETER,
    NOTE_FRESH_START,
    NOTE_POLICE_UNIT,
    NOTE_AREA_PAGE,
)


def route(situation: Situation, directory: Directory, now: datetime) -> Referral:
    """Choose the lines for a situation. `now` must carry its time zone, else ValueError."""
    clock = read_clock(directory, now)
    ids = line_ids(situation, clock)
    page = _area_page(situation, directory)
    return Referral(
        urgency=situation.urgency,
        rule=rules.first_rule(situation, clock),
        why=reasons(situation, clock, ids),
        lines=tuple(_line_at(directory, line_id, situation, clock, now) for line_id in ids),
        notes=_notes(situation, clock, ids, page),
        area_page=page if ids else None,
    )


def fallback(directory: Directory) -> Referral:
    """999 and the 24-hour line, for when anything fails; needs no clock and nothing that the person said."""
    return Referral(
        urgency=Urgency.CHECK,
        rule=rules.FALLBACK,
        why=("Something went wrong here, so these are the lines that are always open.",),
        lines=tuple(
            _line_without_clock(directory.services[line_id]) for line_id in (POLICE_999, NATIONAL_24H)
        ),
        notes=(NOTE_SILENT_CALL,),
    )


def every_line(directory: Directory, now: datetime) -> tuple[Line, ...]:
    """The whole directory as lines, in the order of the file."""
    office_hours = read_clock(directory, now).office_hours
    return tuple(
        line(service, opening(service, directory, now), office_hours=office_hours)
        for service in directory.services.values()
    )


def _line_at(directory: Directory, line_id: str, situation: Situation, clock: Clock, now: datetime) -> Line:
    service = directory.services[line_id]
    # routing.md, men and LGBT+ people: say honestly whom the 24-hour line is mainly for, and that anyone can
    # ring
    tell_audience = line_id == NATIONAL_24H and may_wonder_if_for_them(situation)
    state = opening(service, directory, now)
    return line(service, state, office_hours=clock.office_hours, tell_audience=tell_audience)


def _line_without_clock(service: Service) -> Line:
    always = isinstance(service.hours, Always)
    return line(service, Opening("always" if always else "unknown", None, near_edge=False), office_hours=None)


def _area_page(situation: Situation, directory: Directory) -> AreaPage | None:
    """Document B: the same site has pages for five other areas."""
    if situation.area is Area.MK or situation.place is None:
        return None
    return directory.areas.get(situation.place)


def _notes(
    situation: Situation, clock: Clock, ids: tuple[str, ...], page: AreaPage | None
) -> tuple[str, ...]:
    if not ids:
        return ()
    danger = rules.danger(situation) or rules.danger_check(situation) or rules.about_999(situation)
    here = not rules.elsewhere(situation)
    own = rules.own_behaviour(situation)
    night = not clock.office_hours and NATIONAL_24H in ids and may_wonder_if_for_them(situation)
    wanted = (
        (NOTE_SILENT_CALL, danger),
        (NOTE_CLOSES_SOON, MK_ACT in ids and clock.closes_soon),
        (NOTE_OPENS_SOON, MK_ACT in ids and clock.opens_soon),
        (NOTE_NIGHT, night),
        (NOTE_INTERPRETER, rules.other_language(situation)),
        (NOTE_FRESH_START, own and here),
        (NOTE_POLICE_UNIT, Need.POLICE_REPORT in situation.needs and here),
        (NOTE_AREA_PAGE, page is not None),
    )
    return tuple(key for key, is_wanted in wanted if is_wanted)
