"""Issues as SARIF 2.1.0, which GitHub's code scanning and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from labelvc.core.check_rules import RULES
from labelvc.core.checked import Checked, CheckedSet, ToldIssue
from labelvc.report.check_limit import each, sentence

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif_json(checked: Checked, *, version: str, limit: int = 0) -> dict[str, Any]:
    """One run of labelvc in this `version`; issues against another revision are `new`."""
    results = [_result(checked, *one) for one in each(checked, limit)]
    used = {result["ruleId"] for result in results}
    codes = [code for code in RULES if code in used]
    for result in results:
        result["ruleIndex"] = codes.index(result["ruleId"])
    driver = {"name": "labelvc", "version": version, "rules": [_rule(code) for code in codes]}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    rule = RULES[code]
    level = "note" if rule.level == "off" else rule.level
    what = f"{rule.what[0].upper()}{rule.what[1:]}."
    return {
        "id": code,
        "shortDescription": {"text": what},
        "defaultConfiguration": {"level": level, "enabled": rule.level != "off"},
    }


def _result(
    checked: Checked, one: CheckedSet, found: ToldIssue, fingerprint: str
) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": quote(found.place.path)},
        "region": {"startLine": found.place.line},
    }
    result: dict[str, Any] = {
        "ruleId": found.issue.code,
        "level": found.issue.severity,
        "message": {"text": sentence(one, found)},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"labelvcIssue/v1": fingerprint},
    }
    return result if checked.against is None else {**result, "baselineState": "new"}
