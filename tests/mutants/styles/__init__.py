"""Right solutions as different people write them: what was refused once, and what one might refuse."""

from __future__ import annotations

from tests.mutants.styles.column import COLUMN
from tests.mutants.styles.column_objects import COLUMN_OBJECTS
from tests.mutants.styles.manual import MANUAL
from tests.mutants.styles.reference import REFERENCE
from tests.mutants.styles.row import ROW

STYLES = REFERENCE | MANUAL | COLUMN | COLUMN_OBJECTS | ROW
