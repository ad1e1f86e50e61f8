"""What to check by telephone before a release, and what nobody has checked for twelve months."""

from __future__ import annotations

from datetime import date

from signpost.routing.services import AreaPage, Directory, Service, Unknown, Weekly

# Never rung to test it.
EMERGENCY_NUMBER = "999"


def review(directory: Directory, today: date) -> str:
    """What to check: entries not checked for 12 months, and the list of calls to make before release."""
    entries: list[Service | AreaPage] = [*directory.services.values(), *directory.areas.values()]
    old = [entry for entry in entries if not_checked_for_a_year(entry.checked_on, today)]
    report = ["Not checked for 12 months:"]
    report += [
        f"- {entry.name} ({entry.id}), last checked on {entry.checked_on.isoformat()}" for entry in old
    ] or ["- none"]
    report += ["", "Calls to make before release. Write the new date into checked_on afterwards."]
    report += [_call_to_make(service) for service in directory.services.values()]
    report += ["", "Pages to open before release:"]
    report += [f"- {entry.name}: {entry.web}" for entry in entries if entry.web]
    report += ["", "Held back until somebody finds and checks a number:"]
    report += [f"- {name}" for name in directory.held_back] or ["- none"]
    return "\n".join(report) + "\n"


def not_checked_for_a_year(checked_on: date, today: date) -> bool:
    """Twelve months or more have passed."""
    return (checked_on.year + 1, checked_on.month, checked_on.day) <= (today.year, today.month, today.day)


def _call_to_make(service: Service) -> str:
    numbers = ", ".join(f"{phone.display} ({phone.label})" for phone in service.phones)
    questions = []
    if EMERGENCY_NUMBER in {phone.display for phone in service.phones}:
        return f"- {service.name}: never ring {numbers} to test it; compare it with the police website"
    if service.standing != "confirmed":
        questions.append("is the number right?")
    if isinstance(service.hours, Unknown):
        questions.append("what are the hours, and on bank holidays?")
    if isinstance(service.hours, Weekly):
        questions.append(f"still {service.hours.shown}, and closed on bank holidays?")
    if not service.cost:
        questions.append("what does the call cost?")
    if not service.web:
        questions.append("what is the web address?")
    return f"- {service.name}: {numbers}. " + (" ".join(questions) or "does it still answer?")
