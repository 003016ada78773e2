"""What was deleted is not only out of reach, but gone."""

from pathlib import Path

from sqlalchemy import text

from algoroom.rooms import journal
from algoroom.sessions import repository
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer
from tests.storage.sample import entry, session


async def test_what_is_deleted_is_in_no_file_any_more(tmp_path: Path) -> None:
    path = tmp_path / "algoroom.db"
    database = Database(f"sqlite:///{path}")
    await database.migrate()
    writer = Writer(database)
    kept = session()
    await writer.write(repository.insert(kept))
    secret = b"nobody shall read this"
    for number in range(3):
        # Longer than a page, so that some of it lies on pages of its own.
        gone = session(title=f"a title of {number}")
        state = secret * 1_000
        await writer.write(
            repository.insert(gone),
            journal.append(gone.id, entry(1, secret)),
            journal.save_state(gone.id, 1, state),
        )
        await writer.write(repository.delete(gone.id))
    async with database.connect() as connection:
        await connection.execute(text("SELECT 1 FROM sessions"))
        assert secret in _bytes_of(path)
        assert not await database.scrub()
    assert await database.scrub()
    assert secret not in _bytes_of(path)
    assert b"a title of" not in _bytes_of(path)
    async with database.connect() as connection:
        assert await repository.get(connection, kept.id) == kept
    await writer.close()
    await database.close()


def _bytes_of(path: Path) -> bytes:
    """Everything that a database has on disk."""
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
