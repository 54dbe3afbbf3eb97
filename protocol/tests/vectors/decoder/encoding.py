"""Section 1 of docs/protocol.md: postcard, its caps, versions, and padding.

A type reads plain values from bytes (`read`), writes them again (`write`), and says how the vector files show them (`show`).
A struct is a dict, an enum a pair (name of the variant, its value), an option None or the value.
"""

BUCKETS = [256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 61440]


class Refused(Exception):
    """What bytes are refused with, in the words of the vector files."""


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise Refused("Truncated")
        self.at += count
        return self.data[self.at - count : self.at]

    def varint(self, bits):
        value = 0
        for place in range(0, bits, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << place
            if byte < 0x80:
                if value >> bits:
                    raise Refused("Invalid")
                return value
        raise Refused("Invalid")

    def length(self, cap, smallest):
        """A length that the rest of the bytes could hold and the cap allows, before anything is taken."""
        count = self.varint(64)
        if count * smallest > len(self.data) - self.at:
            raise Refused("Truncated")
        if cap is not None and count > cap:
            raise Refused("Invalid")
        return count


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


class Plain:
    """What the vector files show as it is."""

    def show(self, value):
        return value


class Hex:
    def show(self, value):
        return value.hex()


class Byte(Plain):
    def read(self, reader):
        return reader.take(1)[0]

    def write(self, value):
        return bytes([value])


class Uint(Plain):
    def __init__(self, bits):
        self.bits = bits

    def read(self, reader):
        return reader.varint(self.bits)

    def write(self, value):
        return varint(value)


class Bool(Plain):
    def read(self, reader):
        byte = reader.take(1)[0]
        if byte > 1:
            raise Refused("Invalid")
        return byte == 1

    def write(self, value):
        return bytes([value])


class Fixed(Hex):
    def __init__(self, size):
        self.size = size

    def read(self, reader):
        return reader.take(self.size)

    def write(self, value):
        assert len(value) == self.size
        return value


class Bytes(Hex):
    def __init__(self, cap=None):
        self.cap = cap

    def read(self, reader):
        return reader.take(reader.length(self.cap, 1))

    def write(self, value):
        return varint(len(value)) + value


class Text(Plain):
    def __init__(self, cap=None):
        self.bytes = Bytes(cap)

    def read(self, reader):
        try:
            return self.bytes.read(reader).decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("Invalid") from None

    def write(self, value):
        return self.bytes.write(value.encode("utf-8"))


class List:
    def __init__(self, of, cap=None, exactly=None):
        self.of, self.cap, self.exactly = of, exactly if cap is None else cap, exactly

    def read(self, reader):
        count = reader.length(self.cap, 1)
        values = [self.of.read(reader) for _ in range(count)]
        if self.exactly is not None and count != self.exactly:
            raise Refused("Invalid")
        return values

    def write(self, value):
        return varint(len(value)) + b"".join(map(self.of.write, value))

    def show(self, value):
        return [self.of.show(one) for one in value]


class Option:
    def __init__(self, of):
        self.of = of

    def read(self, reader):
        return self.of.read(reader) if BOOL.read(reader) else None

    def write(self, value):
        return b"\0" if value is None else b"\1" + self.of.write(value)

    def show(self, value):
        return None if value is None else self.of.show(value)


class Struct:
    def __init__(self, **fields):
        self.fields = fields

    def read(self, reader):
        return {name: of.read(reader) for name, of in self.fields.items()}

    def write(self, value):
        return b"".join(of.write(value[name]) for name, of in self.fields.items())

    def show(self, value):
        return {name: of.show(value[name]) for name, of in self.fields.items()}


class Enum:
    """Variants in their order; a variant without fields is shown by its name, another by its fields."""

    def __init__(self, **variants):
        self.variants = variants
        self.names = list(variants)

    def read(self, reader):
        index = reader.varint(32)
        if index >= len(self.names):
            raise Refused("Invalid")
        name = self.names[index]
        of = self.variants[name]
        return name, None if of is None else of.read(reader)

    def write(self, value):
        name, inner = value
        of = self.variants[name]
        return varint(self.names.index(name)) + (b"" if of is None else of.write(inner))

    def show(self, value):
        name, inner = value
        of = self.variants[name]
        return name if of is None else of.show(inner)


class Encoded(Hex):
    """A part that the vector files show as the bytes of its encoding."""

    def __init__(self, of):
        self.of = of

    def read(self, reader):
        return self.of.read(reader)

    def write(self, value):
        return self.of.write(value)

    def show(self, value):
        return self.of.write(value).hex()


BYTE, BOOL, U16, U32, U64 = Byte(), Bool(), Uint(16), Uint(32), Uint(64)


def encode(of, value, version=None):
    return (b"" if version is None else bytes([version])) + of.write(value)


def decode(of, data, version=None, cap=None):
    """The value that exactly these bytes are, or `Refused`: to the last byte, and the same when encoded again."""
    if cap is not None and len(data) > cap:
        raise Refused(f"TooLong {{ len: {len(data)}, max: {cap} }}")
    reader = Reader(data)
    if version is not None:
        found = reader.take(1)[0]
        if found != version:
            raise Refused(f"UnknownVersion {{ found: {found} }}")
    value = of.read(reader)
    if reader.at != len(data) or encode(of, value, version) != data:
        raise Refused("NotCanonical")
    return value


def pad(data):
    """ISO/IEC 7816-4, to the next bucket; the mark always has a place."""
    for bucket in BUCKETS:
        if len(data) < bucket:
            return data + b"\x80" + bytes(bucket - len(data) - 1)
    raise Refused("TooLong")


def unpad(data):
    content = data.rstrip(b"\0")
    if not content.endswith(b"\x80") or pad(content[:-1]) != data:
        raise Refused("NotCanonical")
    return content[:-1]
