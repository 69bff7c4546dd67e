"""Price tables: steps by a numeric fact, matrices by places, and products made of other products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from fractions import Fraction
from typing import Literal, cast

from edge.domain.errors import PolicyError
from edge.domain.frozen import frozen
from edge.domain.tariff.amounts import TO_THE_FEN_DOWN, Rounding
from edge.domain.tariff.reading import Reading, key

STEP_NUMBERS = (2, 3)


@frozen(kw_only=True)
class Beyond:
    """What each further part costs past the last step; a part begun counts whole."""

    every: Fraction = key("length of a part", unit="as the table's fact", low=1)
    add: int = key("price of each part begun; 0: the last step's price for ever", unit="fen")


@frozen(kw_only=True)
class StepTable:
    """A price that rises in steps of a numeric fact: distance, stops, minutes."""

    by: str = key("numeric fact that is looked up", example='"distance_m"')
    steps: tuple[tuple[Fraction, ...], ...] = key(
        "rows [end, fen] in rising order, or [start, end, fen] where starts are written out; a decimal end is quoted",
        unit="as the fact, fen",
        example="[[5000, 200], [10000, 300]]",
    )
    upper: Literal["inclusive", "exclusive"] = key("whether a step's end belongs to it")
    beyond: Beyond | None = key(
        "what follows the last step; absent: no price there, the facts are refused", default=None
    )
    ends: tuple[tuple[int | Fraction, int], ...] = field(init=False, default=(), compare=False)

    def __post_init__(self) -> None:
        """Keep (end, fen) of every step, whole numbers as integers: they compare faster."""
        ends = tuple((_slim(row[-2]), int(row[-1])) for row in self.steps if len(row) in STEP_NUMBERS)
        object.__setattr__(self, "ends", ends)

    def price(self, measure: int | Fraction) -> int:
        """Return the price; raises ``FACTS_INVALID`` past the last step where nothing is said about it."""
        inclusive = self.upper == "inclusive"
        for end, fen in self.ends:
            if measure < end or (inclusive and measure == end):
                return fen
        if self.beyond is None or not self.ends:
            raise PolicyError("FACTS_INVALID", f"{self.by}: {measure} is past the last step")
        last_end, last_fen = self.ends[-1]
        over, every = measure - last_end, _slim(self.beyond.every)
        begun = -(-over // every) if inclusive else over // every + 1
        return last_fen + int(begun) * self.beyond.add


def _slim(number: Fraction) -> int | Fraction:
    return number.numerator if number.denominator == 1 else number


@frozen(kw_only=True)
class MatrixTable:
    """A price by pair of places; a pair says nothing about the way back unless ``symmetric``."""

    by: Literal["od_matrix", "zone_matrix", "stage_matrix"] = key(
        "od_matrix: places are stations; zone_matrix: places are area_ids, a station is found in its area; "
        "stage_matrix: places are the stops of a line in order, whose ends are the termini"
    )
    places: tuple[str, ...] = key("names of rows and columns", example='["A", "B", "C"]')
    rows: tuple[tuple[int, ...], ...] = key(
        "one row per boarding place, one column per alighting place; -1: no such trip, with sparse",
        unit="fen",
        default=(),
        low=-1,
    )
    pairs: tuple[tuple[str, str, int], ...] = key("instead of rows: [from, to, fen]", unit="fen", default=())
    fares: dict[str, int] = key(
        "instead of rows: name of the boarding place, separator, name of the alighting place = fen",
        unit="fen",
        default={},
        example="{ AB = 200, BA = 200 }",
    )
    separator: str = key("between the two names in fares", default="")
    file: str = key("instead of rows: CSV beside the bundle with the columns from,to,fen", default="")
    symmetric: bool = key("whether a pair also stands for the way back", default=False)
    sparse: bool = key("whether a pair without a price means that there is no such trip", default=False)
    index: dict[str, int] = field(init=False, default_factory=dict, compare=False)
    cells: dict[tuple[str, str], int] = field(init=False, default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        """Index the table once."""
        self.index.update({place: number for number, place in enumerate(self.places)})
        for origin, destination, fen in self.pairs:
            self._put(origin, destination, fen)
        if self.fares:
            for origin in self.places:
                for destination in self.places:
                    told = self.fares.get(f"{origin}{self.separator}{destination}")
                    if told is not None:
                        self._put(origin, destination, told)

    def _put(self, origin: str, destination: str, fen: int) -> None:
        self.cells[origin, destination] = fen
        if self.symmetric:
            self.cells.setdefault((destination, origin), fen)

    def find(self, origin: str, destination: str) -> int | None:
        """Return the price of a pair, None where the table has none."""
        if not self.rows:
            return self.cells.get((origin, destination))
        row, column = self.index.get(origin), self.index.get(destination)
        if row is None or column is None:
            return None
        fen = self.rows[row][column]
        if fen < 0 and self.symmetric:
            fen = self.rows[column][row]
        return fen if fen >= 0 else None

    def resolve(self, place: str, areas: Mapping[str, frozenset[str]]) -> str:
        """Return the name under which the table knows a place: its own, or that of its area."""
        if place in self.index or self.by != "zone_matrix":
            return place
        return next((area for area in self.places if place in areas.get(area, ())), place)


Table = StepTable | MatrixTable


@frozen
class AnyTable:
    """Reads ``x_table`` by its key ``by``."""

    table: Table

    @classmethod
    def from_plain(cls, reading: Reading, plain: object, path: str) -> AnyTable:
        """Read a matrix where ``by`` names one, else steps."""
        by = plain.get("by", "") if isinstance(plain, Mapping) else ""
        wanted = MatrixTable if str(by).endswith("_matrix") else StepTable
        return cls(cast("Table", reading.table(cast("type[StepTable]", wanted), plain, path)))


@frozen(kw_only=True)
class Formula:
    """A price made of other products' prices; exactly one of the first four keys is written."""

    min_of: tuple[str, ...] = key("lowest price of these fare_product_ids", default=())
    max_of: tuple[str, ...] = key("highest price of these", default=())
    sum_of: tuple[str, ...] = key("sum of the prices of these", default=())
    percent_of: str = key("a percentage of this one's price", default="")
    percent: Fraction = key("the percentage", unit="%", default=Fraction(100), high=1000)
    round: Rounding = key("rounding of the percentage", default=TO_THE_FEN_DOWN)
    plus: int = key("added to the result", unit="fen", default=0)
    floor: int = key("the result is at least this", unit="fen", default=0)
    ceiling: int | None = key("the result is at most this; absent: no limit", unit="fen", default=None)

    def parts(self) -> tuple[str, ...]:
        """Return the products referred to."""
        return self.min_of + self.max_of + self.sum_of + ((self.percent_of,) if self.percent_of else ())
