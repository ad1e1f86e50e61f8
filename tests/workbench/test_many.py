"""Many messages at once: text, CSV and JSONL; sorted, filtered, downloaded; two models side by side."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from driving import read_list, set_clock
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.bot

MESSAGES = [
    "he has a knife",
    "the bins were not emptied",
    "my husband checks my phone every night",
    "im in luton and my wife hits me, im a bloke",
]
LABELS = [
    {
        "text": "he is kicking the door in right now",
        "scope": "disclosure",
        "urgency": "immediate",
        "abuse": [],
        "gender": "unknown",
        "lgbt": False,
        "area": "unknown",
        "who": "self",
        "needs": [],
    },
    {
        "text": "what time does the library close",
        "scope": "out_of_scope",
        "urgency": "not_immediate",
        "abuse": [],
        "gender": "unknown",
        "lgbt": False,
        "area": "unknown",
        "who": "none",
        "needs": [],
    },
    {
        "text": "good morning",
        "scope": "disclosure",
        "urgency": "immediate",
        "abuse": ["fgm"],
        "gender": "man",
        "lgbt": True,
        "area": "mk",
        "who": "child",
        "needs": ["legal"],
    },
]


def column(page: Page, name: str) -> list[str]:
    place = page.locator("#columns th").all_inner_texts()
    at = next(number for number, text in enumerate(place) if text.strip().startswith(name))
    return [row.locator("th, td").nth(at).inner_text() for row in page.locator("#rows tr").all()]


def test_plain_text_gives_a_table_with_the_nearest_to_a_threshold_first(page: Page) -> None:
    set_clock(page)
    read_list(page, "\n".join(MESSAGES))
    assert sorted(column(page, "Message")) == sorted(MESSAGES)
    page.get_by_role("button", name="Danger", exact=True).click()
    assert column(page, "Message")[0] == "he has a knife"
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Danger")
    page.get_by_role("button", name="Nearest to a danger threshold first").click()
    expect(page.locator("th[aria-sort]")).to_have_count(0)
    shares = [float(text.split(" %")[0]) / 100 for text in column(page, "Danger")]
    limits = page.evaluate(
        "import('/workbench/turns.js').then("
        "({ thresholds }) => [thresholds.check.value, thresholds.immediate.value])"
    )

    def distance(share: float) -> float:
        return min(abs(_odds(share) - _odds(limit)) for limit in limits)

    distances = [distance(share) for share in shares]
    assert all(one <= other + 0.3 for one, other in zip(distances, distances[1:])), (
        distances
    )  # the shares are rounded


def _odds(share: float) -> float:
    import math

    inside = min(max(share, 0.0005), 0.9995)
    return math.log(inside / (1 - inside))


def test_filters_and_download(page: Page, tmp_path: Path) -> None:
    set_clock(page)
    read_list(page, "\n".join([*MESSAGES, '=HYPERLINK("x"), "quoted"']))
    page.get_by_label("Show").first.select_option("danger")
    assert "he has a knife" in column(page, "Message")
    assert "the bins were not emptied" not in column(page, "Message")
    page.get_by_label("Show").first.select_option("all")
    page.get_by_label("with the words").first.fill("luton")
    expect(page.locator("#rows tr")).to_have_count(1)
    expect(page.locator("#summary")).to_contain_text("1 of 5 shown")
    page.get_by_label("with the words").first.fill("")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    path = tmp_path / "list.csv"
    download.value.save_as(path)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 5
    by_text = {row["message"]: row for row in rows}
    assert by_text["he has a knife"]["lead"] == "police_999"
    assert '\'=HYPERLINK("x"), "quoted"' in by_text  # a spreadsheet must not run it


def test_a_row_opens_the_whole_answer_and_can_be_marked_wrong(page: Page) -> None:
    read_list(page, MESSAGES[0])
    page.locator("#rows .message").click()
    expect(page.locator("#sheet-inside .quote")).to_have_text(MESSAGES[0])
    page.locator("#sheet").get_by_role("button", name="That’s wrong").click()
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator("#wrong-said-by li")).to_have_text([MESSAGES[0]])


def test_labels_are_held_against_the_answers(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    path.write_text(
        "\n".join(json.dumps({"id": str(number), **row}) for number, row in enumerate(LABELS)),
        encoding="utf-8",
    )
    page.get_by_role("link", name="Try many").click()
    page.get_by_label("From a file").set_input_files(path)
    expect(page.locator("#count")).to_have_text("3 messages, 3 with labels")
    page.get_by_role("button", name="Read them").click()
    expect(page.locator("#many-said")).to_have_text("3 read.")
    verdicts = dict(zip(column(page, "Message"), column(page, "Against the labels")))
    assert verdicts["good morning"].startswith("danger missed; scope should be disclosure")
    assert "danger missed" not in verdicts["he is kicking the door in right now"]
    expect(page.locator("#summary")).to_contain_text("Danger found: 1 of 2.")
    page.get_by_label("Show").first.select_option("wrong")
    assert "good morning" in column(page, "Message")


def test_a_spreadsheets_csv_is_read(page: Page) -> None:
    set_clock(page)
    sheet = (
        'id,Text,urgency,abuse\r\n1,"he said ""go"", and\r\nthrew me out",'
        "not_immediate,physical; emotional\r\n2,hello,,\r\n"
    )
    page.get_by_role("link", name="Try many").click()
    page.get_by_label("Messages, one a line").evaluate(
        "(box, text) => { box.value = text; box.dispatchEvent(new Event('input')) }", sheet
    )
    expect(page.locator("#count")).to_have_text("2 messages, 1 with labels")
    rows = page.evaluate(
        "async (text) => (await import('/workbench/lists.js')).readList(text)", sheet.replace("\r\n", "\n")
    )
    assert rows[0] == {
        "text": 'he said "go", and\nthrew me out',
        "labels": {"urgency": "not_immediate", "abuse": ["physical", "emotional"]},
    }
    assert rows[1] == {"text": "hello", "labels": None}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ('{"text": "a"}\n{oops}', "Line 2 is not JSON."),
        ('{"id": 1}', "Line 1 has no “text”."),
        ("{5}", "Line 1 is not JSON."),
    ],
)
def test_a_broken_list_is_told(page: Page, source: str, told: str) -> None:
    page.get_by_role("link", name="Try many").click()
    page.get_by_label("Messages, one a line").fill(source)
    expect(page.locator("#many-said")).to_have_text(told)


def test_better_and_worse_by_the_labels(page: Page) -> None:
    """A missed danger outweighs every other label."""
    judged = page.evaluate(
        """async () => {
          const { badness, wrongLabels } = await import('/workbench/lists.js')
          const labels = { urgency: 'immediate', scope: 'disclosure', gender: 'man', abuse: ['physical'] }
          const turn = (urgency, gender, abuse) =>
            ({ urgency, situation: { scope: 'disclosure', gender, abuse, lgbt: false } })
          const turns = [
            turn('immediate', 'unknown', []), turn('none', 'man', ['physical']),
            turn('check', 'man', ['physical'])
          ]
          return turns.map((one) => badness(wrongLabels(one, labels)))
        }"""
    )
    assert judged[2] == 0 < judged[0] < judged[1]
