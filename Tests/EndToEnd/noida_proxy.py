"""Stands between clients and noida-db 0.2.3 and mends one answer of it: noida_proxy.py LISTEN_HOST BROKER_HOST PORT.

With each fetch a broker names the aborted transactions among the records that it hands out; a reader of committed data then hides that
producer's records up to the abort's marker. noida-db names every abort that the partition ever saw. Its marker is not among the records then,
and the reader silently hides all that the producer writes from there on: after one aborted transaction everything behind it reads
nothing of its producer any more. Apache Kafka names only the aborts that overlap the records.

After SIGUSR1 it answers for a broker that has forgotten every producer there is, as Apache Kafka does after `transactional.id.expiration.ms`:
INVALID_PRODUCER_ID_MAPPING, to whatever a transaction of theirs asks, until a new producer asks for an id.

Broker and proxy share the port, on two loopback addresses of equal length: the broker tells clients its own, the proxy replaces it.
"""
import asyncio
import signal
import struct
import sys

LISTEN_HOST, BROKER_HOST, PORT = sys.argv[1], sys.argv[2], int(sys.argv[3])
FETCH, METADATA, FIND_COORDINATOR, API_VERSIONS = 1, 3, 10, 18
INIT_PRODUCER_ID, ADD_PARTITIONS, ADD_OFFSETS, END_TRANSACTION = 22, 24, 25, 26
INVALID_PRODUCER_ID_MAPPING = 49
# The last version of a fetch without the compact encoding.
LAST_FETCH = 11
# No producer has it.
NOBODY = struct.pack(">q", -1)


def number(frame, at, kind):
    return struct.unpack_from(">" + kind, frame, at)[0]


def abort_markers(frame, at, end):
    """How many transactions of each producer the record batches between two places of the frame say to be aborted."""
    markers = {}
    while at + 61 <= end:
        attributes, producer = number(frame, at + 21, "h"), number(frame, at + 43, "q")
        if attributes & 0x20:
            # One record: length, attributes, two deltas and the key's length take a byte each; the key is a version and the type, 0 for abort.
            place = at + 61
            for _ in range(5):
                while frame[place] & 0x80:
                    place += 1
                place += 1
            if number(frame, place + 2, "h") == 0:
                markers[producer] = markers.get(producer, 0) + 1
        at += 12 + number(frame, at + 8, "i")
    return markers


def mend_partition(frame, at, version):
    """Reads one partition of a fetch answer, and takes the aborts out that are over before its first record. Where the next one begins."""
    at += 4 + 2 + 8 + 8 + (8 if version >= 5 else 0)
    count = max(0, number(frame, at, "i"))
    aborts = at + 4
    at = aborts + 16 * count + (4 if version >= 11 else 0)
    size = max(0, number(frame, at, "i"))
    begin = at + 4
    if count:
        markers = abort_markers(frame, begin, begin + size)
        # The latest first: the markers that are there belong to them.
        for place in sorted(range(aborts, aborts + 16 * count, 16), key=lambda place: -number(frame, place + 8, "q")):
            producer = number(frame, place, "q")
            if markers.get(producer, 0) == 0:
                frame[place:place + 8] = NOBODY
            else:
                markers[producer] -= 1
    return begin + size


def mend_fetch(frame, version):
    at = 8 + 4 + (6 if version >= 7 else 0)
    topics = number(frame, at, "i")
    at += 4
    for _ in range(topics):
        at += 2 + number(frame, at, "h")
        partitions = number(frame, at, "i")
        at += 4
        for _ in range(partitions):
            at = mend_partition(frame, at, version)


def limit_fetches(frame, version):
    """Says that the broker knows no later version of a fetch than we do."""
    at, step = (11, 7) if version >= 3 else (14, 6)
    while at + step <= len(frame):
        if number(frame, at, "h") == FETCH:
            struct.pack_into(">h", frame, at + 4, min(LAST_FETCH, number(frame, at + 4, "h")))
            return
        at += step


class Producers:
    """Producers by id and epoch: those that were given out, and those of them that are forgotten."""

    given, forgotten = set(), set()

    @classmethod
    def forget(cls):
        cls.forgotten |= cls.given


