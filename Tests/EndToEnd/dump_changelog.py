"""Prints the committed records of changelogs as the goldens under Topics/golden/changelogs hold them: dump_changelog.py SERVER NAMESPACE TOPIC...

A line a record: topic, partition, key and value in hexadecimal; "-" where a value is null. Made of what `kcat` reads.
"""
import subprocess
import sys

server, namespace, topics = sys.argv[1], sys.argv[2], sys.argv[3:]
for topic in topics:
    data = subprocess.run(
        ["kcat", "-C", "-b", server, "-t", f"{namespace}.{topic}", "-e", "-q", "-X", "isolation.level=read_committed", "-f", "%p %K %S \n%k%s"],
        capture_output=True, check=True).stdout
    at = 0
    while at < len(data):
        end = data.index(b"\n", at)
        partition, key, value = map(int, data[at:end].split())
        begin = end + 1
        at = begin + max(0, key) + max(0, value)
        print(topic, partition, data[begin:begin + max(0, key)].hex(), "-" if value < 0 else data[begin + max(0, key):at].hex() or '""')
