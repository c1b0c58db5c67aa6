"""SQLAlchemy's SQLite for nbgrader's converters, which make an engine for each question that they have.

`sqlite+gradebook:///FILE` is the same database as `sqlite:///FILE`. Engines of this dialect share what they compiled
and what they know of the file's tables, so that all of them cost about as much as one.
"""

import os
from typing import Any, ClassVar

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Connection, Engine

NAME = "sqlite+gradebook"


class GradebookDialect(SQLiteDialect_pysqlite):
    """SQLite by way of Python's sqlite3, with one memory for all engines."""

    supports_statement_cache = True
    _compiled: ClassVar[dict[Any, Any]] = {}
    _tables: ClassVar[dict[tuple[int, int], set[str]]] = {}

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=cls._compiled)

    def has_table(self, connection: Connection, table_name: str, schema: str | None = None, **options: Any) -> bool:
        file = _file(connection.engine.url.database)
        known = self._tables.setdefault(file, set()) if file else set()
        if table_name not in known and super().has_table(connection, table_name, schema, **options):  # type: ignore[no-untyped-call]
            known.add(table_name)
        return table_name in known

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)  # what one compiled serves the others

    def __hash__(self) -> int:
        return hash(type(self))


registry.register(NAME.replace("+", "."), __name__, GradebookDialect.__name__)


def _file(database: str | None) -> tuple[int, int] | None:
    """What tells a database's file from all others, whatever its path was; none where it holds nothing, or is none."""
    try:
        found = os.stat(database or "")
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found.st_size else None


def shared(url: str) -> str:
    """The same database by this dialect; any other than SQLite as it is."""
    return url.replace("sqlite://", f"{NAME}://", 1) if url.startswith("sqlite://") else url
