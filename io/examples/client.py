#!/usr/bin/env python3
"""A client of Bartizan's binary protocol, in the standard library alone, written from io/src/wire/spec.md.

    bartizan schema binary > layouts.json
    client.py --unix realm.sock send commands.jsonl    # sends, prints the answers
    client.py --tcp 127.0.0.1:7400 watch --from 1      # prints what happens
    client.py --tcp example.org:7400 --ca ca.pem ...   # over TLS, to a server for which ca.pem vouches

A file of commands is a batch file, as `bartizan batch commands.jsonl --output FILE` makes one of the lines that `bartizan run` reads. Or it is lines in
the names of layouts.json, which are not always those of `bartizan run`: {"id": 1, "actor": 0, "command": {"RegisterAgent": {"name": "ann", "roles": 1}}}.
There a value of a choice is {"Name": {fields}}, or "Name" if it has none; what is optional or a list may be left out of a record, and without an actor it is
who signs in.
"""

import argparse
import hashlib
import json
import socket
import ssl
import struct
import sys
import time

MAGIC = b"BZW1"
HEADER = struct.Struct("<4sIHHIQ")  # magic, length, kind, count, crc, sequence
LOGIN = struct.Struct("<HBBIII32s")
WELCOME = struct.Struct("<16sQIIII")
ANSWER = struct.Struct("<QQQHHI")
TOLD = struct.Struct("<IIQQH6x")
HELLO_KIND, LOGIN_KIND, WELCOME_KIND = 65, 1, 66
COMMANDS, ANSWERS, RETRY, SUBSCRIBE, TOLD_KIND = 2, 67, 68, 3, 69
HEARTBEAT, LOGOUT, GOODBYE = 4, 5, 70
MYSELF = 0xFFFFFFFF
MOST_COMMANDS, MOST_PAYLOAD = 4096, 1 << 20
CONNECT_AGAIN = {4, 5, 8, 11, 12, 13}


def _table():
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        yield byte


CRC_TABLE = list(_table())


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def frame(kind, count=0, sequence=0, payload=b""):
    head = HEADER.pack(MAGIC, len(payload), kind, count, 0, sequence)
    return HEADER.pack(MAGIC, len(payload), kind, count, crc32c(payload, crc32c(head)), sequence) + payload


def read_frame(data, at=0):
    """The frame at `at`: kind, count, sequence, payload, and where the next begins; None if it has not arrived whole."""
    if len(data) < at + HEADER.size:
        return None
    magic, length, kind, count, crc, sequence = HEADER.unpack_from(data, at)
    if magic != MAGIC:
        raise ValueError("expected a frame")
    end = at + HEADER.size + length
    if len(data) < end:
        return None
    payload = bytes(data[at + HEADER.size : end])
    if crc32c(payload, crc32c(HEADER.pack(magic, length, kind, count, 0, sequence))) != crc:
        raise ValueError("the checksum of the frame differs")
    return kind, count, sequence, payload, end


