"""Why somebody is not let in for what they showed, or did not show."""

from algoroom.access.caller import Scope
from algoroom.errors import AlgoroomError


class NotSignedIn(AlgoroomError):
    """Somebody showed no credential where one is needed."""

    def __init__(self) -> None:
        super().__init__("Sign in first: this takes a token, a key or a login")


class CredentialRefused(AlgoroomError):
    """A credential was shown that is wrong, over or revoked. `reason` says which, and nothing of
    the credential itself."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LoginOver(CredentialRefused):
    """The login of a browser has ended; the browser had better forget it."""

    def __init__(self) -> None:
        super().__init__("The login is over; sign in again")


class ScopeMissing(AlgoroomError):
    """A credential may not be used for what was asked."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"The credential has not the scope {scope.value}")
        self.scope = scope


class ProviderUnavailable(AlgoroomError):
    """Whoever knows the people cannot be asked now. `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__("Credentials cannot be checked at the moment; try again")
        self.reason = reason
