"""Making the steps between two releases of the tables, by Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def upgrade(connection: Connection, folder: Path, versions: str) -> None:
    """Bring a store to the last step.

    Args:
        connection: to the store; it commits or not.
        folder: where the steps are.
        versions: name of the table that says which step a store stands at.
    """
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["version_table"] = versions
    command.upgrade(config, "head")
