"""The findings of checkov on the deployed template: each is fatal, or accepted for a reason.

`python -m tools.audit.template FILE`, where FILE is the transformed template.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ACCEPTED = {
    "CKV_AWS_27": (
        "Queues are encrypted by SQS's own key, which checkov does not count: what ends there "
        "nothing else could deliver, and no customer's key that is taken away may refuse it."
    ),
    "CKV_AWS_115": (
        "Reserving concurrency for every function is more than a small account has; those that "
        "roll back have the parameter RollBackConcurrency."
    ),
    "CKV_AWS_116": (
        "Step Functions and callers wait for these functions and hear of each failure. The guard, "
        "which alone is invoked asynchronously, has an on-failure destination, which tells more."
    ),
    "CKV_AWS_117": (
        "They call AWS's own APIs, and URLs that are public unless a parameter says otherwise. In "
        "a VPC they would need its endpoints and NAT, and fail with them."
    ),
    "CKV_AWS_173": (
        "The variables are names and switches, no secrets. With a customer's key that is taken "
        "away, the function that rolls back could not start."
    ),
}


def main(template: Path) -> int:
    """Print the findings that nobody has accepted, and fail where there are any."""
    findings = scanned(template)
    problems = list(objections(findings, ACCEPTED))
    print("\n".join(problems) or f"checkov: {len(findings)} accepted kinds of finding, no others")
    return 1 if problems else 0


def scanned(template: Path) -> dict[str, list[str]]:
    """Return by the check's id what checkov says of each resource that it finds fault with."""
    options = ["--framework", "cloudformation", "--skip-download", "--quiet", "--compact"]
    checkov = Path(sys.executable).with_name("checkov")
    run = subprocess.run(
        [checkov, *options, "--output", "json", "--file", template],
        stdout=subprocess.PIPE,
        check=False,  # it ends with 1 where it finds something
    )
    report = json.loads(run.stdout)
    if report["summary"]["parsing_errors"] or not report["summary"]["passed"]:
        raise SystemExit(f"checkov could not read {template}")
    findings = defaultdict(list)
    for found in report["results"]["failed_checks"]:
        findings[found["check_id"]].append(f"{found['resource']}: {found['check_name']}")
    return findings


def objections(findings: Mapping[str, Sequence[str]], accepted: Mapping[str, str]) -> Iterator[str]:
    """Object to findings without a reason, and to reasons without a finding."""
    for check in sorted(findings.keys() - accepted.keys()):
        yield from (f"{check} {found}" for found in findings[check])
    for check in sorted(accepted.keys() - findings.keys()):
        yield f"{check} is accepted, but nothing is found any more"


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
