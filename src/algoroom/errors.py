"""What can go wrong, in the domain's own words. Each contract turns these into its own shape."""


class AlgoroomError(Exception):
    """The base of every error that this project raises on purpose."""


class SessionNotFound(AlgoroomError):
    """No session has this id, or the one that had it is deleted or expired."""

    def __init__(self, session_id: str) -> None:
        super().__init__(f"Session with ID '{session_id}' not found")
        self.session_id = session_id


class PersonNotFound(AlgoroomError):
    """The session knows nobody by this id, and nobody in its room goes by it."""

    def __init__(self, person_id: str) -> None:
        super().__init__(f"Person with ID '{person_id}' not found")
        self.person_id = person_id


class InviteNotFound(AlgoroomError):
    """The session has no invite of this id."""

    def __init__(self, invite_id: str) -> None:
        super().__init__(f"Invite with ID '{invite_id}' not found")
        self.invite_id = invite_id


class InviteRefused(AlgoroomError):
    """An invite gives nothing: it is unknown here, revoked, expired, or was used by another."""

    def __init__(self) -> None:
        super().__init__("The invite is not valid, or not any more")


class TooManyInvites(AlgoroomError):
    """The session has as many invites as it may."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A session may have {most:,} invites; revoke one first")
        self.most = most


class TooManyWait(AlgoroomError):
    """As many ask to be let into a session as may."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most:,} people wait to be let in already; try again later")
        self.most = most


class VersionNotFound(AlgoroomError):
    """The session has no version of this id."""

    def __init__(self, version_id: str) -> None:
        super().__init__(f"Version with ID '{version_id}' not found")
        self.version_id = version_id


class TooManyVersions(AlgoroomError):
    """The session has as many versions as it may."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A session may have {most:,} versions; delete one first")
        self.most = most


class NoSuchMoment(AlgoroomError):
    """The session has not been at the moment that `part` of a request names."""

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(reason)
        self.part = part


class SnapshotNotFound(AlgoroomError):
    """The session has no saved state of this id."""

    def __init__(self, snapshot_id: str) -> None:
        super().__init__(f"Snapshot with ID '{snapshot_id}' not found")
        self.snapshot_id = snapshot_id


class RoomFull(AlgoroomError):
    """A room has as many connections as it may have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"The room has {most:,} connections, which is as many as it may have")


class JournalDamaged(AlgoroomError):
    """An entry of a session's journal, number `seq`, is missing or is not what was stored."""

    def __init__(self, session_id: str, seq: int, reason: str) -> None:
        super().__init__(f"The journal of session {session_id} is damaged at entry {seq}: {reason}")
        self.session_id = session_id
        self.seq = seq


class TextTooLong(AlgoroomError):
    """The document would grow beyond its limit. Both figures count UTF-16 code units."""

    def __init__(self, units: int, limit: int) -> None:
        super().__init__(f"The code would be {units:,} characters long; the limit is {limit:,}")
        self.units = units
        self.limit = limit


class DocumentTooLarge(TextTooLong):
    """A document with all that was ever in it would grow beyond its limit. Figures are bytes."""

    def __init__(self, size: int, limit: int) -> None:
        AlgoroomError.__init__(
            self,
            f"What was ever written here would take {size:,} bytes; the limit is {limit:,}. A fork "
            "of the session begins anew",
        )


class InvalidChange(AlgoroomError):
    """A change that does not fit the text it refers to."""


class LanguageUnavailable(AlgoroomError):
    """This server cannot run the language: unknown, not installed, or failing its self-test."""

    def __init__(self, language: str, reason: str) -> None:
        super().__init__(f"{language} cannot be run here: {reason}")
        self.language = language
        self.reason = reason


class RunsBusy(AlgoroomError):
    """More programs wait than the server is set to hold."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Too many programs are waiting to run; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class PartyBusy(AlgoroomError):
    """More programs of one room, or of one client, wait than may."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Too many of your programs are waiting; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class ClientBusy(AlgoroomError):
    """One client has as many programs that run or wait as it may have, all rooms together."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Too many of your programs run or wait; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class SandboxUnavailable(AlgoroomError):
    """No program can be run safely on this machine as it is."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Programs cannot be run here: {reason}")
        self.reason = reason


class InvalidRun(AlgoroomError):
    """A run that cannot be as it is asked for. `part` names what is wrong with it."""

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(f"{part}: {reason}")
        self.part = part
        self.reason = reason


class LimitNotAllowed(AlgoroomError):
    """A run asks for more than the operator allows: `value` of the limit called `name`, of which
    it may have `most`, both in the limit's own unit."""

    def __init__(self, name: str, value: float, most: float) -> None:
        super().__init__(f"{name}: {value:,} was asked for, and at most {most:,} is allowed")
        self.name = name
        self.value = value
        self.most = most


class InputClosed(AlgoroomError):
    """Nothing more can be typed: the input has ended, or was never open."""

    def __init__(self) -> None:
        super().__init__("The run's standard input has ended")


class InputFull(AlgoroomError):
    """The program does not read, and as much as may wait for it does already."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(
            f"The program has not read what was typed; at most {most_bytes:,} bytes wait"
        )
        self.most_bytes = most_bytes


class NoTerminal(AlgoroomError):
    """The run has no terminal."""

    def __init__(self) -> None:
        super().__init__("The run has no terminal")


class RunNotFound(AlgoroomError):
    """No run has this id, or it ended too long ago to be kept."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"Run with ID '{run_id}' not found")
        self.run_id = run_id


class TaskChanged(AlgoroomError):
    """A task is not the one that a new one was made of: somebody, whose id is `by`, changed it."""

    def __init__(self, by: str) -> None:
        super().__init__("The task was changed meanwhile")
        self.by = by


class NotesChanged(AlgoroomError):
    """Hosts' notes are not those that new ones were made of: somebody, whose id is `by`, changed
    them."""

    def __init__(self, by: str) -> None:
        super().__init__("The notes were changed meanwhile")
        self.by = by


class RunOver(AlgoroomError):
    """The run has ended and takes nothing more."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"Run with ID '{run_id}' has ended")
        self.run_id = run_id


class SettingsError(AlgoroomError):
    """One or more settings are wrong. `lines` has one readable line for each."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
