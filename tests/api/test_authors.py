"""Authors are written piece by piece, and read as one document."""

from array import array

import pytest

from algoroom.api.rooms import models, routes
from algoroom.rooms.authors import Authorship


@pytest.mark.parametrize("count", [0, 1, 3, 4, 9])
async def test_spans_in_pieces_are_the_document_that_the_model_is(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "TOGETHER", 3)
    names = ['\0"é😀', "ann"]
    found = Authorship(
        7,
        names,
        array("I", range(2, 2 * count + 1, 2)),
        array("I", [place % 2 for place in range(count)]),
        dict.fromkeys(names[:count], 3),
    )
    pieces = [piece async for piece in routes._authors("of-this", found)]
    model = models.Authors(
        session_id="of-this",
        seq=7,
        spans=[
            models.Span(start=2 * place, end=2 * place + 2, user_id=names[place % 2])
            for place in range(count)
        ],
        shares=[models.Share(user_id=name, units=3) for name in names[:count]],
    )
    assert models.Authors.model_validate_json("".join(pieces)) == model
