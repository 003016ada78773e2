"""Numbers, texts and bytes as Yjs and its protocols write them: lib0's encoding."""

from typing import ClassVar

from algoroom.errors import AlgoroomError

_LONGEST_NUMBER = 10


class Malformed(AlgoroomError):
    """Bytes that do not read as what they should be."""


class Reader:
    """Reads one after the other from the start; what cannot be read raises `malformed`."""

    __slots__ = ("_data", "at")

    malformed: ClassVar[type[Malformed]] = Malformed

    def __init__(self, data: bytes, at: int = 0) -> None:
        self._data = data
        self.at = at

    def byte(self) -> int:
        at = self.at
        if at >= len(self._data):
            raise self.malformed("it ends too early")
        self.at = at + 1
        return self._data[at]

    def number(self) -> int:
        """An unsigned number of seven bits a byte."""
        data, at = self._data, self.at
        end = len(data)
        if at < end and (number := data[at]) < 0x80:
            self.at = at + 1
            return number
        number = shift = 0
        while at < end:
            byte = data[at]
            at += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                self.at = at
                return number
            shift += 7
            if shift >= 7 * _LONGEST_NUMBER:
                raise self.malformed("a number without end")
        raise self.malformed("it ends too early")

    def block(self) -> bytes:
        """Bytes behind their length."""
        length = self.number()
        start = self.at
        self.skip(length)
        return self._data[start : start + length]

    def text(self) -> str:
        """A text behind its length in bytes."""
        try:
            return self.block().decode()
        except UnicodeDecodeError as error:
            raise self.malformed("a text that is no UTF-8") from error

    def skip(self, length: int) -> None:
        if length > len(self._data) - self.at:
            raise self.malformed("it ends too early")
        self.at += length

    def expect_end(self) -> None:
        if self.at != len(self._data):
            raise self.malformed("something follows its end")


def write_number(number: int) -> bytes:
    """An unsigned number, seven bits a byte."""
    if number < 0x80:
        return bytes((number,))
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def sized(data: bytes) -> bytes:
    """Bytes behind their length."""
    return write_number(len(data)) + data