def asking_producer(frame, kind, version):
    """Whose transaction a question is about."""
    at = 12 + 2 + max(0, number(frame, 12, "h"))
    if kind == INIT_PRODUCER_ID:
        if version < 3:
            return None
        # Compact: tags, the id's length and one more in a byte, the id, a timeout.
        at += 1 + frame[at + 1] + 4
    else:
        at += 2 + number(frame, at, "h")
    return number(frame, at, "q"), number(frame, at + 8, "h")


def refuse_producer(frame, kind, version):
    """Makes an answer one of a broker that does not know the producer."""
    if kind == ADD_PARTITIONS:
        at = 8 + 4
        topics = number(frame, at, "i")
        at += 4
        for _ in range(topics):
            at += 2 + number(frame, at, "h")
            partitions = number(frame, at, "i")
            at += 4
            for _ in range(partitions):
                struct.pack_into(">h", frame, at + 4, INVALID_PRODUCER_ID_MAPPING)
                at += 6
    else:
        at = 8 + (1 if kind == INIT_PRODUCER_ID and version >= 2 else 0) + 4
        struct.pack_into(">h", frame, at, INVALID_PRODUCER_ID_MAPPING)


def given_producer(frame, version):
    """Who came out of the question for an id; None where it was refused."""
    at = 8 + (1 if version >= 2 else 0) + 4
    return None if number(frame, at, "h") else (number(frame, at + 2, "q"), number(frame, at + 10, "h"))


class Side(asyncio.Protocol):
    """One end of a connection: cuts what comes into frames and hands them to the other end."""

    def __init__(self):
        self.buffer = bytearray()
        self.other = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        at = 0
        while len(self.buffer) - at >= 4:
            end = at + 4 + number(self.buffer, at, "i")
            if len(self.buffer) < end:
                break
            self.pass_on(self.buffer[at:end])
            at = end
        if at:
            del self.buffer[:at]

    def connection_lost(self, error):
        if self.other is not None:
            self.other.transport.close()

    def pause_writing(self):
        self.other.transport.pause_reading()

    def resume_writing(self):
        self.other.transport.resume_reading()


class Client(Side):
    def __init__(self):
        super().__init__()
        # The kind and version of each question that is not answered yet, by its number.
        self.asked = {}

    def connection_made(self, transport):
        super().connection_made(transport)
        transport.pause_reading()
        asyncio.ensure_future(self.connect())

    async def connect(self):
        try:
            _, self.other = await asyncio.get_running_loop().create_connection(lambda: Broker(self), BROKER_HOST, PORT)
        except OSError:
            self.transport.close()
            return
        if self.transport.is_closing():
            self.other.transport.close()
        else:
            self.transport.resume_reading()

    def pass_on(self, frame):
        kind, version, question = struct.unpack_from(">hhi", frame, 4)
        if kind in (FETCH, METADATA, FIND_COORDINATOR, API_VERSIONS):
            self.asked[question] = kind, version, None
        elif kind in (INIT_PRODUCER_ID, ADD_PARTITIONS, ADD_OFFSETS, END_TRANSACTION):
            self.asked[question] = kind, version, asking_producer(frame, kind, version)
        self.other.transport.write(frame)


class Broker(Side):
    def __init__(self, client):
        super().__init__()
        self.other = client

    def pass_on(self, frame):
        kind, version, producer = self.other.asked.pop(number(frame, 4, "i"), (None, None, None))
        if kind == FETCH:
            mend_fetch(frame, version)
        elif kind == API_VERSIONS:
            limit_fetches(frame, version)
        elif kind in (INIT_PRODUCER_ID, ADD_PARTITIONS, ADD_OFFSETS, END_TRANSACTION):
            if producer is not None and producer in Producers.forgotten:
                refuse_producer(frame, kind, version)
            elif kind == INIT_PRODUCER_ID:
                Producers.given.add(given_producer(frame, version))
        elif kind is not None:
            frame = frame.replace(BROKER_HOST.encode(), LISTEN_HOST.encode())
        self.other.transport.write(frame)


async def main():
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, Producers.forget)
    server = await asyncio.get_running_loop().create_server(Client, LISTEN_HOST, PORT)
    await server.serve_forever()


asyncio.run(main())
