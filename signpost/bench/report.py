"""The table and the plot of one benchmark's figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Template

AT_ONCE = (1, 4, 16, 64)
TABLE = Template(
    """\
# Beside Rasa's starter bot

{{ figures.machine }}, {{ figures.date }}, {{ figures.rounds }} rounds; medians over the rounds. \
Load average at the start: {{ figures.load_average }}.

| | starter bot | this bot | ratio |
|---|---|---|---|
{% for row in rows -%}
| {{ row.name }} | {{ row.stock }} | {{ row.ours }} | {{ row.ratio }} |
{% endfor %}
Beyond what it can carry ({{ "%.0f" % figures.overload.asked_per_s }} messages a second \
for {{ figures.overload.asked }} messages): {{ figures.overload.taken }} taken, \
p95 {{ "%.0f" % figures.overload.p95_ms }} ms; {{ figures.overload.refused }} refused with 429; \
{{ figures.overload.other }} answered otherwise.

| where one message's time goes | ms | share |
|---|---|---|
{% for name, ms in parts -%}
| {{ name }} | {{ "%.2f" % ms }} | {{ "%.0f" % (100 * ms / whole) }} % |
{% endfor %}
| one pass of the encoder alone | onnxruntime, ms | TensorFlow, ms |
|---|---|---|
{% for pieces, ours, tensorflow in passes -%}
| {{ pieces }} word pieces | {{ "%.1f" % ours }} | {{ "%.1f" % tensorflow }} |
{% endfor -%}
{% if earlier %}
| against the earlier run | then | now |
|---|---|---|
{% for name, then, now in earlier -%}
| {{ name }} | {{ then }} | {{ now }} |
{% endfor -%}
{% endif %}"""
)


def measures(figures: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and keys of what stands in the table."""
    alone = [
        (f"{kind} messages, alone: {name}, ms", f"alone/{kind}/{name}_ms")
        for kind in ("short", "mix", "long")
        for name in ("p50", "p95", "p99")
    ]
    crowd = [
        (f"{count} at once: {label}", f"at_once/{count}/{key}")
        for count in AT_ONCE
        for label, key in (
            ("messages a second", "per_s"),
            ("p50, ms", "p50_ms"),
            ("p95, ms", "p95_ms"),
            ("refused (429)", "refused"),
        )
    ]
    turns = [
        ("turn 2 of a conversation (turns 2 to 11), ms", "turns/early_ms"),
        ("turn 200 (turns 191 to 200), ms", "turns/late_ms"),
        ("turn 200 to turn 2", "turns/ratio"),
    ]
    rest = [
        ("start to first answer, s", "first_answer_s"),
        ("memory at rest, all processes, unique, MiB", "memory/start/unique_mib"),
        ("memory at rest, all processes, resident, MiB", "memory/start/resident_mib"),
        ("memory after the runs, unique, MiB", "memory/end/unique_mib"),
        ("memory after the runs, resident, MiB", "memory/end/resident_mib"),
        ("training, s", "training/train_s"),
        ("trained model, MiB", "training/model_mib"),
    ]
    return [*alone, *crowd, *turns, *rest]


def look_up(figures: dict[str, Any], path: str) -> float | None:
    """A figure by its path, or None where it was not measured."""
    found: Any = figures
    for key in path.split("/"):
        found = found.get(key) if isinstance(found, dict) else None
    return None if found is None else float(found)


def table(figures: dict[str, Any], earlier: dict[str, Any] | None = None) -> str:
    """The whole account in Markdown."""
    rows = []
    for name, path in measures(figures):
        stock, ours = look_up(figures["stock"], path), look_up(figures["ours"], path)
        ratio = f"{ours / stock:.2f}" if stock and ours is not None else ""
        rows.append({"name": name, "stock": shown(stock), "ours": shown(ours), "ratio": ratio})
    passes = [
        (pieces, ms, figures["tensorflow_pass_ms"].get(pieces, float("nan")))
        for pieces, ms in figures["parts"]["encoder_alone_ms"].items()
    ]
    held_against = None
    if earlier:
        held_against = [
            (name, shown(look_up(earlier["ours"], path)), shown(look_up(figures["ours"], path)))
            for name, path in measures(figures)
        ]
    parts = sorted(figures["parts"]["parts_ms"].items(), key=lambda part: -part[1])
    return TABLE.render(
        figures=figures,
        rows=rows,
        parts=parts,
        whole=figures["parts"]["whole_ms"],
        passes=passes,
        earlier=held_against,
    )


def shown(value: float | None) -> str:
    """Three digits, or a dash."""
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def plot(figures: dict[str, Any], path: Path) -> None:
    """Latency and throughput by people at once, and how a conversation's turns grow dearer."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    picture, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 4))
    for name, label in (("stock", "starter bot"), ("ours", "this bot")):
        crowd = figures[name]["at_once"]
        counts = [count for count in AT_ONCE if str(count) in crowd]
        (line,) = left.plot(
            counts, [crowd[str(count)]["p50_ms"] for count in counts], marker="o", label=f"{label}, p50"
        )
        left.plot(
            counts,
            [crowd[str(count)]["p95_ms"] for count in counts],
            marker="o",
            linestyle=":",
            color=line.get_color(),
            label=f"{label}, p95",
        )
        middle.plot(counts, [crowd[str(count)]["per_s"] for count in counts], marker="o", label=label)
        right.plot(
            range(1, len(figures[name]["turns"]["each_ms"]) + 1),
            figures[name]["turns"]["each_ms"],
            linewidth=0.8,
            label=label,
        )
    for axes, down, across, log in (
        (left, "ms", "people at once", True),
        (middle, "messages a second", "people at once", False),
        (right, "ms", "turn of one conversation", True),
    ):
        axes.set_ylabel(down)
        axes.set_xlabel(across)
        if axes is not right:
            axes.set_xscale("log", base=2)
        if log:
            axes.set_yscale("log")
        axes.legend()
        axes.grid(alpha=0.3)
    picture.tight_layout()
    picture.savefig(path, dpi=100)
    plt.close(picture)
