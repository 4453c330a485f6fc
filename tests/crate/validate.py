"""Validate crates with roc-validator, offline: python validate.py CRATE... It has an environment of its own.

The JSON-LD contexts are those of ``contexts/``: the part of the published ones that the crates use, so that a term
that is not in them is an error.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests_cache import CachedSession
from rocrate_validator.models import ValidationSettings
from rocrate_validator.services import validate
from urllib3 import HTTPResponse

CONTEXTS = {
    "https://w3id.org/ro/crate/1.1/context": "ro-crate-1.1.json",
    "https://w3id.org/ro/terms/workflow-run/context": "workflow-run.json",
}
PROFILES = ("ro-crate-1.1", "process-run-crate", "workflow-ro-crate", "workflow-run-crate")


class Contexts(HTTPAdapter):
    """Answers with the files in place of the network."""

    def send(self, request: PreparedRequest, **_: Any) -> Response:
        content = (Path(__file__).parent / "contexts" / CONTEXTS[str(request.url)]).read_bytes()
        headers = {"Content-Type": "application/ld+json"}
        raw = HTTPResponse(io.BytesIO(content), headers, status=200, preload_content=False, request_url=request.url)
        return self.build_response(request, raw)


def faults(crate: Path, profile: str, cache: Path) -> list[str]:
    """What of a profile's requirements a crate does not meet."""
    result = validate(
        ValidationSettings(
            rocrate_uri=str(crate),
            profile_identifier=profile,
            requirement_severity="REQUIRED",
            offline=True,
            cache_path=cache,
        )
    )
    return [f"{crate}: {profile}: {issue.check.identifier}: {issue.message}" for issue in result.get_issues()]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "contexts"
        session = CachedSession(str(cache), backend="sqlite")
        session.mount("https://", Contexts())
        for address in CONTEXTS:
            session.get(address)
        session.close()
        found = [line for crate in sys.argv[1:] for profile in PROFILES for line in faults(Path(crate), profile, cache)]
    print("\n".join(found) or f"valid: {', '.join(PROFILES)}")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
