"""Apache Kafka itself for tests: one KRaft node from its Maven jars, where Java 17 and Maven are present."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from streams.embedded import LOOPBACK, Engine, free_port

POM = Path(__file__).parent / "pom.xml"
JARS = Path(__file__).parent.parent.parent / "var" / "kafka-jars"
STARTED = "Kafka Server started"  # the broker says so once it serves requests
JAVA = [
    "java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
]  # fmt: skip
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
log.dirs={data}
# One node keeps what a cluster keeps three times.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# A killed broker may register again when its old session is over.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
"""


def missing() -> str:
    """What has to be installed before it can run; empty when nothing."""
    absent = [name for name in ("java", "mvn") if shutil.which(name) is None]
    return f"{', '.join(absent)} not found: apt-get install openjdk-17-jre-headless maven" if absent else ""


def jars() -> Path:
    """The folder with Kafka's jars, fetched once for this version of the pom."""
    if JARS.is_dir() and JARS.stat().st_mtime >= POM.stat().st_mtime:
        return JARS
    JARS.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=JARS.parent) as folder:
        fetched = Path(folder) / "jars"
        options = ["-DincludeScope=runtime", f"-DoutputDirectory={fetched}"]
        subprocess.run(["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", *options], check=True)
        shutil.rmtree(JARS, ignore_errors=True)
        fetched.rename(JARS)  # whole or not at all
    JARS.touch()
    return JARS


def event_log(folder: Path) -> Engine:
    """A node on free ports with its data in ``folder``, formatted."""
    folder.mkdir(parents=True, exist_ok=True)
    port, controller = free_port(), free_port()
    properties = folder / "server.properties"
    filled = PROPERTIES.format(host=LOOPBACK, port=port, controller=controller, data=folder / "data")
    properties.write_text(filled, "utf-8")
    java = [*JAVA, "-cp", f"{jars()}/*"]
    identity = ["--cluster-id", "kafka-of-tests-000000Q", "--config", str(properties)]
    done = subprocess.run([*java, "kafka.tools.StorageTool", "format", "--standalone", *identity], capture_output=True)
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr).decode("utf-8", "replace"))
    return Engine(name="kafka", command=[*java, "kafka.Kafka", str(properties)], folder=folder, port=port)
