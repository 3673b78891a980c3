"""What one hostile tenant does with the objects of their namespace, by name, in rounds.

The first round is the attack; further ones go on with it, as long as it lasts. Where brokers and databases listen is
in ``tenant.where`` (tests/hostile_listeners.py).
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cluster import Cluster, Object
from hostile_brokers import HOSTILE
from hostile_databases import SERVERS
from operator_world import channel, documents, employee, secret, whatsapp
from yaml_bombs import BOMBS

OWN = "hostile"
MARK = {"tests/hostile": "yes"}
KINDS = "dfte,sch,cm,secret"
FLOOD = 40
USED = (secret(OWN), documents(OWN), channel(OWN))
"""What every employee of theirs refers to."""

LABELS = {f"l{n:06}": "" for n in range(2000)}
"""On one object; with `FLOOD` they are 2.5 MB in every list and watch."""


def named(manifest: Object, name: str, **metadata: Any) -> Object:
    return manifest | {"metadata": manifest["metadata"] | {"name": name} | metadata}


def an_employee(name: str, **changes: Any) -> Object:
    """One that has nothing in common with the tenant's decent one."""
    made, references = (
        employee(),
        {
            "channels": [{"channelRef": OWN}],
            "database": {"urlSecretRef": {"name": OWN, "key": "url"}},
            "knowledge": {"sources": [{"name": "handbook", "configMapRef": {"name": OWN}}]},
        },
    )
    return named(made | {"spec": made["spec"] | references | changes}, name)


