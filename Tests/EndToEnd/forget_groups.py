"""What Kafka does to groups that were idle for seven days: forget_groups.py SERVER GROUP... deletes them with their offsets.

Speaks DeleteGroups (42) version 0 to the one broker; waits while a group still has members.
"""
import socket
import struct
import sys
import time

host, port = sys.argv[1].split(",")[0].rsplit(":", 1)
NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND = 68, 69


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def delete(groups):
    """The error code of each group."""
    body = struct.pack(">hhi", 42, 0, 1) + text("forget") + struct.pack(">i", len(groups)) + b"".join(map(text, groups))
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(struct.pack(">i", len(body)) + body)
        stream = connection.makefile("rb")
        answer = stream.read(struct.unpack(">i", stream.read(4))[0])
    at, codes = 4 + 4, {}
    count, = struct.unpack_from(">i", answer, at)
    at += 4
    for _ in range(count):
        size, = struct.unpack_from(">h", answer, at)
        codes[answer[at + 2:at + 2 + size].decode()], = struct.unpack_from(">h", answer, at + 2 + size)
        at += 4 + size
    return codes


deadline = time.monotonic() + 30
left = sys.argv[2:]
while left:
    codes = delete(left)
    left = [group for group in left if codes.get(group) not in (0, GROUP_ID_NOT_FOUND)]
    if left and time.monotonic() > deadline:
        sys.exit(f"not deleted: { {group: codes.get(group) for group in left} }")
    if left:
        time.sleep(0.5)
