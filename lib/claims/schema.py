"""Claims as data: what ``report/claims.yaml`` may say, checked when the workflow is parsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from annotated_types import Ge, MinLen
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, model_validator

from lib.bounds import Count, NonNegative, Positive
from lib.report.summary import UNITS
from lib.report.texts import Outline
from lib.report.yaml_files import parse_yaml

Metric = Annotated[str, Field(pattern=r"^\w+(\.[\w-]+)+$")]


class Strict(BaseModel):
    """Unknown keys and wrong types are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _in_every_language(text: dict[str, str], info: ValidationInfo) -> dict[str, str]:
    outline = (info.context or {}).get("outline")
    if outline is not None and not set(outline.complete) <= set(text):
        raise ValueError(f"needs a text in {' and in '.join(outline.complete)}")
    if outline is not None and (unknown := [language for language in text if language not in outline.languages]):
        raise ValueError(f"unknown language {unknown[0]!r}; allowed: {', '.join(outline.languages)}")
    return text


def _known(experiment: str, info: ValidationInfo) -> str:
    experiments = (info.context or {}).get("experiments")
    if experiments is not None and experiment not in experiments:
        raise ValueError(f"unknown experiment {experiment!r}; allowed: {', '.join(experiments)}")
    return experiment


def _section(section: str, info: ValidationInfo) -> str:
    outline = (info.context or {}).get("outline")
    if outline is not None and section not in outline.sections:
        raise ValueError(f"unknown section {section!r}; allowed: {', '.join(outline.sections)}")
    return section


Words = Annotated[dict[str, Annotated[str, MinLen(1)]], AfterValidator(_in_every_language)]  # by language


# What a clause may print of its part's numbers; lib/claims/sentences.py fills them in.
PLACES = ("estimate", "size", "low", "high", "target", "n", "count", "holding")


def _fillable(words: dict[str, str]) -> dict[str, str]:
    for text in words.values():
        try:
            text.format_map(dict.fromkeys(PLACES, ""))
        except (KeyError, ValueError, IndexError) as error:
            allowed = ", ".join(f"{{{place}}}" for place in PLACES)
            raise ValueError(f"unknown place {error} in {text!r}; allowed: {allowed}") from None
    return words


Clause = Annotated[Words, AfterValidator(_fillable)]


class Says(Strict):
    """The clause of the verdict's sentence where the part holds, fails, is significant the other way, or is open.

    What is left out is told by a clause for all parts of its kind (``claim_*`` in report/labels.yaml).
    """

    holds: Clause | None = None
    fails: Clause | None = None
    opposite: Clause | None = None
    open: Clause | None = None


class Part(Strict):
    """What all parts of a claim have.

    ``about`` names in words what is tested; ``counts`` stands behind its number on page one, where that does not say by
    itself what it is. A ``premise`` that fails contradicts the claim whatever else holds.
    """

    about: Words
    counts: Words | None = None
    says: Says = Says()
    premise: bool = False


class Compares(Part):
    """The mean of ``metric`` is above or below ``limit``, by more than ``margin``.

    ``margin`` is the smallest difference that matters. ``each``: every run is compared as it is, at the limit included,
    for what chance has no part in, so that one run is enough.
    """

    kind: Literal["above", "below"]
    metric: Metric
    limit: float = 0.0
    margin: NonNegative = 0.0
    min_seeds: Annotated[int, Ge(2)] = 3
    each: bool = False


class Equals(Part):
    """Every run of ``metric`` is ``value`` to within ``tolerance``: for what chance has no part in."""

    kind: Literal["equals"]
    metric: Metric
    value: float
    tolerance: NonNegative = 0.0


class Equivalent(Part):
    """The mean of ``metric``, a paired difference, is within ``margin`` of zero (two one-sided t tests)."""

    kind: Literal["equivalent"]
    metric: Metric
    margin: Positive
    min_seeds: Annotated[int, Ge(2)] = 3


class Predicts(Part):
    """The published ``value`` is one more run of ``metric``.

    ``margin`` is the largest half-width that the 95% prediction interval may have to say so.
    """

    kind: Literal["predicts"]
    metric: Metric
    value: float
    margin: Positive
    min_seeds: Annotated[int, Ge(5)] = 5


class Better(Strict):
    """Which of two values of a metric is better, and the smallest difference that matters."""

    better: Literal["greater", "less"]
    margin: Positive


class Dominates(Part):
    """Each of ``first`` is better than each of ``second`` by every one of ``metrics``, paired by seed.

    An id in ``metrics`` with the name of an arm and a dot before it is the number compared.
    """

    kind: Literal["dominates"]
    first: Annotated[list[str], MinLen(1)]
    second: Annotated[list[str], MinLen(1)]
    metrics: Annotated[dict[str, Better], MinLen(1)]
    min_seeds: Annotated[int, Ge(2)] = 6


