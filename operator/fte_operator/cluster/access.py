"""Where the API server is and who we are there, for our client and for kopf's."""

from dataclasses import dataclass
from pathlib import Path

from kubernetes.aio import client as api
from kubernetes.aio import config


@dataclass(frozen=True, slots=True)
class Connection:
    """Address and credentials of the API server, for clients other than ours (kopf's)."""

    server: str
    ca_path: str | None
    token: str | None
    certificate_path: str | None
    private_key_path: str | None


async def configuration(kubeconfig: Path | None) -> api.Configuration:
    """Access from `kubeconfig`, or without one from the pod's service account."""
    loaded = api.Configuration()
    if kubeconfig is None:
        config.load_incluster_config(client_configuration=loaded)
    else:
        await config.load_kube_config(config_file=str(kubeconfig), client_configuration=loaded, persist_config=False)
    return loaded


async def connection(kubeconfig: Path | None) -> Connection:
    """The same access as plain values; a service account's token is read anew at every call."""
    loaded = await configuration(kubeconfig)
    token = loaded.api_key.get("BearerToken")
    return Connection(
        server=loaded.host,
        ca_path=loaded.ssl_ca_cert,
        token=token.split(" ", 1)[-1] if token else None,
        certificate_path=loaded.cert_file,
        private_key_path=loaded.key_file,
    )