@dataclass(frozen=True)
class Tenant:
    """Whoever may do what they like with DigitalFTEs, SupportChannels, ConfigMaps and Secrets of ``namespace``."""

    cluster: Cluster
    namespace: str
    kafka: str
    foreign_prefix: str
    where: dict[str, str]
    trace: Path
    named: dict[str, int] = field(default_factory=dict)

    def does(self, *arguments: str, stdin: str | None = None) -> str:
        account = f"system:serviceaccount:{self.namespace}:tenant"
        return self.cluster.kubectl("-n", self.namespace, "--as", account, *arguments, stdin=stdin)

    def makes(self, *objects: Object, words: tuple[str, ...] = ("apply", "--server-side", "--force-conflicts")) -> None:
        """Create or change them."""
        marked = [_marked(each) for each in objects]
        self.does(*words, "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": marked}))

    def employs(self, *names: str, kafka: str | Object | None = None, **changes: Any) -> None:
        """Employees of those names, their brokers hostile ones unless others are given."""
        servers = self.where["broker: closing"] if kafka is None else kafka
        changes["kafka"] = {"bootstrapServers": servers} if isinstance(servers, str) else servers
        self.makes(*USED, *(an_employee(name, **changes) for name in names))

    def by_url(self, urls: dict[str, str]) -> None:
        """An employee for each of these URLs of databases."""
        self.makes(*(secret(name, url=url) for name, url in urls.items()))
        references = {name: {"urlSecretRef": {"name": name, "key": "url"}} for name in urls}
        kafka = {"bootstrapServers": self.kafka}
        self.makes(*USED, *(an_employee(name, kafka=kafka, database=each) for name, each in references.items()))

    def employees(self) -> list[Object]:
        """The hostile ones there are, with what they were told."""
        found = json.loads(self.does("get", "dfte", "-l", "tests/hostile", "-o", "json"))["items"]
        return list(found)

    def at(self, name: str) -> str:
        """Where that listens; from now on it must be asked, or the attack is none."""
        self.named[name] = self._asked().count(name)
        return self.where[name]

    def reached(self) -> bool:
        """Whether somebody connected to every hostile listener since it was named."""
        asked = self._asked()
        return all(asked.count(name) > before for name, before in self.named.items())

    def _asked(self) -> list[str]:
        return self.trace.read_text(encoding="utf-8").splitlines()

    def leaves(self) -> None:
        """Take everything away that was made."""
        for each in self.employees():
            if each["metadata"].get("finalizers"):
                name = each["metadata"]["name"]
                self.does("patch", "dfte", name, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        self.named.clear()
        self.does("delete", KINDS, "-l", "tests/hostile", "--wait=false")


def _marked(manifest: Object) -> Object:
    labels = manifest["metadata"].get("labels", {}) | MARK
    return manifest | {"metadata": manifest["metadata"] | {"labels": labels}}


Rounds = Callable[[Tenant, int], None]


def once(act: Callable[[Tenant], None]) -> Rounds:
    return lambda tenant, n: act(tenant) if n == 0 else None


def groups(names: list[str], size: int = 6) -> Iterator[list[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))


def brokers(names: list[str]) -> Rounds:
    def act(tenant: Tenant) -> None:
        servers = [{"bootstrapServers": tenant.at(f"broker: {name}")} for name in names]
        tenant.makes(*USED, *(an_employee(f"broker-{n}", kafka=each) for n, each in enumerate(servers)))

    return once(act)


def databases(names: list[str]) -> Rounds:
    def act(tenant: Tenant) -> None:
        where = [tenant.at(f"database: {name}") for name in names]
        tenant.by_url({f"database-{n}": f"postgresql://helper:change-me@{each}/helper" for n, each in enumerate(where)})

    return once(act)


def flood(make: Callable[[int], Object]) -> Rounds:
    """Many at once; then one after the other changes."""

    def act(tenant: Tenant, n: int) -> None:
        if n == 0:
            tenant.makes(*map(make, range(FLOOD)), words=("create",))
        else:
            one = make(n % FLOOD)
            tenant.does("annotate", "--overwrite", one["kind"], one["metadata"]["name"], f"changed=round-{n}")

    return act


def labelled(make: Callable[[str], Object]) -> Callable[[int], Object]:
    def one(n: int) -> Object:
        made = make(f"flood-{n}")
        return named(made, f"flood-{n}", labels=made["metadata"].get("labels", {}) | LABELS)

    return one


def changing_specs(tenant: Tenant, n: int) -> None:
    kinds = sorted(name for name in tenant.where if name.startswith("broker"))
    tenant.employs("restless", kafka=tenant.where[kinds[n % len(kinds)]], company={"name": f"Company {n}"})


def changing_channels(tenant: Tenant, n: int) -> None:
    web = channel("two-faced")
    phone = whatsapp("number", run_state="Paused" if n % 2 else "Active", sender="+49123456780")
    web["spec"]["webForm"] = {"title": f"Form {n}", "rateLimitPerMinute": 1 + n % 10000}
    tenant.makes(web, phone)


def changing_knowledge(tenant: Tenant, n: int) -> None:
    tenant.employs("restless", kafka=tenant.kafka)
    tenant.makes(documents(OWN, **{f"page-{n}.md": f"# Page {n}\n\n" + "We open at nine. " * 50_000}))


def deleted_while_made(tenant: Tenant, n: int) -> None:
    tenant.employs("brief", kafka=tenant.kafka)
    tenant.does("delete", "dfte", "brief", "--wait=false")


def never_gone(tenant: Tenant) -> None:
    kafka = {"bootstrapServers": tenant.kafka}
    stuck = [an_employee(f"stuck-{n}", kafka=kafka) for n in range(5)]
    tenant.makes(*USED, *(named(each, each["metadata"]["name"], finalizers=["tests.example/never"]) for each in stuck))
    tenant.does("delete", "dfte", "-l", "tests/hostile", "--wait=false")


def stolen_names(tenant: Tenant) -> None:
    """What an employee's own objects would be called, taken before it is there."""
    tenant.makes(secret("thief-runtime", key="mine"), secret("thief", key="mine"))
    tenant.employs("thief", kafka=tenant.kafka)


def forged_documents(tenant: Tenant) -> None:
    """What looks like documents that the operator wrote for an employee, in texts that no parser should see."""
    tenant.employs("forger", kafka=tenant.kafka)
    uid = tenant.does("get", "dfte", "forger", "-o", "jsonpath={.metadata.uid}")
    owner = {"apiVersion": "digitalfte.dev/v1alpha1", "kind": "DigitalFTE", "name": "forger", "uid": uid}
    placed = {"labels": {"digitalfte.dev/owner-uid": uid}, "ownerReferences": [owner | {"controller": True}]}
    made = documents("forged") | {"immutable": True}
    tenant.makes(
        *(
            named(made | {"data": {key: text}}, f"forger-{role}-{n}", **placed)
            for role, key in (("behaviour", "behaviour.yaml"), ("knowledge", "config.yaml"), ("api", "config.yaml"))
            for n, text in enumerate(BOMBS.values())
            if len(text) < 1000
        ),
        words=("create",),
    )


def a_foreign_prefix(tenant: Tenant) -> None:
    tenant.employs("squatter", kafka={"bootstrapServers": tenant.kafka, "topicPrefix": tenant.foreign_prefix})


def a_prefix_held_twice(tenant: Tenant) -> None:
    prefix = {"bootstrapServers": tenant.kafka, "topicPrefix": f"{tenant.namespace}.mine"}
    tenant.employs("mine", "yours", kafka=prefix)


def one_number(tenant: Tenant) -> None:
    tenant.makes(*(whatsapp(f"number-{n}", sender="+49123456789") for n in range(FLOOD)))


def broken_secrets(tenant: Tenant) -> None:
    urls = {
        "empty": "",
        "no-url": "\0\1\2",
        "ports": "postgresql://" + ",".join(f"h:{n}" for n in range(1, 60_000)) + "/helper",
        "another": "http://169.254.169.254/latest/meta-data/",
        "long": "postgresql://" + "a" * 700_000,
        "port": "postgresql://helper@host:99999999/helper",
        "socket": "postgresql:///helper?host=/var/run/secrets",
        "nowhere": "postgresql://helper@198.51.100.1:5432/helper",
    }
    tenant.by_url(urls)


def all_at_its_longest(tenant: Tenant) -> None:
    sources = [{"name": f"s{n}", "configMapRef": {"name": f"nothing-{n}"}} for n in range(16)]
    egress = [{"port": 65535 - n, "cidr": f"10.{n}.0.0/16"} for n in range(16)]
    spec = {
        "company": {"name": "\U0001f600" * 120},
        "policy": {"escalationKeywords": [f"{n:02}" + "\U0001f600" * 78 for n in range(64)]},
        "knowledge": {"sources": sources},
        "channels": [{"channelRef": f"nothing-{n}"} for n in range(16)],
        "extraEgress": egress,
    }
    servers = ",".join([tenant.where["broker: silent"]] * 45)
    tenant.employs("longest", kafka=servers, **spec)


def too_large(tenant: Tenant) -> None:
    size = {"cpu": "1000000", "memory": "1000Ti"}
    pods = {"autoscaling": {"minReplicas": 1000, "maxReplicas": 1000}, "resources": {"requests": size, "limits": size}}
    tenant.employs("giant", api=pods, worker=pods)


def many_employees(tenant: Tenant) -> None:
    tenant.employs(*(f"many-{n}" for n in range(FLOOD)), kafka=tenant.at("broker: silent"))


TENANTS: dict[str, Rounds] = (
    {f"brokers from {names[0]} on": brokers(names) for names in groups(list(HOSTILE))}
    | {f"databases from {names[0]} on": databases(names) for names in groups(list(SERVERS), 3)}
    | {
        "large ConfigMaps that are watched": flood(lambda n: documents(f"flood-{n}", text="a" * 900_000)),
        "large Secrets that are watched": flood(lambda n: secret(f"flood-{n}", text="a" * 700_000)),
        "ConfigMaps of nothing but labels": flood(labelled(documents)),
        "Secrets of nothing but labels": flood(labelled(secret)),
        "channels of nothing but labels": flood(labelled(channel)),
        "employees of nothing but labels": flood(labelled(an_employee)),
        "specs that change all the time": changing_specs,
        "channels that change all the time": changing_channels,
        "knowledge that changes all the time": changing_knowledge,
        "an employee deleted while it is made": deleted_while_made,
        "employees that never go": once(never_gone),
        "names that are taken": once(stolen_names),
        "documents that are forged": once(forged_documents),
        "Secrets that are broken": once(broken_secrets),
        "everything at its longest": once(all_at_its_longest),
        "a size that no node has": once(too_large),
        "many employees at once": once(many_employees),
        "a foreign prefix": once(a_foreign_prefix),
        "a prefix held twice": once(a_prefix_held_twice),
        "forty channels of one number": once(one_number),
    }
)
