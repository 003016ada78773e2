"""Two people with a browser each, in one room."""

from tests.browser.conftest import OpenRoom


async def test_what_one_types_the_other_sees(open_room: OpenRoom) -> None:
    room = await open_room()
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    await ann.is_with("Ann", "Ben")
    await ann.is_told("Ben joined")
    await ann.type("print('hello')\n")
    await ben.sees("print('hello')\n")
    await ben.type("print('there')")
    text = "print('there')print('hello')\n"
    await ann.sees(text)
    await ann.saved()
    await ben.saved()
    assert await room.code() == text
