"""How an employee's Kafka is reached, with what its Secrets hold now."""

import base64

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired import image_contract as image
from fte_operator.desired.references import KAFKA
from fte_operator.desired.secret_refs import secret_refs
from fte_operator.reconcile.secret_values import SecretValues
from fte_transport.access import KafkaAccess


def kafka_access(fte: DigitalFTE, secrets: SecretValues) -> KafkaAccess:
    """The access of `fte`, as its pods read it from files; `secrets` has every use, and no problem with one."""
    files = {
        use.file: base64.b64decode(secrets.value(use) or "").decode().rstrip("\n")
        for use in secret_refs(fte, ())
        if use.group == KAFKA
    }
    kafka = fte.spec.kafka
    return KafkaAccess(
        kafka.bootstrap_servers,
        tls=kafka.tls is not None,
        ca=files.get(image.CA_FILE),
        authentication=kafka.authentication.type if kafka.authentication else "None",
        username=kafka.authentication.username if kafka.authentication else None,
        password=files.get(image.PASSWORD_FILE),
        certificate=files.get(image.CERTIFICATE_FILE),
        key=files.get(image.KEY_FILE),
    )
