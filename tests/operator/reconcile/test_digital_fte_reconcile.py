import pytest

from fte_operator.cluster.kinds import (
    AUTOSCALER,
    CONFIG_MAP,
    DEPLOYMENT,
    JOB,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
)

pytestmark = pytest.mark.control_plane


async def test_an_employee_becomes_every_object(employed):
    workloads = {"helper-api", "helper-message-processor"}
    assert await employed.names(DEPLOYMENT) == workloads
    assert await employed.names(AUTOSCALER) == workloads
    assert await employed.names(SERVICE) == {"helper-api"}
    assert await employed.names(SERVICE_ACCOUNT) >= workloads
    assert await employed.names(SECRET) == {"helper-database", "helper-runtime"}
    jobs = {name.rsplit("-", 1)[0] for name in await employed.names(JOB)}
    assert jobs == {"helper-migrate", "helper-knowledge"}