class Layouts:
    """Canonical bytes, by what `bartizan schema binary` prints."""

    def __init__(self, layouts):
        self.types = layouts

    def encode(self, of, value):
        if of.endswith("?"):
            return b"\0" if value is None else b"\1" + self.encode(of[:-1], value)
        if of.startswith("["):
            items = value or []
            return struct.pack("<I", len(items)) + b"".join(self.encode(of[1:-1], item) for item in items)
        if of.startswith("("):
            return b"".join(map(self.encode, of[1:-1].split(", "), value))
        if of in self.types:
            return self._encode_named(self.types[of], value)
        if of == "text":
            text = value.encode()
            return struct.pack("<I", len(text)) + text
        if of == "bool":
            return bytes([bool(value)])
        if of == "32 bytes":
            return bytes.fromhex(value)
        if of[0].isdigit():
            return b"".join(self.encode(of.split(" ", 1)[1], item) for item in value)
        return int(value).to_bytes(int(of[1:]) // 8, "little", signed=of[0] == "i")

    def _encode_named(self, layout, value):
        if "record" in layout:
            return self._encode_fields(layout["record"], value)
        name, inner = (value, {}) if isinstance(value, str) else next(iter(value.items()))
        variant = next(variant for variant in layout["choice"] if variant["name"] == name)
        return bytes([variant["number"]]) + self._encode_fields(variant["fields"], inner)

    def _encode_fields(self, fields, value):
        if len(fields) == 1 and not fields[0]["name"]:
            return self.encode(fields[0]["of"], value)
        known = {field["name"] for field in fields}
        if unknown := set(value) - known:
            raise KeyError(f"no such field: {', '.join(sorted(unknown))}")
        may_lack = lambda of: of.endswith("?") or of.startswith("[")
        parts = []
        for field in fields:
            given = value.get(field["name"]) if may_lack(field["of"]) else value[field["name"]]
            parts.append(self.encode(field["of"], given))
        return b"".join(parts)

    def decode(self, of, data, at=0):
        """The value at `at`, and where it ends."""
        if of.endswith("?"):
            return self.decode(of[:-1], data, at + 1) if data[at] else (None, at + 1)
        if of.startswith("["):
            (count,), at, items = struct.unpack_from("<I", data, at), at + 4, []
            for _ in range(count):
                item, at = self.decode(of[1:-1], data, at)
                items.append(item)
            return items, at
        if of.startswith("("):
            return self._decode_all(of[1:-1].split(", "), data, at)
        if of in self.types:
            return self._decode_named(self.types[of], data, at)
        if of == "text":
            end = at + 4 + struct.unpack_from("<I", data, at)[0]
            return data[at + 4 : end].decode(), end
        if of == "bool":
            return bool(data[at]), at + 1
        if of == "32 bytes":
            return data[at : at + 32].hex(), at + 32
        if of[0].isdigit():
            count, inner = of.split(" ", 1)
            return self._decode_all([inner] * int(count), data, at)
        end = at + int(of[1:]) // 8
        return int.from_bytes(data[at:end], "little", signed=of[0] == "i"), end

    def _decode_all(self, types, data, at):
        values = []
        for of in types:
            value, at = self.decode(of, data, at)
            values.append(value)
        return values, at

    def _decode_named(self, layout, data, at):
        if "record" in layout:
            return self._decode_fields(layout["record"], data, at)
        variant = next(variant for variant in layout["choice"] if variant["number"] == data[at])
        value, at = self._decode_fields(variant["fields"], data, at + 1)
        return ({variant["name"]: value} if variant["fields"] else variant["name"]), at

    def _decode_fields(self, fields, data, at):
        if len(fields) == 1 and not fields[0]["name"]:
            return self.decode(fields[0]["of"], data, at)
        values, at = self._decode_all([field["of"] for field in fields], data, at)
        return dict(zip((field["name"] for field in fields), values)), at

    def whole(self, of, data):
        value, end = self.decode(of, data)
        if end != len(data):
            raise ValueError(f"{len(data) - end} bytes too many after a {of}")
        return value


# ed25519 as RFC 8032 has it. It takes its time, and not the same for every key: sign in with it, and do no more where others measure.
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
ORDER = 2**252 + 27742317777372353535851937790883648493
BASE_Y = 4 * pow(5, -1, P) % P
BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def _add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times_base(scalar):
    total, point = (0, 1, 1, 0), BASE
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point, scalar = _add(point, point), scalar >> 1
    x, y = (value * pow(total[2], -1, P) % P for value in total[:2])
    return (y | (x & 1) << 255).to_bytes(32, "little")


def sign(seed, text):
    """The ed25519 signature of a text by the key of a seed of 32 bytes."""
    number = lambda *parts: int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")
    hashed = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(hashed[:32], "little") & (1 << 254) - 8 | 1 << 254
    once = number(hashed[32:], text) % ORDER
    public, point = _times_base(scalar), _times_base(once)
    proof = (once + number(point, public, text) * scalar) % ORDER
    return point + proof.to_bytes(32, "little")


class Goodbye(Exception):
    def __init__(self, reason, text):
        super().__init__(f"the server ended the connection ({reason}): {text}")
        self.reason = reason


class Client:
    """One connection on which somebody signed in: by a token, or by a key, which is its seed and the id of the realm that it is for."""

    def __init__(self, connected, agent=0, token=None, realm="", cancel_on_disconnect=False, key=None):
        self.socket, self.arrived, self.next = connected, bytearray(), 1
        self.beat, self.heard, self.welcomed = 5.0, time.monotonic(), False
        kind, payload = self.receive()[:2]
        if kind != HELLO_KIND or struct.unpack_from("<H", payload)[0] != 1:
            raise ValueError("expected a server of version 1")
        name, kind, credential = realm.encode().ljust(32, b"\0"), 1 if token else 0, (token or "").encode()
        if key:
            seed, realm_id = key
            signed = b"bartizan wire 1\n" + payload[8:40] + realm_id + name + struct.pack("<I", agent)
            kind, credential = 2, sign(seed, signed)
        login = LOGIN.pack(1, kind, int(cancel_on_disconnect), agent, 0, 0, name)
        self.socket.sendall(frame(LOGIN_KIND, 1, payload=login + credential))
        kind, payload = self.receive()[:2]
        if kind != WELCOME_KIND:
            raise ValueError("expected a welcome")
        self.realm, self.reached, self.agent, silence, self.window, _ = WELCOME.unpack(payload)
        self.beat, self.welcomed = silence / 2000, True

    def send(self, commands, first=None):
        """Sends commands, each (actor, id, bytes); the number of the first."""
        first = first or self.next
        number, payload, count = first, bytearray(), 0
        for actor, id, command in commands:
            actor = self.agent if actor is None else actor
            record = struct.pack("<II", len(command), actor) + id.to_bytes(16, "little") + command
            if count == MOST_COMMANDS or len(payload) + len(record) > MOST_PAYLOAD:
                self._say(frame(COMMANDS, count, number, bytes(payload)))
                number, payload, count = number + count, bytearray(), 0
            payload += record
            count += 1
        if count:
            self._say(frame(COMMANDS, count, number, bytes(payload)))
        self.next = number + count
        return first

    def subscribe(self, start=0, scope=3):
        self._say(frame(SUBSCRIBE, 1, payload=struct.pack("<QB7x", start, scope)))

    def receive(self):
        """What comes next: kind, payload, count, sequence. Meanwhile the server hears that one is still there."""
        while True:
            while (read := read_frame(self.arrived)) is None:
                self._beat()
                self.socket.settimeout(self.beat)
                try:
                    more = self.socket.recv(1 << 16)
                except TimeoutError:
                    continue
                finally:
                    self.socket.settimeout(None)
                if not more:
                    raise ConnectionError("the connection ended")
                self.arrived += more
            kind, count, sequence, payload, end = read
            del self.arrived[:end]
            if kind == GOODBYE:
                raise Goodbye(struct.unpack_from("<H", payload)[0], payload[4:].decode())
            self._beat()
            if kind != HEARTBEAT:
                return kind, payload, count, sequence

    def rest(self, seconds):
        """Waits, and says meanwhile that one is still there."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, self.beat))
            self._beat()

    def _beat(self):
        # Before the welcome nothing but a login may be sent, and that is at once.
        if self.welcomed and time.monotonic() - self.heard > self.beat:
            self._say(frame(HEARTBEAT))

    def _say(self, data):
        self.socket.sendall(data)
        self.heard = time.monotonic()


def answer(record):
    place, at, made, rejected, flags, _ = record
    return {"sequence": place, "time": at, "made": made, "answer": rejected, "repeated": bool(flags & 1)}


class Caller:
    """Carries out commands over as many connections as it takes, each once and in order."""

    def __init__(self, connect, failures=100, wait=0.02):
        self.connect, self.client, self.failures, self.wait = connect, None, failures, wait

    def carry_out(self, commands, together=256):
        answers, failures = [], 0
        while len(answers) < len(commands):
            before = len(answers)
            try:
                self._go_on(commands, answers, together)
            except (OSError, Goodbye) as error:
                self.client = None
                failures = 1 if len(answers) > before else failures + 1
                is_final = isinstance(error, Goodbye) and error.reason not in CONNECT_AGAIN
                if is_final or failures > self.failures:
                    raise
                time.sleep(self.wait)
        return answers

    def _go_on(self, commands, answers, together):
        self.client = self.client or self.connect()
        client, sent = self.client, len(answers)
        offset = client.next - sent
        while len(answers) < len(commands):
            while sent < len(commands) and sent - len(answers) < 4 * together:
                client.send(commands[sent : sent + together])
                sent = min(sent + together, len(commands))
            kind, payload, _, first = client.receive()
            if kind == ANSWERS:
                answers += map(answer, ANSWER.iter_unpack(payload))
            elif kind == RETRY:
                client.rest(struct.unpack_from("<I", payload)[0] / 1000)
                client.send(commands[first - offset : sent], first)


def told(layouts, payload, count):
    """What happened, one after the other, as a Told frame says it."""
    at = 0
    for _ in range(count):
        length, actor, sequence, when, rejected = TOLD.unpack_from(payload, at)
        at += TOLD.size
        lists, end = layouts._decode_all(["[Event]", "[Report]", "[MarketEvent]"], payload[: at + length], at)
        if end != at + length:
            raise ValueError("expected three lists")
        at = end
        names = ("events", "reports", "market")
        yield {"sequence": sequence, "time": when, "actor": actor, "answer": rejected, **dict(zip(names, lists))}


def read_commands(layouts, path):
    """The commands of a file, each (actor, id, bytes); the actor is none where it is who signs in."""
    with open(path, "rb") as file:
        data = file.read()
    commands, at = [], 0
    if not data.startswith(MAGIC):
        for number, line in enumerate(data.decode().splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                try:
                    said = json.loads(line)
                    command = layouts.encode("Command", said["command"])
                    commands.append((said.get("actor"), int(said["id"]), command))
                except (AttributeError, KeyError, StopIteration, TypeError, ValueError) as error:
                    hint = "it must have the names of layouts.json; `bartizan batch` makes a batch file of lines of `bartizan run`"
                    raise ValueError(f"{path}, line {number}: {error!r}: {hint}") from error
        return commands
    while at < len(data):
        read = read_frame(data, at)
        if read is None or read[0] != COMMANDS or read[2] != len(commands) + 1:
            raise ValueError(f"the frame at byte {at}: expected commands, numbered on")
        _, count, _, payload, at = read
        place = 0
        for _ in range(count):
            length, actor = struct.unpack_from("<II", payload, place)
            id = int.from_bytes(payload[place + 8 : place + 24], "little")
            command = layouts.whole("Command", payload[place + 24 : place + 24 + length])
            commands.append((actor, id, layouts.encode("Command", command)))
            place += 24 + length
    return commands


def connection(arguments):
    if arguments.unix:
        connected = socket.socket(socket.AF_UNIX)
        connected.connect(arguments.unix)
    else:
        host, _, port = arguments.tcp.rpartition(":")
        connected = socket.create_connection((host, int(port)))
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if arguments.ca:
            connected = ssl.create_default_context(cafile=arguments.ca).wrap_socket(connected, server_hostname=host)
    key = None
    if arguments.key:
        with open(arguments.key) as file:
            key = bytes.fromhex(file.read()), bytes.fromhex(arguments.realm_id)
    said = (arguments.agent, arguments.token, arguments.realm, arguments.cancel_on_disconnect)
    return Client(connected, *said, key)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unix")
    parser.add_argument("--tcp", default="127.0.0.1:7400")
    parser.add_argument("--ca", help="certificates in PEM that vouch for the server, which is spoken to over TLS")
    parser.add_argument("--layouts", default="layouts.json", help="what `bartizan schema binary` prints")
    parser.add_argument("--agent", type=int, default=0)
    parser.add_argument("--token")
    parser.add_argument("--key", help="a file of the seed of the agent's ed25519 key, in hexadecimal")
    parser.add_argument("--realm-id", help="with --key, the id of the realm, in hexadecimal, known from elsewhere")
    parser.add_argument("--realm", default="")
    parser.add_argument("--cancel-on-disconnect", action="store_true")
    does = parser.add_subparsers(dest="does", required=True)
    send = does.add_parser("send")
    send.add_argument("file")
    send.add_argument("--together", type=int, default=256)
    watch = does.add_parser("watch")
    watch.add_argument("--from", dest="start", type=int, default=0)
    watch.add_argument("--scope", type=int, default=3)
    watch.add_argument("--count", type=int, help="end after so many commands were told")
    arguments = parser.parse_args()
    if arguments.key and not arguments.realm_id:
        parser.error("--key goes with --realm-id, the id of the realm that it signs in to")
    try:
        with open(arguments.layouts) as file:
            layouts = Layouts(json.load(file))
        if arguments.does == "send":
            caller = Caller(lambda: connection(arguments))
            for said in caller.carry_out(read_commands(layouts, arguments.file), arguments.together):
                print(json.dumps(said))
            return
        client, shown = connection(arguments), 0
        client.subscribe(arguments.start, arguments.scope)
        while arguments.count is None or shown < arguments.count:
            kind, payload, count, _ = client.receive()
            for said in told(layouts, payload, count) if kind == TOLD_KIND else ():
                print(json.dumps(said), flush=True)
                shown += 1
    except (OSError, Goodbye, ValueError) as error:
        sys.exit(f"client.py: {error}")


if __name__ == "__main__":
    main()
