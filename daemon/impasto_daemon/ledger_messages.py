"""What the daemon and the commands tell each other: rows of the ledger that both poll."""

import json

from impasto_daemon.ledger_rows import Command
from impasto_daemon.ledger_tables import LedgerConnection


class Messages:
    """Commands go to the daemon, once; facts stand until others take their place."""

    def __init__(self, connection: LedgerConnection) -> None:
        self._connection = connection

    def changes(self) -> tuple[int, int]:
        """Not the same after a write, of this connection or another."""
        return self._connection.total_changes, self._connection.execute("PRAGMA data_version").fetchone()[0]

    def send(self, command: Command) -> None:
        asked = command.name, command.argument
        self._connection.execute("INSERT INTO commands (name, argument) VALUES (?,?)", asked)

    def take_commands(self) -> list[Command]:
        rows = self._connection.execute("SELECT * FROM commands ORDER BY id").fetchall()
        if rows:
            self._connection.execute("DELETE FROM commands WHERE id<=?", (rows[-1]["id"],))
        return [Command(row["name"], row["argument"]) for row in rows]

    def fact(self, name: str) -> object:
        row = self._connection.execute("SELECT value FROM facts WHERE name=?", (name,)).fetchone()
        return json.loads(row["value"]) if row else None

    def set_fact(self, name: str, value: object) -> None:
        self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?,?)", (name, json.dumps(value)))