AnyPart = Annotated[Compares | Equals | Equivalent | Predicts | Dominates, Field(discriminator="kind")]


class PublishedValue(Strict):
    """What the original printed (n = 1), and where; a list is several values, or the two ends of a ``range``."""

    value: float | list[float]
    range: bool = False
    unit: str
    source: Words

    @model_validator(mode="after")
    def _known_unit(self) -> PublishedValue:
        if self.unit not in UNITS:
            raise ValueError(f"unknown unit {self.unit!r}; allowed: {', '.join(UNITS)}")
        return self


class Dose(Strict):
    """How something was trained: by which recipe, on how many images, for how many epochs.

    As the evidence of a claim: that recipe, and at least so many; None is not asked for.
    """

    recipe: str | None = None
    images: Count | None = None
    epochs: Count | None = None

    def meets(self, wanted: Dose) -> bool:
        """Whether a training is what a claim asks for."""
        enough = all(
            least is None or (got is not None and got >= least)
            for got, least in ((self.images, wanted.images), (self.epochs, wanted.epochs))
        )
        return enough and wanted.recipe in (None, self.recipe)


class Claim(Strict):
    """One claim of the original report.

    ``section`` is where the report has the verdict, and ``shown`` the figure or table that its evidence is seen in, an
    id of report/captions.yaml. ``needs`` is the experiment (``claims.experiments`` in the configuration) and
    ``evidence`` how each training that it rests on must have been made: else it is not tested.
    """

    section: Annotated[str, AfterValidator(_section)]
    text: Words
    shown: str | None = None
    reference: PublishedValue | None = None
    needs: Annotated[str, AfterValidator(_known)] | None = None
    evidence: dict[str, Dose] = {}
    parts: Annotated[list[AnyPart], MinLen(1)]


class ClaimsError(ValueError):
    """The claims file cannot be used; the text is one line for the user."""


def parse_claims(
    text: str, name: str, outline: Outline | None = None, experiments: Sequence[str] | None = None
) -> dict[str, Claim]:
    """Claims by id from YAML ``text`` of the file ``name``; raises :exc:`ClaimsError`, one line, if it is not right.

    Languages, sections and experiments are checked where ``outline`` and ``experiments`` say which there are.
    """
    try:
        raw = parse_yaml(text, name)
    except ValueError as error:
        raise ClaimsError(str(error)) from None
    context = {"outline": outline, "experiments": experiments}
    if not isinstance(raw, Mapping) or not raw:
        raise ClaimsError(f"{name}: expected claims by id")
    claims = {}
    for key, entry in raw.items():
        try:
            claims[str(key)] = Claim.model_validate(entry, context=context)
        except ValidationError as error:
            raise ClaimsError(f"{name}: {key}{_first_problem(error)}") from None
    return claims


def summaries_read(claims: Mapping[str, Claim], experiments: Sequence[str]) -> dict[str, list[str]]:
    """By section, the summaries whose numbers decide its claims: those that their ids start with.

    Claims whose experiment is not among ``experiments`` add none.
    """
    found: dict[str, set[str]] = {}
    for claim in claims.values():
        names = found.setdefault(claim.section, set())
        if claim.needs is None or claim.needs in experiments:
            names |= {metric.split(".")[0] for part in claim.parts for metric in metrics_of(part)}
    return {section: sorted(names) for section, names in found.items()}


def trainings_read(claims: Mapping[str, Claim]) -> dict[str, list[str]]:
    """By section, the trainings that the evidence of its claims names."""
    found: dict[str, set[str]] = {claim.section: set() for claim in claims.values()}
    for claim in claims.values():
        found[claim.section] |= set(claim.evidence)
    return {section: sorted(names) for section, names in found.items()}


def metrics_of(part: AnyPart) -> list[str]:
    """Ids of the numbers that a part of a claim is about."""
    return list(part.metrics) if isinstance(part, Dominates) else [part.metric]


def seeds_asked(part: AnyPart) -> int:
    """Runs that a part needs to be decided."""
    return 1 if isinstance(part, Equals) or (isinstance(part, Compares) and part.each) else part.min_seeds


def _first_problem(error: ValidationError) -> str:
    problems = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    first: Any = problems[0]
    where = "".join(f".{part}" for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{where}: unknown key"
    said = first["msg"].removeprefix("Value error, ")
    return f"{where}: {said[0].lower()}{said[1:]}"
