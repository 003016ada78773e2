"""The parts of the HTTP API, as its documentation groups them."""

INTERVIEW = "Interview API"
EVENTS = "Algoroom API"
RUNS = "Runs"
ROOMS = "Rooms"
ACCESS = "Access"
SIGN_IN = "Signing in"
SERVER = "Server"
